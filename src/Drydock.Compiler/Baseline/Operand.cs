using Drydock.Compiler.X64;
using Drydock.Wasm;

namespace Drydock.Compiler.Baseline;

/// <summary>Where the value of an <see cref="Operand"/> is.</summary>
internal enum OperandKind : byte
{
    /// <summary>Nowhere: <see cref="Operand.Bits"/> is the value.</summary>
    Constant,
    /// <summary>In the register <see cref="Operand.Number"/>, which nothing else uses.</summary>
    Register,
    /// <summary>Still in the local <see cref="Operand.Index"/>, and so perhaps in a register.</summary>
    Local,
    /// <summary>In the stack frame's slot <see cref="Operand.Index"/>.</summary>
    Slot,
    /// <summary>In the flags: whether condition <see cref="Operand.Number"/> holds.</summary>
    Flags,
}

/// <summary>
/// An entry of the operand stack while code is being emitted. It is two words, so that it is handed on in registers,
/// and never read in another width than it was just written in.
/// </summary>
internal struct Operand
{
    /// <summary>The <see cref="Number"/> of what is in no register.</summary>
    public const byte NoNumber = 0xFF;

    private const int TypeShift = 8, NumberShift = 16, IndexShift = 32;

    private ulong _place;
    public long Bits;

    private Operand(OperandKind kind, ValueKind type, int number, int index, long bits)
    {
        _place = (ulong)kind | (ulong)type << TypeShift | (ulong)(byte)number << NumberShift | (ulong)(
            uint)index << IndexShift;
        Bits = bits;
    }

    public readonly OperandKind Kind => (OperandKind)(byte)_place;

    public ValueKind Type
    {
        readonly get => (ValueKind)(byte)(_place >> TypeShift);
        set => _place = _place & ~(0xFFUL << TypeShift) | (ulong)value << TypeShift;
    }

    /// <summary>The register the value is in, unless it is in the flags; <see cref="NoNumber"/> for none.</summary>
    public byte Number
    {
        readonly get => (byte)(_place >> NumberShift);
        set => _place = _place & ~(0xFFUL << NumberShift) | (ulong)value << NumberShift;
    }

    public readonly int Index => (int)(_place >> IndexShift);

    public readonly bool IsVector => Type is ValueKind.F32 or ValueKind.F64 or ValueKind.V128;
    public readonly bool IsWide => Type is not (ValueKind.I32 or ValueKind.F32);
    public readonly bool IsInMemory => Kind is OperandKind.Slot;
    public readonly bool IsImmediate => Kind == OperandKind.Constant && !IsVector && (!IsWide || Bits == (int)Bits);
    public readonly bool IsZero => Kind == OperandKind.Constant && Bits == 0;

    public static Operand Constant(ValueKind type, long bits) =>
        new(OperandKind.Constant, type, NoNumber, 0, bits);
    public static Operand InRegister(ValueKind type, int number) =>
        new(OperandKind.Register, type, number, 0, 0);
    /// <summary>
    /// Of a local, which is in a register if <paramref name="number"/> is one's; <paramref name="next"/> is the place
    /// of the next operand below that is still in it.
    /// </summary>
    public static Operand OfLocal(ValueKind type, int number, int index, int next) =>
        new(OperandKind.Local, type, number, index, next);
    public static Operand InSlot(ValueKind type, int index) =>
        new(OperandKind.Slot, type, NoNumber, index, 0);
    public static Operand InFlags(Condition condition) =>
        new(OperandKind.Flags, ValueKind.I32, (int)condition, 0, 0);
}

/// <summary>A local variable while code is being emitted.</summary>
internal struct Local
{
    /// <summary>The register that holds it throughout the function, or <see cref="Operand.NoNumber"/>.</summary>
    public byte Pin;
    public ValueKind Type;
    /// <summary>Offset of its home from rbp.</summary>
    public int Home;
    /// <summary>Number of operands that are still in this local.</summary>
    public int Pending;
    /// <summary>The topmost of those operands' place in the operand stack, if there are any.</summary>
    public int Topmost;
    /// <summary>Uses, weighted by loop depth.</summary>
    public int Weight;

    public readonly bool IsPinned => Pin != Operand.NoNumber;
    public readonly bool IsVector => Type is ValueKind.F32 or ValueKind.F64 or ValueKind.V128;
}
