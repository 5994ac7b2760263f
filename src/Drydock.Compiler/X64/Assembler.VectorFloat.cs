using D = Drydock.Compiler.X64.VectorRegister;
using O = Drydock.Compiler.X64.VectorOperand;

namespace Drydock.Compiler.X64;

/// <content>Instructions on vectors of floats.</content>
internal sealed partial class Assembler
{
    public void Vaddps(D d, D s, O t) => Emit(0x0158, d, s, t);
    public void Vaddpd(D d, D s, O t) => Emit(0x1158, d, s, t);
    public void Vsubps(D d, D s, O t) => Emit(0x015C, d, s, t);
    public void Vsubpd(D d, D s, O t) => Emit(0x115C, d, s, t);
    public void Vmulps(D d, D s, O t) => Emit(0x0159, d, s, t);
    public void Vmulpd(D d, D s, O t) => Emit(0x1159, d, s, t);
    public void Vdivps(D d, D s, O t) => Emit(0x015E, d, s, t);
    public void Vdivpd(D d, D s, O t) => Emit(0x115E, d, s, t);
    public void Vminps(D d, D s, O t) => Emit(0x015D, d, s, t);
    public void Vminpd(D d, D s, O t) => Emit(0x115D, d, s, t);
    public void Vmaxps(D d, D s, O t) => Emit(0x015F, d, s, t);
    public void Vmaxpd(D d, D s, O t) => Emit(0x115F, d, s, t);
    public void Vsqrtps(D d, O s) => Emit(0x0151, d, 0, s);
    public void Vsqrtpd(D d, O s) => Emit(0x1151, d, 0, s);
    public void Vroundps(D d, O s, VectorRounding mode) => Emit(0x1308, d, 0, s, (int)mode);
    public void Vroundpd(D d, O s, VectorRounding mode) => Emit(0x1309, d, 0, s, (int)mode);
    public void Vcmpps(D d, D s, O t, VectorComparison comparison) => Emit(0x01C2, d, s, t, (int)comparison);
    public void Vcmppd(D d, D s, O t, VectorComparison comparison) => Emit(0x11C2, d, s, t, (int)comparison);

    public void Vcvtdq2ps(D d, O s) => Emit(0x015B, d, 0, s);
    public void Vcvttps2dq(D d, O s) => Emit(0x215B, d, 0, s);
    public void Vcvtdq2pd(D d, O s) => Emit(0x21E6, d, 0, s);
    public void Vcvttpd2dq(D d, O s) => Emit(0x11E6, d, 0, s);
    public void Vcvtps2pd(D d, O s) => Emit(0x015A, d, 0, s);
    public void Vcvtpd2ps(D d, O s) => Emit(0x115A, d, 0, s);

    /// <summary>FMA: <paramref name="d"/> += <paramref name="s"/> * <paramref name="t"/>.</summary>
    public void Vfmadd231ps(D d, D s, O t) => Emit(0x12B8, d, s, t);
    /// <summary>FMA: <paramref name="d"/> += <paramref name="s"/> * <paramref name="t"/>.</summary>
    public void Vfmadd231pd(D d, D s, O t) => Emit(Wide | 0x12B8, d, s, t);
    /// <summary>FMA: <paramref name="d"/> -= <paramref name="s"/> * <paramref name="t"/>.</summary>
    public void Vfnmadd231ps(D d, D s, O t) => Emit(0x12BC, d, s, t);
    /// <summary>FMA: <paramref name="d"/> -= <paramref name="s"/> * <paramref name="t"/>.</summary>
    public void Vfnmadd231pd(D d, D s, O t) => Emit(Wide | 0x12BC, d, s, t);
}
