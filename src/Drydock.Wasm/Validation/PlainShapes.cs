using System.Runtime.InteropServices;

namespace Drydock.Wasm.Validation;

/// <summary>
/// What <see cref="FunctionValidator"/> has to know of a plain instruction: one that is followed by numbers alone, with
/// two operands at most and one result at most. It is packed so that all of them go the same way, without branches that
/// a processor would have to foretell.
/// </summary>
/// <param name="Expected">Types of the two topmost operands, the topmost in the upper half.</param>
/// <param name="Mask">Those of the two that are popped; an instruction that is not plain expects what never is.</param>
/// <param name="Traits">The other facts, in the fields named by the constants.</param>
[StructLayout(LayoutKind.Sequential, Size = 32)] // is indexed by a shift
internal readonly record struct PlainShape(ulong Expected, ulong Mask, uint Traits)
{

    /// <summary>Eight for each number that follows.</summary>
    public const int Numbers = 0;
    /// <summary>Whether the number is not that of a local, as a bit above the eight of the number.</summary>
    public const uint IsNoLocal = 0x100;
    /// <summary>The result's kind, which takes seven bits.</summary>
    public const int Result = 9;
    /// <summary>How many operands are popped, which takes two bits, and results pushed, which takes one.</summary>
    public const int Pops = 16, Pushes = 18;
    /// <summary>The highest alignment an access may claim; for what is no access, any second byte will do.</summary>
    public const int Alignment = 24;
}

/// <summary>The shapes of the instructions that most code is made of.</summary>
internal static class PlainShapes
{
    private const uint NoAccess = 0xFFu << PlainShape.Alignment;

    /// <summary>For a module whose first memory has addresses of 32 bits, by the opcode.</summary>
    public static readonly PlainShape[] WithMemory = Build(hasMemory: true);

    /// <summary>For any other module.</summary>
    public static readonly PlainShape[] WithoutMemory = Build(hasMemory: false);

    private static PlainShape[] Build(bool hasMemory)
    {
        var shapes = new PlainShape[256];
        for (var i = 0; i < shapes.Length; i++) shapes[i] = ShapeOf((Opcode)i, hasMemory);
        return shapes;
    }

    private static PlainShape ShapeOf(Opcode opcode, bool hasMemory) => opcode switch
    {
        Opcode.LocalGet => Shape(numbers: 1, pops: 0, pushes: 1, NoAccess),
        Opcode.LocalSet => Shape(numbers: 1, pops: 1, pushes: 0, NoAccess),
        Opcode.LocalTee => Shape(numbers: 1, pops: 1, pushes: 1, NoAccess),
        Opcode.Drop => Shape(numbers: 0, pops: 1, pushes: 0, NoAccess | PlainShape.IsNoLocal) with { Mask = 0 },
        Opcode.I32Const or Opcode.I64Const => Typed(opcode, 1, NoAccess),
        >= Opcode.I32Eqz and <= Opcode.I64Extend32S => Typed(opcode, 0, NoAccess),
        >= Opcode.I32Load and <= Opcode.I64Store32 when hasMemory => Access(opcode),
        _ => new PlainShape(ulong.MaxValue, ulong.MaxValue, 0),
    };

    private static PlainShape Shape(int numbers, int pops, int pushes, uint traits) => new(
        0,
        pops switch { 0 => 0, 1 => ulong.MaxValue << 32, _ => ulong.MaxValue },
        (uint)(numbers << 3 << PlainShape.Numbers | pops << PlainShape.Pops | pushes << PlainShape.Pushes) | traits);

    private static PlainShape Typed(Opcode opcode, int numbers, uint traits)
    {
        var signature = InstructionShapes.OfByte((uint)opcode).Signature;
        uint top = KindOf(signature), below = KindOf(signature >> 4), result = KindOf(signature >> 16);
        var pops = top == 0 ? 0 : below == 0 ? 1 : 2;
        traits |= PlainShape.IsNoLocal | result << PlainShape.Result;
        return Shape(numbers, pops, result == 0 ? 0 : 1, traits) with { Expected = (ulong)top << 32 | below };
    }

    /// <summary>An access, whose address is popped last.</summary>
    private static PlainShape Access(Opcode opcode)
    {
        var typed = Typed(opcode, 2, (uint)InstructionShapes.OfByte((uint)opcode).AccessLog2 << PlainShape.Alignment);
        const uint Address = (uint)ValueKind.I32;
        var isStore = typed.Expected != 0;
        return new PlainShape(
            typed.Expected | (isStore ? Address : (ulong)Address << 32),
            isStore ? ulong.MaxValue : ulong.MaxValue << 32,
            typed.Traits + (1u << PlainShape.Pops));
    }

    private static uint KindOf(uint nibbles) => (nibbles & 0xF) == 0 ? 0 : 0x70 | nibbles & 0xF;
}
