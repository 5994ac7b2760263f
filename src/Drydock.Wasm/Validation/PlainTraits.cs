using System.Runtime.InteropServices;

namespace Drydock.Wasm.Validation;

/// <summary>
/// The facts of a plain instruction, in a byte each so that none has to be taken apart. Operand types are the lowest
/// four bits of their kind, the topmost operand's in the lowest four.
/// </summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal readonly struct PlainTraits
{
    /// <summary>Four times one more than the operands that go, results subtracted.</summary>
    public readonly byte Shift;
    /// <summary>The operands, but for the type of a local.</summary>
    public readonly byte Expected;
    /// <summary>Which bits of the topmost operands are as expected.</summary>
    public readonly byte Mask;
    /// <summary>How many numbers follow, times 16.</summary>
    public readonly byte Numbers;
    /// <summary>The result's kind, but for the type of a local.</summary>
    public readonly byte Result;
    /// <summary>The lowest four bits if there is a result.</summary>
    public readonly byte Pushes;
    /// <summary>All bits if the number is that of a local.</summary>
    public readonly byte Local;
    /// <summary>The most that the byte after the opcode may be: the highest alignment for instance.</summary>
    public readonly byte Limit;

    /// <summary>The bit that all kinds of numbers have.</summary>
    private const byte AnyNumber = 0x8;

    private static readonly PlainTraits[] WithMemory = MakeAll(hasMemory: true);
    private static readonly PlainTraits[] WithoutMemory = MakeAll(hasMemory: false);

    private PlainTraits(int pops, int expected, int mask, int pushes, ValueKind result, int numbers, bool isOnLocal,
        int limit = byte.MaxValue)
    {
        Shift = (byte)(4 * (pops - pushes + 1));
        Expected = (byte)expected;
        Mask = (byte)mask;
        Numbers = (byte)(16 * numbers);
        Result = (byte)result;
        Pushes = (byte)(0xF * pushes);
        Local = isOnLocal ? byte.MaxValue : (byte)0;
        Limit = (byte)limit;
    }

    /// <summary>By opcode, for a module whose first memory has addresses of 32 bits, or for any other.</summary>
    public static ReadOnlySpan<PlainTraits> All(bool hasMemory) => hasMemory ? WithMemory : WithoutMemory;

    /// <summary>Those of <c>br_if</c> where so many of the innermost labels take nothing.</summary>
    public static PlainTraits BranchIf(int labels) =>
        labels == 0 ? Other : Typed(1, ValueKind.I32, 0, 0, numbers: 1, limit: labels - 1);

    /// <summary>An instruction that is not plain expects what is never there.</summary>
    private static PlainTraits Other => new(0, expected: 0x11, mask: 0xFF, 0, 0, 0, isOnLocal: false);

    private static PlainTraits[] MakeAll(bool hasMemory)
    {
        var all = new PlainTraits[256];
        for (var i = 0; i < all.Length; i++) all[i] = Of((Opcode)i, hasMemory);
        return all;
    }

    private static PlainTraits Of(Opcode opcode, bool hasMemory) => opcode switch
    {
        Opcode.LocalGet => OnLocal(pops: 0, pushes: 1),
        Opcode.LocalSet => OnLocal(pops: 1, pushes: 0),
        Opcode.LocalTee => OnLocal(pops: 1, pushes: 1),
        Opcode.Drop => new(1, AnyNumber, AnyNumber, 0, 0, 0, isOnLocal: false),
        Opcode.I32Const or Opcode.I64Const => Typed(opcode, numbers: 1),
        >= Opcode.I32Eqz and <= Opcode.I64Extend32S => Typed(opcode, numbers: 0),
        >= Opcode.I32Load and <= Opcode.I64Store32 when hasMemory => Access(opcode),
        _ => Other,
    };

    private static PlainTraits OnLocal(int pops, int pushes) => new(pops, 0, 0xF * pops, pushes, 0, 1, isOnLocal: true);

    private static PlainTraits Typed(Opcode opcode, int numbers)
    {
        var signature = InstructionShapes.OfByte((uint)opcode).Signature;
        ValueKind top = KindOf(signature), below = KindOf(signature >> 4);
        return Typed(top == 0 ? 0 : below == 0 ? 1 : 2, top, below, KindOf(signature >> 16), numbers);
    }

    /// <summary>An access, whose address is popped last.</summary>
    private static PlainTraits Access(Opcode opcode)
    {
        ref readonly var shape = ref InstructionShapes.OfByte((uint)opcode);
        ValueKind value = KindOf(shape.Signature), result = KindOf(shape.Signature >> 16);
        return value == 0
            ? Typed(1, ValueKind.I32, 0, result, numbers: 2, shape.AccessLog2)
            : Typed(2, value, ValueKind.I32, result, numbers: 2, shape.AccessLog2);
    }

    private static PlainTraits Typed(int pops, ValueKind top, ValueKind below, ValueKind result, int numbers,
        int limit = byte.MaxValue) =>
        new(pops, (int)top & 0xF | ((int)below & 0xF) << 4, (1 << 4 * pops) - 1, result == 0 ? 0 : 1, result, numbers,
            isOnLocal: false, limit);

    private static ValueKind KindOf(uint nibbles) => (ValueKind)((nibbles & 0xF) == 0 ? 0 : 0x70 | nibbles & 0xF);
}
