using Drydock.Wasm;
using D = Drydock.Compiler.X64.VectorRegister;

namespace Drydock.Compiler.X64;

/// <summary>
/// The AVX code of the vector instructions (spec: 4.3.3, 4.3.5), AVX2 and FMA where the processor has them.
/// </summary>
/// <remarks>
/// xmm14 and xmm15 are scratch of every lowering and never operands of one. The destination may be any other register,
/// sources included; sources that are not the destination keep their values. General registers and flags stay as they
/// are unless the summary says otherwise. Of an instruction that accesses memory the first machine instruction is the
/// one that faults.
/// </remarks>
internal sealed partial class VectorLowering(Assembler a, CpuFeatures features)
{
    private const D T = D.Xmm15, U = D.Xmm14;
    private const ulong SignBytes = 0x8080_8080_8080_8080, SignWords = 0x8000_8000_8000_8000;
    private const ulong SignInts = 0x8000_0000_8000_0000, SignLong = 0x8000_0000_0000_0000;
    private const ulong LowBytes = 0x00FF_00FF_00FF_00FF, OneBytes = 0x0101_0101_0101_0101;
    private const ulong OneWords = 0x0001_0001_0001_0001;

    private bool HasAvx2 => (features & CpuFeatures.Avx2) != 0;
    private bool HasFma => (features & CpuFeatures.Fma) != 0;

    /// <summary>The constant whose lower half is <paramref name="low"/>.</summary>
    public void Constant(D d, ulong low, ulong high)
    {
        if ((low | high) == 0) a.Vpxor(d, d, d);
        else if ((low & high) == ulong.MaxValue) a.Vpcmpeqd(d, d, d);
        else a.Vmovdqu(d, a.Constant16(low, high));
    }

    /// <summary>An instruction of one vector that gives a vector.</summary>
    public void Unary(Opcode opcode, D d, D s)
    {
        switch (opcode)
        {
            case Opcode.V128Not: Not(d, s); break;
            case Opcode.I8x16Abs: a.Vpabsb(d, s); break;
            case Opcode.I16x8Abs: a.Vpabsw(d, s); break;
            case Opcode.I32x4Abs: a.Vpabsd(d, s); break;
            case Opcode.I64x2Abs: AbsoluteLongs(d, s); break;
            case Opcode.I8x16Neg: a.Vpsubb(d, Zero(T), s); break;
            case Opcode.I16x8Neg: a.Vpsubw(d, Zero(T), s); break;
            case Opcode.I32x4Neg: a.Vpsubd(d, Zero(T), s); break;
            case Opcode.I64x2Neg: a.Vpsubq(d, Zero(T), s); break;
            case Opcode.I8x16Popcnt: CountBits(d, s); break;
            case Opcode.I16x8ExtaddPairwiseI8x16S: a.Vmovdqu(T, a.Constant16(OneBytes)); a.Vpmaddubsw(d, T, s); break;
            case Opcode.I16x8ExtaddPairwiseI8x16U: a.Vpmaddubsw(d, s, a.Constant16(OneBytes)); break;
            case Opcode.I32x4ExtaddPairwiseI16x8S: a.Vpmaddwd(d, s, a.Constant16(OneWords)); break;
            case Opcode.I32x4ExtaddPairwiseI16x8U: AddWordPairs(d, s); break;
            case Opcode.I16x8ExtendLowI8x16S: a.Vpmovsxbw(d, s); break;
            case Opcode.I16x8ExtendLowI8x16U: a.Vpmovzxbw(d, s); break;
            case Opcode.I16x8ExtendHighI8x16S: a.Vpmovsxbw(d, High(s)); break;
            case Opcode.I16x8ExtendHighI8x16U: a.Vpunpckhbw(d, s, Zero(T)); break;
            case Opcode.I32x4ExtendLowI16x8S: a.Vpmovsxwd(d, s); break;
            case Opcode.I32x4ExtendLowI16x8U: a.Vpmovzxwd(d, s); break;
            case Opcode.I32x4ExtendHighI16x8S: a.Vpmovsxwd(d, High(s)); break;
            case Opcode.I32x4ExtendHighI16x8U: a.Vpunpckhwd(d, s, Zero(T)); break;
            case Opcode.I64x2ExtendLowI32x4S: a.Vpmovsxdq(d, s); break;
            case Opcode.I64x2ExtendLowI32x4U: a.Vpmovzxdq(d, s); break;
            case Opcode.I64x2ExtendHighI32x4S: a.Vpmovsxdq(d, High(s)); break;
            case Opcode.I64x2ExtendHighI32x4U: a.Vpunpckhdq(d, s, Zero(T)); break;
            case Opcode.F32x4Abs: a.Vandps(d, s, a.Constant16(~SignInts)); break;
            case Opcode.F64x2Abs: a.Vandpd(d, s, a.Constant16(~SignLong)); break;
            case Opcode.F32x4Neg: a.Vxorps(d, s, a.Constant16(SignInts)); break;
            case Opcode.F64x2Neg: a.Vxorpd(d, s, a.Constant16(SignLong)); break;
            case Opcode.F32x4Sqrt: a.Vsqrtps(d, s); break;
            case Opcode.F64x2Sqrt: a.Vsqrtpd(d, s); break;
            case Opcode.F32x4Ceil: a.Vroundps(d, s, VectorRounding.Ceiling); break;
            case Opcode.F64x2Ceil: a.Vroundpd(d, s, VectorRounding.Ceiling); break;
            case Opcode.F32x4Floor: a.Vroundps(d, s, VectorRounding.Floor); break;
            case Opcode.F64x2Floor: a.Vroundpd(d, s, VectorRounding.Floor); break;
            case Opcode.F32x4Trunc: a.Vroundps(d, s, VectorRounding.Truncate); break;
            case Opcode.F64x2Trunc: a.Vroundpd(d, s, VectorRounding.Truncate); break;
            case Opcode.F32x4Nearest: a.Vroundps(d, s, VectorRounding.Nearest); break;
            case Opcode.F64x2Nearest: a.Vroundpd(d, s, VectorRounding.Nearest); break;
            case Opcode.F32x4DemoteF64x2Zero: a.Vcvtpd2ps(d, s); break;
            case Opcode.F64x2PromoteLowF32x4: a.Vcvtps2pd(d, s); break;
            case Opcode.F32x4ConvertI32x4S: a.Vcvtdq2ps(d, s); break;
            case Opcode.F32x4ConvertI32x4U: ConvertUnsigned(d, s); break;
            case Opcode.F64x2ConvertLowI32x4S: a.Vcvtdq2pd(d, s); break;
            case Opcode.F64x2ConvertLowI32x4U: ConvertLowUnsigned(d, s); break;
            case Opcode.I32x4TruncSatF32x4S: TruncateSigned(d, s); break;
            case Opcode.I32x4TruncSatF32x4U or Opcode.I32x4RelaxedTruncF32x4U: TruncateUnsigned(d, s); break;
            case Opcode.I32x4TruncSatF64x2SZero: TruncateDoublesSigned(d, s); break;
            case Opcode.I32x4TruncSatF64x2UZero or Opcode.I32x4RelaxedTruncF64x2UZero:
                TruncateDoublesUnsigned(d, s);
                break;
            case Opcode.I32x4RelaxedTruncF32x4S: a.Vcvttps2dq(d, s); break;
            case Opcode.I32x4RelaxedTruncF64x2SZero: a.Vcvttpd2dq(d, s); break;
            default: throw Unknown(opcode);
        }
    }

    /// <summary>An instruction of three vectors.</summary>
    public void Ternary(Opcode opcode, D d, D x, D y, D z)
    {
        switch (opcode)
        {
            case Opcode.V128Bitselect or Opcode.I16x8RelaxedLaneselect: Select(d, x, y, z); break;
            case Opcode.I8x16RelaxedLaneselect: a.Vpblendvb(d, y, x, z); break;
            case Opcode.I32x4RelaxedLaneselect: a.Vblendvps(d, y, x, z); break;
            case Opcode.I64x2RelaxedLaneselect: a.Vblendvpd(d, y, x, z); break;
            case Opcode.F32x4RelaxedMadd or Opcode.F32x4RelaxedNmadd or
                 Opcode.F64x2RelaxedMadd or Opcode.F64x2RelaxedNmadd:
                MultiplyAdd(opcode, d, x, y, z);
                break;
            case Opcode.I32x4RelaxedDotI8x16I7x16AddS:
                a.Vpmaddubsw(T, y, x);
                a.Vpmaddwd(T, T, a.Constant16(OneWords));
                a.Vpaddd(d, T, z);
                break;
            default: throw Unknown(opcode);
        }
    }

    private static ArgumentOutOfRangeException Unknown(Opcode opcode) =>
        new(nameof(opcode), opcode, "not a vector instruction of this shape");

    private D Zero(D d)
    {
        a.Vpxor(d, d, d);
        return d;
    }

    private D Ones(D d)
    {
        a.Vpcmpeqd(d, d, d);
        return d;
    }

    /// <summary>The high half of <paramref name="s"/> in the low half of a scratch register.</summary>
    private D High(D s, D d = T)
    {
        a.Vpshufd(d, s, 0xEE);
        return d;
    }

    private void Move(D d, D s)
    {
        if (d != s) a.Vmovaps(d, s);
    }

    private void Not(D d, D s) => a.Vpxor(d, s, Ones(U));
}
