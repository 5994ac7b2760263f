using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Drydock.Wasm.Validation;

/// <summary>
/// What <see cref="FunctionValidator"/> has to know of the plain instructions, which most code is made of: those that
/// are followed by numbers alone, with two operands at most and one result at most. It is packed so that all of them go
/// the same way, without branches that a processor would have to foretell, and few steps that wait for each other.
/// </summary>
internal sealed class PlainTables
{
    private const int TraitsSize = 256 * sizeof(ulong), LocalsSize = 256, LengthsSize = 48;
    /// <summary>Where each of the tables starts, in bytes from <see cref="Start"/>.</summary>
    public const int TraitsAt = 0, LocalsAt = TraitsSize, LengthsAt = LocalsAt + LocalsSize;
    /// <summary>The first local whose number takes two bytes.</summary>
    public const int LocalLimit = 0x80;
    public const byte NoLocal = 0x80, TooLong = 0x80;

    private readonly byte[] _bytes = new byte[LengthsAt + LengthsSize];

    /// <summary>One entry for each number of empty labels, up to the highest there is.</summary>
    private static readonly PlainTraits[] Branches = MakeBranches();

    /// <param name="traits">By the opcode.</param>
    public PlainTables(ReadOnlySpan<PlainTraits> traits)
    {
        MemoryMarshal.AsBytes(traits).CopyTo(_bytes);
        Locals.Fill(NoLocal);
        var lengths = _bytes.AsSpan(LengthsAt);
        for (var i = 0; i < lengths.Length; i++) lengths[i] = LengthOf(i >> 4, i & 0xF);
    }

    /// <summary>The first byte of all tables, which lie one behind the other.</summary>
    public ref byte Start => ref MemoryMarshal.GetArrayDataReference(_bytes);

    /// <summary>
    /// Types by the byte after the opcode, if that is the number of a local; <see cref="NoLocal"/> for one that there
    /// is not, for references, and for longer numbers.
    /// </summary>
    public Span<byte> Locals => _bytes.AsSpan(LocalsAt, LocalsSize);

    /// <summary>How many of <see cref="Locals"/> the function before had.</summary>
    public int LocalCount { get; set; }

    /// <summary>Says how many of the innermost labels take nothing: a branch to them is plain.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void SetEmptyLabels(int count) =>
        Unsafe.WriteUnaligned(ref _bytes[TraitsAt + sizeof(ulong) * (int)Opcode.BrIf], Branches[count]);

    private static PlainTraits[] MakeBranches()
    {
        var branches = new PlainTraits[ControlFrame.MostEmptyLabels + 1];
        for (var i = 0; i < branches.Length; i++) branches[i] = PlainTraits.BranchIf(i);
        return branches;
    }

    /// <summary>
    /// Length of an instruction by how many numbers follow the opcode, and which of the next four bytes are not the
    /// last of theirs; <see cref="TooLong"/> if they do not end in these.
    /// </summary>
    private static byte LengthOf(int numbers, int continued)
    {
        var length = 1;
        for (; numbers > 0; numbers--)
        {
            while ((continued >> length - 1 & 1) != 0) length++;
            length++;
        }
        return length > 5 ? TooLong : (byte)length;
    }
}
