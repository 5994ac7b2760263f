using D = Drydock.Compiler.X64.VectorRegister;
using O = Drydock.Compiler.X64.VectorOperand;

namespace Drydock.Compiler.X64;

/// <content>
/// Scalar float instructions, all VEX-encoded. Those with two sources take the upper bits of the destination from the
/// first of them. An encoding is written as four hexadecimal digits, prefix, map and opcode, as
/// <see cref="Vex(int, int, bool, int, int, int, int)"/> numbers them; <see cref="Wide"/> sets VEX.W.
/// </content>
internal sealed partial class Assembler
{
    private const int Wide = 0x10000;

    public void Vmovss(D d, Address m) => Emit(0x2110, d, 0, m);
    public void Vmovss(Address m, D s) => Emit(0x2111, s, 0, m);
    public void Vmovsd(D d, Address m) => Emit(0x3110, d, 0, m);
    public void Vmovsd(Address m, D s) => Emit(0x3111, s, 0, m);
    /// <summary>Register to register merges the low lane of <paramref name="t"/> into <paramref name="s"/>.</summary>
    public void Vmovss(D d, D s, D t) => Emit(0x2110, d, s, t);
    /// <summary>Register to register merges the low lane of <paramref name="t"/> into <paramref name="s"/>.</summary>
    public void Vmovsd(D d, D s, D t) => Emit(0x3110, d, s, t);
    public void Vmovaps(D d, D s) => Emit(0x0128, d, 0, s);
    public void Vmovups(D d, Address m) => Emit(0x0110, d, 0, m);
    public void Vmovups(Address m, D s) => Emit(0x0111, s, 0, m);
    public void Vmovd(D d, Register s) => Emit(0x116E, d, 0, (D)s);
    public void Vmovd(D d, Address m) => Emit(0x116E, d, 0, m);
    public void Vmovd(Register d, D s) => Emit(0x117E, s, 0, (D)d);
    public void Vmovd(Address m, D s) => Emit(0x117E, s, 0, m);
    public void Vmovq(D d, Register s) => Emit(Wide | 0x116E, d, 0, (D)s);
    public void Vmovq(Register d, D s) => Emit(Wide | 0x117E, s, 0, (D)d);
    public void Vmovq(D d, O s) => Emit(0x217E, d, 0, s);
    public void Vmovq(Address m, D s) => Emit(0x11D6, s, 0, m);

    public void Vaddss(D d, D s, O t) => Emit(0x2158, d, s, t);
    public void Vaddsd(D d, D s, O t) => Emit(0x3158, d, s, t);
    public void Vsubss(D d, D s, O t) => Emit(0x215C, d, s, t);
    public void Vsubsd(D d, D s, O t) => Emit(0x315C, d, s, t);
    public void Vmulss(D d, D s, O t) => Emit(0x2159, d, s, t);
    public void Vmulsd(D d, D s, O t) => Emit(0x3159, d, s, t);
    public void Vdivss(D d, D s, O t) => Emit(0x215E, d, s, t);
    public void Vdivsd(D d, D s, O t) => Emit(0x315E, d, s, t);
    public void Vminss(D d, D s, O t) => Emit(0x215D, d, s, t);
    public void Vminsd(D d, D s, O t) => Emit(0x315D, d, s, t);
    public void Vmaxss(D d, D s, O t) => Emit(0x215F, d, s, t);
    public void Vmaxsd(D d, D s, O t) => Emit(0x315F, d, s, t);
    public void Vsqrtss(D d, D s, O t) => Emit(0x2151, d, s, t);
    public void Vsqrtsd(D d, D s, O t) => Emit(0x3151, d, s, t);
    public void Vroundss(D d, D s, O t, VectorRounding mode) => Emit(0x130A, d, s, t, (int)mode);
    public void Vroundsd(D d, D s, O t, VectorRounding mode) => Emit(0x130B, d, s, t, (int)mode);
    public void Vcmpss(D d, D s, O t, VectorComparison comparison) => Emit(0x21C2, d, s, t, (int)comparison);
    public void Vcmpsd(D d, D s, O t, VectorComparison comparison) => Emit(0x31C2, d, s, t, (int)comparison);
    public void Vucomiss(D s, O t) => Emit(0x012E, s, 0, t);
    public void Vucomisd(D s, O t) => Emit(0x112E, s, 0, t);

    public void Vcvtss2sd(D d, D s, O t) => Emit(0x215A, d, s, t);
    public void Vcvtsd2ss(D d, D s, O t) => Emit(0x315A, d, s, t);
    public void Vcvtsi2ss(D d, D s, Register t, bool wide) => Emit(0x212A | (wide ? Wide : 0), d, s, (D)t);
    public void Vcvtsi2sd(D d, D s, Register t, bool wide) => Emit(0x312A | (wide ? Wide : 0), d, s, (D)t);
    public void Vcvttss2si(Register d, O s, bool wide) => Emit(0x212C | (wide ? Wide : 0), (D)d, 0, s);
    public void Vcvttsd2si(Register d, O s, bool wide) => Emit(0x312C | (wide ? Wide : 0), (D)d, 0, s);

    public void Vandps(D d, D s, O t) => Emit(0x0154, d, s, t);
    public void Vandpd(D d, D s, O t) => Emit(0x1154, d, s, t);
    /// <summary>The complement of the first source, and the second.</summary>
    public void Vandnps(D d, D s, O t) => Emit(0x0155, d, s, t);
    /// <summary>The complement of the first source, and the second.</summary>
    public void Vandnpd(D d, D s, O t) => Emit(0x1155, d, s, t);
    public void Vorps(D d, D s, O t) => Emit(0x0156, d, s, t);
    public void Vorpd(D d, D s, O t) => Emit(0x1156, d, s, t);
    public void Vxorps(D d, D s, O t) => Emit(0x0157, d, s, t);
    public void Vxorpd(D d, D s, O t) => Emit(0x1157, d, s, t);

    /// <summary>An instruction of three operands (or two, with <paramref name="s"/> 0).</summary>
    private void Emit(int encoding, D d, D s, O t)
    {
        int prefix = encoding >> 12 & 3, map = encoding >> 8 & 15;
        bool wide = (encoding & Wide) != 0;
        if (t.IsRegister) Vex(map, prefix, wide, encoding & 255, (int)d, (int)s, (int)t.Register);
        else Vex(map, prefix, wide, encoding & 255, (int)d, (int)s, t.Address);
    }

    /// <summary>An instruction with an immediate byte.</summary>
    private void Emit(int encoding, D d, D s, O t, int immediate)
    {
        Emit(encoding, d, s, t);
        Byte(immediate);
        if (!t.IsRegister) WidenConstantFixup(t.Address);
    }
}
