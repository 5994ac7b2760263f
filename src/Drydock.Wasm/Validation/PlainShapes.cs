namespace Drydock.Wasm.Validation;

/// <summary>The operands of a plain instruction.</summary>
/// <param name="Expected">Types of the two topmost, the topmost in the upper half.</param>
/// <param name="Mask">Those of the two that are popped; an instruction that is not plain expects what never is.</param>
internal readonly record struct PlainOperands(ulong Expected, ulong Mask);

/// <summary>
/// The other facts of a plain instruction: fields of a word, whose lowest bits are for <see cref="InstructionLengths"/>.
/// </summary>
internal static class PlainTraits
{
    /// <summary>Whether the number is not that of a local, as a bit above the eight of the number.</summary>
    public const uint IsNoLocal = 0x100;
    /// <summary>The result's kind, which takes seven bits.</summary>
    public const int Result = 9;
    /// <summary>How many operands are popped, which takes two bits, and results pushed, which takes one.</summary>
    public const int Pops = 16, Pushes = 18;
    /// <summary>The highest alignment an access may claim; for what is no access, any second byte will do.</summary>
    public const int Alignment = 24;
}

/// <summary>
/// What <see cref="FunctionValidator"/> has to know of the plain instructions, which most code is made of: those that
/// are followed by numbers alone, with two operands at most and one result at most. It is packed so that all of them go
/// the same way, without branches that a processor would have to foretell, and few steps that wait for each other.
/// </summary>
internal sealed class PlainShapes
{
    private const uint NoAccess = 0xFFu << PlainTraits.Alignment;

    /// <summary>For a module whose first memory has addresses of 32 bits.</summary>
    public static readonly PlainShapes WithMemory = new(hasMemory: true);

    /// <summary>For any other module.</summary>
    public static readonly PlainShapes WithoutMemory = new(hasMemory: false);

    /// <summary>By the opcode, of which there are 256.</summary>
    public readonly uint[] Traits = new uint[256];

    /// <summary>By the opcode, of which there are 256.</summary>
    public readonly PlainOperands[] Operands = new PlainOperands[256];

    private PlainShapes(bool hasMemory)
    {
        for (var i = 0; i < Traits.Length; i++) (Operands[i], Traits[i]) = ShapeOf((Opcode)i, hasMemory);
    }

    private static (PlainOperands Operands, uint Traits) ShapeOf(Opcode opcode, bool hasMemory) => opcode switch
    {
        Opcode.LocalGet => Untyped(numbers: 1, pops: 0, pushes: 1),
        Opcode.LocalSet => Untyped(numbers: 1, pops: 1, pushes: 0),
        Opcode.LocalTee => Untyped(numbers: 1, pops: 1, pushes: 1),
        Opcode.Drop => (default, TraitsOf(numbers: 0, pops: 1, pushes: 0) | NoAccess | PlainTraits.IsNoLocal),
        Opcode.I32Const or Opcode.I64Const => Typed(opcode, numbers: 1, address: 0, NoAccess),
        >= Opcode.I32Eqz and <= Opcode.I64Extend32S => Typed(opcode, numbers: 0, address: 0, NoAccess),
        >= Opcode.I32Load and <= Opcode.I64Store32 when hasMemory => Typed(opcode, numbers: 2, (uint)ValueKind.I32,
            (uint)InstructionShapes.OfByte((uint)opcode).AccessLog2 << PlainTraits.Alignment),
        _ => (new PlainOperands(ulong.MaxValue, ulong.MaxValue), 0),
    };

    /// <summary>An instruction on a local, whose type is put in when it is known.</summary>
    private static (PlainOperands, uint) Untyped(int numbers, int pops, int pushes) =>
        (new PlainOperands(0, MaskOf(pops)), TraitsOf(numbers, pops, pushes) | NoAccess);

    /// <summary>An instruction of a certain type; an address, if it takes one, is popped last.</summary>
    private static (PlainOperands, uint) Typed(Opcode opcode, int numbers, uint address, uint traits)
    {
        var signature = InstructionShapes.OfByte((uint)opcode).Signature;
        uint top = KindOf(signature), below = KindOf(signature >> 4), result = KindOf(signature >> 16);
        if (top == 0) top = address;
        else if (below == 0) below = address;
        var pops = top == 0 ? 0 : below == 0 ? 1 : 2;
        return (new PlainOperands((ulong)top << 32 | below, MaskOf(pops)),
            TraitsOf(numbers, pops, result == 0 ? 0 : 1) | PlainTraits.IsNoLocal | result << PlainTraits.Result
                | traits);
    }

    private static ulong MaskOf(int pops) => pops switch { 0 => 0, 1 => ulong.MaxValue << 32, _ => ulong.MaxValue };

    private static uint TraitsOf(int numbers, int pops, int pushes) =>
        (uint)(pops << PlainTraits.Pops | pushes << PlainTraits.Pushes) | NumbersOf(numbers);

    private static uint NumbersOf(int count) => count switch
    {
        0 => InstructionLengths.NoNumber,
        1 => InstructionLengths.OneNumber,
        _ => InstructionLengths.TwoNumbers,
    };

    private static uint KindOf(uint nibbles) => (nibbles & 0xF) == 0 ? 0 : 0x70 | nibbles & 0xF;
}
