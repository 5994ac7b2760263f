namespace Drydock.Compiler.X64;

/// <summary>The last operand of most vector and float instructions: a vector register, or memory.</summary>
internal readonly struct VectorOperand
{
    private VectorOperand(VectorRegister register) => (IsRegister, Register) = (true, register);
    private VectorOperand(Address address) => Address = address;

    public bool IsRegister { get; }
    public VectorRegister Register { get; }
    public Address Address { get; }

    public static implicit operator VectorOperand(VectorRegister register) => new(register);
    public static implicit operator VectorOperand(Address address) => new(address);
}

/// <summary>Immediate of the rounding instructions; none of them raises the inexact exception.</summary>
internal enum VectorRounding : byte
{
    Nearest = 8, Floor, Ceiling, Truncate,
}

/// <summary>Immediate of the float comparisons. Those that are negated are true of unordered operands.</summary>
internal enum VectorComparison : byte
{
    Equal, Less, LessOrEqual, Unordered, NotEqual, NotLess, NotLessOrEqual, Ordered,
}
