namespace Drydock.Compiler.X64;

/// <content>The pool of read-only constants that follows a function's code and is reached relative to its
/// end.</content>
internal sealed partial class Assembler
{
    private const int RecentConstants = 64;
    private readonly List<(ulong Low, ulong High)> _constants = [];
    private readonly List<ConstantFixup> _constantFixups = [];

    /// <summary>
    /// A memory operand that stands for 16 bytes with the given content, valid until <see cref="Reset"/>.
    /// Equal constants share their bytes.
    /// </summary>
    public Address Constant16(ulong low, ulong high)
    {
        // Only the latest are searched, so that a function of many constants does not take quadratic time.
        int from = Math.Max(0, _constants.Count - RecentConstants);
        int index = _constants.IndexOf((low, high), from);
        if (index < 0)
        {
            index = _constants.Count;
            _constants.Add((low, high));
        }
        return Address.OfConstant(index);
    }

    /// <summary>As <see cref="Constant16(ulong, ulong)"/>, with the same eight bytes in both halves.</summary>
    public Address Constant16(ulong both) => Constant16(both, both);

    /// <summary>Appends the constants and makes their users point to them; the last thing done to a function.</summary>
    public void FinishConstants()
    {
        if (_constants.Count == 0) return;
        Align(16);
        int pool = _length;
        foreach ((ulong low, ulong high) in _constants)
        {
            Reserve();
            Int64((long)low);
            Int64((long)high);
        }
        foreach (ConstantFixup fixup in _constantFixups)
            PatchInt32(fixup.Offset, pool + fixup.Index * 16 - (fixup.Offset + 4 + fixup.Trailing));
        ResetConstants();
    }

    private void ResetConstants()
    {
        _constants.Clear();
        _constantFixups.Clear();
    }

    /// <summary>Appends ModRM and displacement of a constant.</summary>
    private void MemoryOfConstant(int reg, int index)
    {
        Byte((reg & 7) << 3 | 5);
        _constantFixups.Add(new ConstantFixup(_length, index, 0));
        Int32(0);
    }

    /// <summary>
    /// Accounts for an immediate byte behind the displacement, which counts from the instruction's end.
    /// </summary>
    private void WidenConstantFixup(Address address)
    {
        if (address.IsConstant) _constantFixups[^1] = _constantFixups[^1] with { Trailing = 1 };
    }

    private readonly record struct ConstantFixup(int Offset, int Index, int Trailing);
}
