using System.Numerics;
using System.Runtime.CompilerServices;

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

/// <summary>
/// A memory operand: <c>[base + index * scale + displacement]</c>. One word, so that it is handed on in a register.
/// </summary>
internal readonly record struct Address
{
    private const byte NoIndex = 4; // rsp cannot be an index
    private const byte ConstantPool = 16; // no register has this number
    private const int IndexShift = 8, ScaleShift = 16, DisplacementShift = 32;
    private readonly ulong _bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Address(Register @base, int displacement = 0) : this(@base, (Register)NoIndex, 1, displacement) { }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Address(Register @base, Register index, int scale, int displacement)
    {
        ulong registers = (ulong)@base | (ulong)index << IndexShift | (ulong)BitOperations.Log2((
            uint)scale) << ScaleShift;
        _bits = registers | (ulong)(uint)displacement << DisplacementShift;
    }

    /// <summary>A constant of the function's pool; see <see cref="Assembler.Constant16(ulong, ulong)"/>.</summary>
    public static Address OfConstant(int index) => new((Register)ConstantPool, index);

    public Register Base => (Register)(byte)_bits;
    public Register Index => (Register)(byte)(_bits >> IndexShift);
    public byte ScaleLog2 => (byte)(_bits >> ScaleShift);
    public int Displacement => (int)(_bits >> DisplacementShift);
    public bool HasIndex => (byte)Index != NoIndex;
    /// <summary>Whether this is a constant, whose index is then the displacement.</summary>
    public bool IsConstant => (byte)Base == ConstantPool;
}
