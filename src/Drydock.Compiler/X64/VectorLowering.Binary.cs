using Drydock.Wasm;
using D = Drydock.Compiler.X64.VectorRegister;

namespace Drydock.Compiler.X64;

/// <content>Instructions of two vectors.</content>
internal sealed partial class VectorLowering
{
    /// <summary>An instruction of two vectors that gives a vector.</summary>
    public void Binary(Opcode opcode, D d, D x, D y)
    {
        switch (opcode)
        {
            case Opcode.I8x16Add: a.Vpaddb(d, x, y); break;
            case Opcode.I16x8Add: a.Vpaddw(d, x, y); break;
            case Opcode.I32x4Add: a.Vpaddd(d, x, y); break;
            case Opcode.I64x2Add: a.Vpaddq(d, x, y); break;
            case Opcode.I8x16Sub: a.Vpsubb(d, x, y); break;
            case Opcode.I16x8Sub: a.Vpsubw(d, x, y); break;
            case Opcode.I32x4Sub: a.Vpsubd(d, x, y); break;
            case Opcode.I64x2Sub: a.Vpsubq(d, x, y); break;
            case Opcode.I16x8Mul: a.Vpmullw(d, x, y); break;
            case Opcode.I32x4Mul: a.Vpmulld(d, x, y); break;
            case Opcode.I64x2Mul: MultiplyLongs(d, x, y); break;
            case Opcode.I8x16AddSatS: a.Vpaddsb(d, x, y); break;
            case Opcode.I8x16AddSatU: a.Vpaddusb(d, x, y); break;
            case Opcode.I16x8AddSatS: a.Vpaddsw(d, x, y); break;
            case Opcode.I16x8AddSatU: a.Vpaddusw(d, x, y); break;
            case Opcode.I8x16SubSatS: a.Vpsubsb(d, x, y); break;
            case Opcode.I8x16SubSatU: a.Vpsubusb(d, x, y); break;
            case Opcode.I16x8SubSatS: a.Vpsubsw(d, x, y); break;
            case Opcode.I16x8SubSatU: a.Vpsubusw(d, x, y); break;
            case Opcode.I8x16MinS: a.Vpminsb(d, x, y); break;
            case Opcode.I8x16MinU: a.Vpminub(d, x, y); break;
            case Opcode.I8x16MaxS: a.Vpmaxsb(d, x, y); break;
            case Opcode.I8x16MaxU: a.Vpmaxub(d, x, y); break;
            case Opcode.I16x8MinS: a.Vpminsw(d, x, y); break;
            case Opcode.I16x8MinU: a.Vpminuw(d, x, y); break;
            case Opcode.I16x8MaxS: a.Vpmaxsw(d, x, y); break;
            case Opcode.I16x8MaxU: a.Vpmaxuw(d, x, y); break;
            case Opcode.I32x4MinS: a.Vpminsd(d, x, y); break;
            case Opcode.I32x4MinU: a.Vpminud(d, x, y); break;
            case Opcode.I32x4MaxS: a.Vpmaxsd(d, x, y); break;
            case Opcode.I32x4MaxU: a.Vpmaxud(d, x, y); break;
            case Opcode.I8x16AvgrU: a.Vpavgb(d, x, y); break;
            case Opcode.I16x8AvgrU: a.Vpavgw(d, x, y); break;
            case Opcode.V128And: a.Vpand(d, x, y); break;
            case Opcode.V128Andnot: a.Vpandn(d, y, x); break;
            case Opcode.V128Or: a.Vpor(d, x, y); break;
            case Opcode.V128Xor: a.Vpxor(d, x, y); break;
            case Opcode.I8x16NarrowI16x8S: a.Vpacksswb(d, x, y); break;
            case Opcode.I8x16NarrowI16x8U: a.Vpackuswb(d, x, y); break;
            case Opcode.I16x8NarrowI32x4S: a.Vpackssdw(d, x, y); break;
            case Opcode.I16x8NarrowI32x4U: a.Vpackusdw(d, x, y); break;
            case Opcode.I16x8Q15mulrSatS: MultiplyFractions(d, x, y); break;
            case Opcode.I16x8RelaxedQ15mulrS: a.Vpmulhrsw(d, x, y); break;
            case Opcode.I32x4DotI16x8S: a.Vpmaddwd(d, x, y); break;
            case Opcode.I16x8RelaxedDotI8x16I7x16S: a.Vpmaddubsw(d, y, x); break;
            case Opcode.I8x16Swizzle: a.Vpaddusb(T, y, a.Constant16(0x7070_7070_7070_7070)); a.Vpshufb(d, x, T); break;
            case Opcode.I8x16RelaxedSwizzle: a.Vpshufb(d, x, y); break;
            case Opcode.F32x4Add: a.Vaddps(d, x, y); break;
            case Opcode.F64x2Add: a.Vaddpd(d, x, y); break;
            case Opcode.F32x4Sub: a.Vsubps(d, x, y); break;
            case Opcode.F64x2Sub: a.Vsubpd(d, x, y); break;
            case Opcode.F32x4Mul: a.Vmulps(d, x, y); break;
            case Opcode.F64x2Mul: a.Vmulpd(d, x, y); break;
            case Opcode.F32x4Div: a.Vdivps(d, x, y); break;
            case Opcode.F64x2Div: a.Vdivpd(d, x, y); break;
            case Opcode.F32x4Min: MinimumFloats(d, x, y); break;
            case Opcode.F64x2Min: MinimumDoubles(d, x, y); break;
            case Opcode.F32x4Max: MaximumFloats(d, x, y); break;
            case Opcode.F64x2Max: MaximumDoubles(d, x, y); break;
            // The processor's minimum and maximum give the second source unless the first is strictly the better one.
            case Opcode.F32x4Pmin or Opcode.F32x4RelaxedMin: a.Vminps(d, y, x); break;
            case Opcode.F64x2Pmin or Opcode.F64x2RelaxedMin: a.Vminpd(d, y, x); break;
            case Opcode.F32x4Pmax or Opcode.F32x4RelaxedMax: a.Vmaxps(d, y, x); break;
            case Opcode.F64x2Pmax or Opcode.F64x2RelaxedMax: a.Vmaxpd(d, y, x); break;
            default: CompareOrExtend(opcode, d, x, y); break;
        }
    }

    private void CompareOrExtend(Opcode opcode, D d, D x, D y)
    {
        switch (opcode)
        {
            case Opcode.I8x16Eq: a.Vpcmpeqb(d, x, y); break;
            case Opcode.I16x8Eq: a.Vpcmpeqw(d, x, y); break;
            case Opcode.I32x4Eq: a.Vpcmpeqd(d, x, y); break;
            case Opcode.I64x2Eq: a.Vpcmpeqq(d, x, y); break;
            case Opcode.I8x16Ne: a.Vpcmpeqb(T, x, y); Not(d, T); break;
            case Opcode.I16x8Ne: a.Vpcmpeqw(T, x, y); Not(d, T); break;
            case Opcode.I32x4Ne: a.Vpcmpeqd(T, x, y); Not(d, T); break;
            case Opcode.I64x2Ne: a.Vpcmpeqq(T, x, y); Not(d, T); break;
            case Opcode.I8x16LtS: a.Vpcmpgtb(d, y, x); break;
            case Opcode.I16x8LtS: a.Vpcmpgtw(d, y, x); break;
            case Opcode.I32x4LtS: a.Vpcmpgtd(d, y, x); break;
            case Opcode.I64x2LtS: a.Vpcmpgtq(d, y, x); break;
            case Opcode.I8x16GtS: a.Vpcmpgtb(d, x, y); break;
            case Opcode.I16x8GtS: a.Vpcmpgtw(d, x, y); break;
            case Opcode.I32x4GtS: a.Vpcmpgtd(d, x, y); break;
            case Opcode.I64x2GtS: a.Vpcmpgtq(d, x, y); break;
            case Opcode.I8x16LeS: a.Vpminsb(T, x, y); a.Vpcmpeqb(d, T, x); break;
            case Opcode.I16x8LeS: a.Vpminsw(T, x, y); a.Vpcmpeqw(d, T, x); break;
            case Opcode.I32x4LeS: a.Vpminsd(T, x, y); a.Vpcmpeqd(d, T, x); break;
            case Opcode.I64x2LeS: a.Vpcmpgtq(T, x, y); Not(d, T); break;
            case Opcode.I8x16GeS: a.Vpmaxsb(T, x, y); a.Vpcmpeqb(d, T, x); break;
            case Opcode.I16x8GeS: a.Vpmaxsw(T, x, y); a.Vpcmpeqw(d, T, x); break;
            case Opcode.I32x4GeS: a.Vpmaxsd(T, x, y); a.Vpcmpeqd(d, T, x); break;
            case Opcode.I64x2GeS: a.Vpcmpgtq(T, y, x); Not(d, T); break;
            case Opcode.I8x16LeU: a.Vpminub(T, x, y); a.Vpcmpeqb(d, T, x); break;
            case Opcode.I16x8LeU: a.Vpminuw(T, x, y); a.Vpcmpeqw(d, T, x); break;
            case Opcode.I32x4LeU: a.Vpminud(T, x, y); a.Vpcmpeqd(d, T, x); break;
            case Opcode.I8x16GeU: a.Vpmaxub(T, x, y); a.Vpcmpeqb(d, T, x); break;
            case Opcode.I16x8GeU: a.Vpmaxuw(T, x, y); a.Vpcmpeqw(d, T, x); break;
            case Opcode.I32x4GeU: a.Vpmaxud(T, x, y); a.Vpcmpeqd(d, T, x); break;
            case Opcode.I8x16LtU: a.Vpmaxub(T, x, y); a.Vpcmpeqb(T, T, x); Not(d, T); break;
            case Opcode.I16x8LtU: a.Vpmaxuw(T, x, y); a.Vpcmpeqw(T, T, x); Not(d, T); break;
            case Opcode.I32x4LtU: a.Vpmaxud(T, x, y); a.Vpcmpeqd(T, T, x); Not(d, T); break;
            case Opcode.I8x16GtU: a.Vpminub(T, x, y); a.Vpcmpeqb(T, T, x); Not(d, T); break;
            case Opcode.I16x8GtU: a.Vpminuw(T, x, y); a.Vpcmpeqw(T, T, x); Not(d, T); break;
            case Opcode.I32x4GtU: a.Vpminud(T, x, y); a.Vpcmpeqd(T, T, x); Not(d, T); break;
            case Opcode.F32x4Eq: a.Vcmpps(d, x, y, VectorComparison.Equal); break;
            case Opcode.F64x2Eq: a.Vcmppd(d, x, y, VectorComparison.Equal); break;
            case Opcode.F32x4Ne: a.Vcmpps(d, x, y, VectorComparison.NotEqual); break;
            case Opcode.F64x2Ne: a.Vcmppd(d, x, y, VectorComparison.NotEqual); break;
            case Opcode.F32x4Lt: a.Vcmpps(d, x, y, VectorComparison.Less); break;
            case Opcode.F64x2Lt: a.Vcmppd(d, x, y, VectorComparison.Less); break;
            case Opcode.F32x4Gt: a.Vcmpps(d, y, x, VectorComparison.Less); break;
            case Opcode.F64x2Gt: a.Vcmppd(d, y, x, VectorComparison.Less); break;
            case Opcode.F32x4Le: a.Vcmpps(d, x, y, VectorComparison.LessOrEqual); break;
            case Opcode.F64x2Le: a.Vcmppd(d, x, y, VectorComparison.LessOrEqual); break;
            case Opcode.F32x4Ge: a.Vcmpps(d, y, x, VectorComparison.LessOrEqual); break;
            case Opcode.F64x2Ge: a.Vcmppd(d, y, x, VectorComparison.LessOrEqual); break;
            case Opcode.I16x8ExtmulLowI8x16S: a.Vpmovsxbw(T, x); a.Vpmovsxbw(U, y); a.Vpmullw(d, T, U); break;
            case Opcode.I16x8ExtmulLowI8x16U: a.Vpmovzxbw(T, x); a.Vpmovzxbw(U, y); a.Vpmullw(d, T, U); break;
            case Opcode.I16x8ExtmulHighI8x16S:
                a.Vpmovsxbw(T, High(x));
                a.Vpmovsxbw(U, High(y, U));
                a.Vpmullw(d, T, U);
                break;
            case Opcode.I16x8ExtmulHighI8x16U:
                a.Vpmovzxbw(T, High(x));
                a.Vpmovzxbw(U, High(y, U));
                a.Vpmullw(d, T, U);
                break;
            case Opcode.I32x4ExtmulLowI16x8S: a.Vpmullw(T, x, y); a.Vpmulhw(U, x, y); a.Vpunpcklwd(d, T, U); break;
            case Opcode.I32x4ExtmulHighI16x8S: a.Vpmullw(T, x, y); a.Vpmulhw(U, x, y); a.Vpunpckhwd(d, T, U); break;
            case Opcode.I32x4ExtmulLowI16x8U: a.Vpmullw(T, x, y); a.Vpmulhuw(U, x, y); a.Vpunpcklwd(d, T, U); break;
            case Opcode.I32x4ExtmulHighI16x8U: a.Vpmullw(T, x, y); a.Vpmulhuw(U, x, y); a.Vpunpckhwd(d, T, U); break;
            case Opcode.I64x2ExtmulLowI32x4S: a.Vpshufd(T, x, 0x50); a.Vpshufd(U, y, 0x50); a.Vpmuldq(d, T, U); break;
            case Opcode.I64x2ExtmulHighI32x4S: a.Vpshufd(T, x, 0xFA); a.Vpshufd(U, y, 0xFA); a.Vpmuldq(d, T, U); break;
            case Opcode.I64x2ExtmulLowI32x4U: a.Vpshufd(T, x, 0x50); a.Vpshufd(U, y, 0x50); a.Vpmuludq(d, T, U); break;
            case Opcode.I64x2ExtmulHighI32x4U: a.Vpshufd(T, x, 0xFA); a.Vpshufd(U, y, 0xFA); a.Vpmuludq(d, T, U); break;
            default: throw Unknown(opcode);
        }
    }
}
