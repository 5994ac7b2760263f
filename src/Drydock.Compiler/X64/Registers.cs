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
/// A memory operand: <c>[base + index * scale + displacement]</c>, kept as it is encoded, so that an instruction only has
/// to put it in. One word, so that it is handed on in a register.
/// </summary>
internal readonly struct Address
{
    private const int CountShift = 48, RexShift = 56;
    private const ulong BytesMask = (1UL << CountShift) - 1, ConstantFlag = 1UL << 63;
    private const int NoIndex = 4; // rsp cannot be an index
    private readonly ulong _bits;

    private Address(ulong bits) => _bits = bits;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Address(Register @base, int displacement = 0)
    {
        int rm = (int)@base & 7;
        // The numbers of rsp and r12 say that a SIB byte follows.
        uint start = rm == NoIndex ? (uint)(rm | SibOf(NoIndex, 0, rm) << 8) : (uint)rm;
        _bits = Encode(start, rm == NoIndex ? 2 : 1, rm, displacement) | (ulong)((int)@base >> 3) << RexShift;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Address(Register @base, Register index, int scale, int displacement)
    {
        int rm = (int)@base & 7;
        int sib = SibOf((int)index & 7, BitOperations.Log2((uint)scale), rm);
        int rex = (int)@base >> 3 | (int)index >> 3 << 1;
        _bits = Encode((uint)(NoIndex | sib << 8), 2, rm, displacement) | (ulong)rex << RexShift;
    }

    /// <summary>
    /// <c>[base + index + displacement]</c>, the displacement of at most 127 and the base neither rbp nor r13.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Address Near(Register @base, Register index, int displacement)
    {
        int size = displacement + sbyte.MaxValue >> 7;
        int start = NoIndex | size << 6 | SibOf((int)index & 7, 0, (int)@base & 7) << 8 | displacement << 16;
        int rex = (int)@base >> 3 | (int)index >> 3 << 1;
        return new((uint)start | (ulong)(uint)(2 + size | rex << RexShift - CountShift) << CountShift);
    }

    /// <summary>A constant of the function's pool; see <see cref="Assembler.Constant16(ulong, ulong)"/>.</summary>
    public static Address OfConstant(int index) => new(ConstantFlag | (uint)index);

    /// <summary>Whether this is a constant rather than made of registers.</summary>
    public bool IsConstant => (long)_bits < 0;
    /// <summary>Which constant this is.</summary>
    public int ConstantIndex => (int)_bits;

    /// <summary>ModRM, its register 0, then SIB and displacement: the lowest bytes, six at most.</summary>
    public ulong Bytes => _bits & BytesMask;
    /// <summary>The same, followed by anything.</summary>
    public ulong LongBytes => _bits;
    /// <summary>The number of those bytes.</summary>
    public int Count => (int)(_bits >> CountShift) & 0xFF;
    /// <summary>The bits X and B of a REX prefix.</summary>
    public int Rex => (int)(_bits >> RexShift) & 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int SibOf(int index, int scaleLog2, int rm) => scaleLog2 << 6 | index << 3 | rm;

    /// <summary>Appends the displacement to ModRM and SIB, in as few bytes as can be: rbp and r13 need one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Encode(uint start, int startSize, int rm, int displacement)
    {
        int size = displacement == (sbyte)displacement ? 1 : 4;
        if (rm != 5) size &= -(displacement != 0 ? 1 : 0);
        uint mode = (uint)(size + 1 >> 1) << 6;
        return start | mode | (ulong)(uint)displacement << 8 * startSize | (ulong)(uint)(startSize + size) << CountShift;
    }
}
