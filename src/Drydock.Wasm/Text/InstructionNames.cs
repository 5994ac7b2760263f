using System.Collections.Frozen;
using System.Numerics;
using System.Text;

namespace Drydock.Wasm.Text;

/// <summary>An instruction as text names it.</summary>
/// <param name="Row">Its row in the opcode table.</param>
/// <param name="AlignmentLog2">Its natural alignment as a power of two, if it accesses memory.</param>
internal sealed record NamedInstruction(OpcodeInfo Row, int AlignmentLog2);

/// <summary>The opcode table, by name.</summary>
internal static class InstructionNames
{
    private const int LongestName = 48;

    private static readonly FrozenDictionary<string, NamedInstruction> ByName = OpcodeTable.All.ToArray()
        .Where(row => row.Opcode is not (Opcode.SelectT or Opcode.RefTestNull or Opcode.RefCastNull))
        .ToFrozenDictionary(row => row.Name, row => new NamedInstruction(row, AlignmentLog2(row)));

    private static readonly FrozenDictionary<string, NamedInstruction>.AlternateLookup<ReadOnlySpan<char>> Lookup =
        ByName.GetAlternateLookup<ReadOnlySpan<char>>();

    private static readonly FrozenDictionary<Opcode, NamedInstruction> ByOpcode =
        OpcodeTable.All.ToArray()
            .ToFrozenDictionary(row => row.Opcode, row => new NamedInstruction(row, AlignmentLog2(row)));

    /// <summary>
    /// The row of an opcode; printers write the suffix of <c>select_t</c> and its like as the operands they are.
    /// </summary>
    public static NamedInstruction Of(Opcode opcode) => ByOpcode[opcode];

    public static bool TryFind(ReadOnlySpan<byte> name, out NamedInstruction instruction)
    {
        instruction = null!;
        if (name.Length > LongestName) return false;
        Span<char> characters = stackalloc char[LongestName];
        var length = Encoding.ASCII.GetChars(name, characters);
        return Lookup.TryGetValue(characters[..length], out instruction!);
    }

    private static int AlignmentLog2(OpcodeInfo row) =>
        row.Immediate is Immediate.MemoryArgument or Immediate.MemoryArgumentAndLane
            ? BitOperations.Log2((uint)AccessBits(row.Name) / 8)
            : 0;

    /// <summary>
    /// The width of an access. Names tell it: <c>load8x8</c> and the like load 64 bits, otherwise the number after
    /// <c>load</c>, <c>store</c>, <c>rmw</c> or <c>wait</c> counts, and without one the width of the type before the
    /// dot.
    /// </summary>
    private static int AccessBits(string name)
    {
        var afterDot = name[(name.IndexOf('.') + 1)..].Replace("atomic.", "", StringComparison.Ordinal);
        var digits = afterDot.SkipWhile(c => !char.IsAsciiDigit(c) && c is not ('.' or '_'))
            .TakeWhile(char.IsAsciiDigit).ToArray();
        if (name == "memory.atomic.notify") return 32;
        if (digits.Length == 0) return int.Parse(name.AsSpan(1, name.IndexOf('.') - 1));
        return afterDot.Contains('x') && !afterDot.Contains("xchg", StringComparison.Ordinal)
            && !afterDot.Contains("xor", StringComparison.Ordinal)
            ? 64
            : int.Parse(digits);
    }
}
