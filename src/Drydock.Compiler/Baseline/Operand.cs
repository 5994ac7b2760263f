using Drydock.Wasm;

namespace Drydock.Compiler.Baseline;

/// <summary>Where the value of an <see cref="Operand"/> is.</summary>
internal enum OperandKind : byte
{
    /// <summary>Nowhere: <see cref="Operand.Bits"/> is the value.</summary>
    Constant,
    /// <summary>In the register <see cref="Operand.Number"/>, which nothing else uses.</summary>
    Register,
    /// <summary>Still in the local <see cref="Operand.Index"/>.</summary>
    Local,
    /// <summary>In the stack frame's slot <see cref="Operand.Index"/>.</summary>
    Slot,
    /// <summary>In the flags: whether condition <see cref="Operand.Number"/> holds.</summary>
    Flags,
}

/// <summary>An entry of the operand stack while code is being emitted.</summary>
internal struct Operand
{
    public OperandKind Kind;
    public ValueKind Type;
    public byte Number;
    public int Index;
    public long Bits;

    public readonly bool IsVector => Type is ValueKind.F32 or ValueKind.F64 or ValueKind.V128;
    public readonly bool IsWide => Type is not (ValueKind.I32 or ValueKind.F32);
    public readonly bool IsInMemory => Kind is OperandKind.Slot;
    public readonly bool IsImmediate => Kind == OperandKind.Constant && !IsVector && (!IsWide || Bits == (int)Bits);
    public readonly bool IsZero => Kind == OperandKind.Constant && Bits == 0;

    public static Operand Constant(ValueKind type, long bits) =>
        new() { Kind = OperandKind.Constant, Type = type, Bits = bits };
    public static Operand InRegister(ValueKind type, int number) =>
        new() { Kind = OperandKind.Register, Type = type, Number = (byte)number };
    public static Operand OfLocal(ValueKind type, int index) =>
        new() { Kind = OperandKind.Local, Type = type, Index = index };
    public static Operand InSlot(ValueKind type, int index) =>
        new() { Kind = OperandKind.Slot, Type = type, Index = index };
}

/// <summary>A local variable while code is being emitted.</summary>
internal struct Local
{
    /// <summary>Register number plus one that holds it throughout the function, or 0.</summary>
    public byte PinPlusOne;
    public ValueKind Type;
    /// <summary>Offset of its home from rbp.</summary>
    public int Home;
    /// <summary>Number of operands that are still in this local.</summary>
    public int Pending;
    /// <summary>The topmost of those operands' place in the operand stack, if there are any.</summary>
    public int Topmost;
    /// <summary>Uses, weighted by loop depth.</summary>
    public int Weight;

    public readonly bool IsPinned => PinPlusOne != 0;
    public readonly int Pin => PinPlusOne - 1;
    public readonly bool IsVector => Type is ValueKind.F32 or ValueKind.F64 or ValueKind.V128;
}
