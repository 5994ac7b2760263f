using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Drydock.Wasm.Validation;

/// <summary>Runs of the instructions that most code is made of.</summary>
internal ref partial struct FunctionValidator
{
    /// <summary>The highest bits of the four bytes behind the opcode, and what brings them to the top.</summary>
    private const ulong Continued = 0x80_8080_8000, Gather = 1ul << 45 | 1ul << 38 | 1ul << 31 | 1ul << 24;
    /// <summary>What is read of the code at once.</summary>
    private const int WordSize = sizeof(ulong);

    /// <summary>
    /// Passes over plain instructions, each in a few operations and without branches that would go either way. Stops
    /// before what is another, is spelled in an unusual way, or is not valid: that is for others to judge. Nothing of
    /// that instruction has happened yet; its word is returned, or 0 where the code or the room for operands ends.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private ulong PassPlain()
    {
        ref var tables = ref _stacks.Plain.Start;
        ref var code = ref MemoryMarshal.GetReference(_reader.Bytes);
        ref var operand0 = ref Unsafe.As<ValueType, byte>(ref MemoryMarshal.GetArrayDataReference(_operands));
        nint position = _reader.Position, top = sizeof(uint) * _height, end = PlainEnd;
        // The kinds of the topmost operands, four bits each: none where it is not known or there is none.
        var window = KnownOperands();
        while (position < end)
        {
            var word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref code, position));
            ref var traits = ref Unsafe.As<byte, PlainTraits>(
                ref Unsafe.Add(ref tables, (nint)(byte)word * sizeof(ulong) + PlainTables.TraitsAt));
            // Numbers of up to four bytes are right whatever their width.
            var numbers = (nint)((word & Continued) * Gather >> 60 | traits.Numbers);
            nint length = Unsafe.Add(ref tables, numbers + PlainTables.LengthsAt), second = (byte)(word >> 8);
            var local = Unsafe.Add(ref tables, second + PlainTables.LocalsAt) & (uint)traits.Local;
            var wrong = ((traits.Expected | local) ^ (uint)window) & traits.Mask;
            var excess = (uint)(traits.Limit - (int)second) >> 31;
            if ((wrong | excess | (local | (uint)length) & (PlainTables.NoLocal | PlainTables.TooLong)) != 0)
            {
                StopPlain(position, top);
                return word;
            }
            position += length;
            var result = traits.Result | local;
            nint pushed = traits.Pushes;
            window = window << 4 >> traits.Shift;
            window ^= (window ^ result) & (ulong)pushed;
            top += sizeof(uint) - (nint)traits.Shift;
            // What is no result goes above the topmost, where nothing is.
            Unsafe.WriteUnaligned(ref Unsafe.Add(ref operand0, top - (pushed & sizeof(uint))), result);
        }
        StopPlain(position, top);
        return 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StopPlain(nint position, nint top)
    {
        _reader.Position = (int)position;
        _height = (int)((uint)top / sizeof(uint));
    }

    /// <summary>
    /// Up to where words of code can be read and operands be pushed unasked, since no instruction pushes more than one.
    /// </summary>
    private readonly nint PlainEnd
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Math.Min(_reader.Bytes.Length - WordSize + 1, _reader.Position + _operands.Length - _height);
    }

    /// <summary>The kinds of the two topmost operands of the innermost block.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private readonly ulong KnownOperands()
    {
        var known = Math.Min(_height - _base, ValidatorStacks.Bottom);
        var kinds = PlainKind(_operands[_height - 1]) | PlainKind(_operands[_height - 2]) << 4;
        return kinds & 0xFFul >> 8 - 4 * known;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint PlainKind(ValueType type) =>
        (uint)type.Kind & 0xF & 0 - (type.IsNumberOrVector ? 1u : 0);
}
