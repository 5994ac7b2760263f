namespace Drydock.Compiler.X64;

/// <summary>General-purpose registers by their hardware number.</summary>
internal enum Register : byte
{
    Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15,
}

/// <summary>Vector registers by their hardware number.</summary>
internal enum VectorRegister : byte
{
    Xmm0, Xmm1, Xmm2, Xmm3, Xmm4, Xmm5, Xmm6, Xmm7, Xmm8, Xmm9, Xmm10, Xmm11, Xmm12, Xmm13, Xmm14, Xmm15,
}

/// <summary>A memory operand: <c>[base + index * scale + displacement]</c>.</summary>
internal readonly record struct Address
{
    private const byte NoIndex = 4; // rsp cannot be an index
    private const byte ConstantPool = 16; // no register has this number

    public Address(Register @base, int displacement = 0) : this(@base, (Register)NoIndex, 1, displacement) { }

    public Address(Register @base, Register index, int scale, int displacement)
    {
        Base = @base;
        Index = index;
        ScaleLog2 = (byte)System.Numerics.BitOperations.Log2((uint)scale);
        Displacement = displacement;
    }

    /// <summary>A constant of the function's pool; see <see cref="Assembler.Constant16(ulong, ulong)"/>.</summary>
    public static Address OfConstant(int index) => new((Register)ConstantPool, index);

    public Register Base { get; }
    public Register Index { get; }
    public byte ScaleLog2 { get; }
    public int Displacement { get; }
    public bool HasIndex => (byte)Index != NoIndex;
    /// <summary>Whether this is a constant, whose index is then the displacement.</summary>
    public bool IsConstant => (byte)Base == ConstantPool;
}
