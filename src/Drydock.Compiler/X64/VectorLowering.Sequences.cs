using Drydock.Wasm;
using D = Drydock.Compiler.X64.VectorRegister;

namespace Drydock.Compiler.X64;

/// <content>What takes the processor several instructions.</content>
internal sealed partial class VectorLowering
{
    private const ulong Floats2To31 = 0x4F00_0000_4F00_0000, Floats65536 = 0x4780_0000_4780_0000;
    private const ulong Double2To52 = 0x4330_0000_0000_0000;

    private void AbsoluteLongs(D d, D s)
    {
        a.Vpsubq(T, Zero(T), s);
        a.Vblendvpd(d, s, T, s);
    }

    /// <summary>Looks up the counts of both halves of each byte.</summary>
    private void CountBits(D d, D s)
    {
        Address nibbles = a.Constant16(0x0F0F_0F0F_0F0F_0F0F);
        a.Vpand(T, s, nibbles);
        a.Vpsrlw(U, s, 4);
        a.Vpand(U, U, nibbles);
        a.Vmovdqu(d, a.Constant16(0x0302_0201_0201_0100, 0x0403_0302_0302_0201));
        a.Vpshufb(T, d, T);
        a.Vpshufb(U, d, U);
        a.Vpaddb(d, T, U);
    }

    private void AddWordPairs(D d, D s)
    {
        a.Vpblendw(T, Zero(T), s, 0x55);
        a.Vpsrld(U, s, 16);
        a.Vpaddd(d, T, U);
    }

    /// <summary>Cross products in the upper halves, plus the product of the lower halves.</summary>
    private void MultiplyLongs(D d, D x, D y)
    {
        a.Vpsrlq(T, x, 32);
        a.Vpmuludq(T, T, y);
        a.Vpsrlq(U, y, 32);
        a.Vpmuludq(U, U, x);
        a.Vpaddq(T, T, U);
        a.Vpsllq(T, T, 32);
        a.Vpmuludq(U, x, y);
        a.Vpaddq(d, T, U);
    }

    /// <summary>The processor overflows only in -1 times -1, to -1: that lane is complemented.</summary>
    private void MultiplyFractions(D d, D x, D y)
    {
        a.Vpmulhrsw(T, x, y);
        a.Vpcmpeqw(U, T, a.Constant16(SignWords));
        a.Vpxor(d, T, U);
    }

    private void Select(D d, D x, D y, D mask)
    {
        a.Vpand(T, x, mask);
        a.Vpandn(U, mask, y);
        a.Vpor(d, T, U);
    }

    private void MultiplyAdd(Opcode opcode, D d, D x, D y, D z)
    {
        if (HasFma) Fuse(opcode, d, x, y, z);
        else switch (opcode)
            {
                case Opcode.F32x4RelaxedMadd: a.Vmulps(T, x, y); a.Vaddps(d, T, z); break;
                case Opcode.F32x4RelaxedNmadd: a.Vmulps(T, x, y); a.Vsubps(d, z, T); break;
                case Opcode.F64x2RelaxedMadd: a.Vmulpd(T, x, y); a.Vaddpd(d, T, z); break;
                default: a.Vmulpd(T, x, y); a.Vsubpd(d, z, T); break;
            }
    }

    private void Fuse(Opcode opcode, D d, D x, D y, D z)
    {
        D sum = d == z ? d : T;
        Move(sum, z);
        switch (opcode)
        {
            case Opcode.F32x4RelaxedMadd: a.Vfmadd231ps(sum, x, y); break;
            case Opcode.F32x4RelaxedNmadd: a.Vfnmadd231ps(sum, x, y); break;
            case Opcode.F64x2RelaxedMadd: a.Vfmadd231pd(sum, x, y); break;
            default: a.Vfnmadd231pd(sum, x, y); break;
        }
        Move(d, sum);
    }

    /// <summary>
    /// The processor's minimum is not symmetric in zeros and NaNs: taken both ways and joined, it gives -0 before +0
    /// and some NaN; clearing the payload makes that the canonical one.
    /// </summary>
    private void MinimumFloats(D d, D x, D y)
    {
        a.Vminps(T, x, y);
        a.Vminps(U, y, x);
        a.Vorps(T, T, U);
        a.Vcmpps(U, T, T, VectorComparison.Unordered);
        a.Vorps(T, T, U);
        a.Vpsrld(U, U, 10);
        a.Vandnps(d, U, T);
    }

    /// <summary>As <see cref="MinimumFloats"/>.</summary>
    private void MinimumDoubles(D d, D x, D y)
    {
        a.Vminpd(T, x, y);
        a.Vminpd(U, y, x);
        a.Vorpd(T, T, U);
        a.Vcmppd(U, T, T, VectorComparison.Unordered);
        a.Vorpd(T, T, U);
        a.Vpsrlq(U, U, 13);
        a.Vandnpd(d, U, T);
    }

    /// <summary>
    /// As <see cref="MinimumFloats"/>; where the two ways differ only in the sign of zero, -0 minus -0 gives +0.
    /// </summary>
    private void MaximumFloats(D d, D x, D y)
    {
        a.Vmaxps(T, x, y);
        a.Vmaxps(U, y, x);
        a.Vxorps(U, T, U);
        a.Vorps(T, T, U);
        a.Vsubps(T, T, U);
        a.Vcmpps(U, T, T, VectorComparison.Unordered);
        a.Vpsrld(U, U, 10);
        a.Vandnps(d, U, T);
    }

    /// <summary>As <see cref="MaximumFloats"/>.</summary>
    private void MaximumDoubles(D d, D x, D y)
    {
        a.Vmaxpd(T, x, y);
        a.Vmaxpd(U, y, x);
        a.Vxorpd(U, T, U);
        a.Vorpd(T, T, U);
        a.Vsubpd(T, T, U);
        a.Vcmppd(U, T, T, VectorComparison.Unordered);
        a.Vpsrlq(U, U, 13);
        a.Vandnpd(d, U, T);
    }

    /// <summary>Both halves of each lane convert exactly; only their sum rounds.</summary>
    private void ConvertUnsigned(D d, D s)
    {
        a.Vpblendw(U, Zero(U), s, 0x55);
        a.Vpsrld(T, s, 16);
        a.Vcvtdq2ps(U, U);
        a.Vcvtdq2ps(T, T);
        a.Vmulps(T, T, a.Constant16(Floats65536));
        a.Vaddps(d, T, U);
    }

    /// <summary>Puts each lane into the mantissa of 2 to the 52nd, and takes that away.</summary>
    private void ConvertLowUnsigned(D d, D s)
    {
        a.Vunpcklps(T, s, a.Constant16(Double2To52 >> 32 | Double2To52));
        a.Vsubpd(d, T, a.Constant16(Double2To52));
    }

    /// <summary>NaN becomes 0; the processor's answer to overflow is complemented where it was upwards.</summary>
    private void TruncateSigned(D d, D s)
    {
        a.Vcmpps(T, s, s, VectorComparison.Equal);
        a.Vandps(T, s, T);
        a.Vcmpps(U, T, a.Constant16(Floats2To31), VectorComparison.NotLess);
        a.Vcvttps2dq(T, T);
        a.Vpxor(d, T, U);
    }

    /// <summary>
    /// NaN and negatives become 0. Up to 2 to the 31st the conversion serves; from there on it gives just that, to
    /// which the saturated conversion of the excess is added.
    /// </summary>
    private void TruncateUnsigned(D d, D s)
    {
        a.Vmaxps(T, s, Zero(T));
        a.Vsubps(U, T, a.Constant16(Floats2To31));
        a.Vcvttps2dq(T, T);
        a.Vcmpps(d, U, a.Constant16(Floats2To31), VectorComparison.NotLess);
        a.Vcvttps2dq(U, U);
        a.Vpxor(U, U, d);
        a.Vpmaxsd(U, U, Zero(d));
        a.Vpaddd(d, T, U);
    }

    private void TruncateDoublesSigned(D d, D s)
    {
        a.Vcmppd(T, s, s, VectorComparison.Equal);
        a.Vandpd(T, T, a.Constant16(BitConverter.DoubleToUInt64Bits(int.MaxValue)));
        a.Vminpd(T, s, T);
        a.Vcvttpd2dq(d, T);
    }

    /// <summary>Adding 2 to the 52nd leaves the integer in the low half of each lane.</summary>
    private void TruncateDoublesUnsigned(D d, D s)
    {
        a.Vmaxpd(T, s, Zero(T));
        a.Vminpd(T, T, a.Constant16(BitConverter.DoubleToUInt64Bits(uint.MaxValue)));
        a.Vroundpd(T, T, VectorRounding.Truncate);
        a.Vaddpd(T, T, a.Constant16(Double2To52));
        a.Vshufps(d, T, Zero(U), 0x88);
    }
}
