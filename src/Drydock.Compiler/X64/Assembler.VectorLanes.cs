using D = Drydock.Compiler.X64.VectorRegister;
using O = Drydock.Compiler.X64.VectorOperand;

namespace Drydock.Compiler.X64;

/// <content>Moves, shuffles and lanes of vectors.</content>
internal sealed partial class Assembler
{
    public void Vmovdqu(D d, Address m) => Emit(0x216F, d, 0, m);
    public void Vmovdqu(Address m, D s) => Emit(0x217F, s, 0, m);
    public void Vmovdqa(D d, D s) => Emit(0x116F, d, 0, s);
    /// <summary>The high half of <paramref name="t"/> below the high half of <paramref name="s"/>.</summary>
    public void Vmovhlps(D d, D s, D t) => Emit(0x0112, d, s, t);
    /// <summary>The low half of <paramref name="s"/> below the low half of <paramref name="t"/>.</summary>
    public void Vmovlhps(D d, D s, D t) => Emit(0x0116, d, s, t);
    public void Vmovddup(D d, O s) => Emit(0x3112, d, 0, s);
    public void Vpmovsxbw(D d, O s) => Emit(0x1220, d, 0, s);
    public void Vpmovsxwd(D d, O s) => Emit(0x1223, d, 0, s);
    public void Vpmovsxdq(D d, O s) => Emit(0x1225, d, 0, s);
    public void Vpmovzxbw(D d, O s) => Emit(0x1230, d, 0, s);
    public void Vpmovzxwd(D d, O s) => Emit(0x1233, d, 0, s);
    public void Vpmovzxdq(D d, O s) => Emit(0x1235, d, 0, s);

    public void Vpshufb(D d, D s, O t) => Emit(0x1200, d, s, t);
    public void Vpunpcklbw(D d, D s, O t) => Emit(0x1160, d, s, t);
    public void Vpunpcklwd(D d, D s, O t) => Emit(0x1161, d, s, t);
    public void Vpunpckldq(D d, D s, O t) => Emit(0x1162, d, s, t);
    public void Vpunpcklqdq(D d, D s, O t) => Emit(0x116C, d, s, t);
    public void Vpunpckhbw(D d, D s, O t) => Emit(0x1168, d, s, t);
    public void Vpunpckhwd(D d, D s, O t) => Emit(0x1169, d, s, t);
    public void Vpunpckhdq(D d, D s, O t) => Emit(0x116A, d, s, t);
    public void Vpunpckhqdq(D d, D s, O t) => Emit(0x116D, d, s, t);
    public void Vunpcklps(D d, D s, O t) => Emit(0x0114, d, s, t);
    public void Vpacksswb(D d, D s, O t) => Emit(0x1163, d, s, t);
    public void Vpackssdw(D d, D s, O t) => Emit(0x116B, d, s, t);
    public void Vpackuswb(D d, D s, O t) => Emit(0x1167, d, s, t);
    public void Vpackusdw(D d, D s, O t) => Emit(0x122B, d, s, t);
    public void Vpshufd(D d, O s, int lanes) => Emit(0x1170, d, 0, s, lanes);
    public void Vpshuflw(D d, O s, int lanes) => Emit(0x3170, d, 0, s, lanes);
    public void Vpshufhw(D d, O s, int lanes) => Emit(0x2170, d, 0, s, lanes);
    public void Vshufps(D d, D s, O t, int lanes) => Emit(0x01C6, d, s, t, lanes);
    /// <summary>
    /// Bytes of <paramref name="t"/> from <paramref name="count"/> on, then those of <paramref name="s"/>.
    /// </summary>
    public void Vpalignr(D d, D s, O t, int count) => Emit(0x130F, d, s, t, count);
    public void Vpblendw(D d, D s, O t, int lanes) => Emit(0x130E, d, s, t, lanes);
    public void Vinsertps(D d, D s, O t, int lane) => Emit(0x1321, d, s, t, lane);
    /// <summary>Lanes of <paramref name="t"/> where the mask's top bit is set, else of <paramref name="s"/>.</summary>
    public void Vpblendvb(D d, D s, O t, D mask) => Emit(0x134C, d, s, t, (int)mask << 4);
    public void Vblendvps(D d, D s, O t, D mask) => Emit(0x134A, d, s, t, (int)mask << 4);
    public void Vblendvpd(D d, D s, O t, D mask) => Emit(0x134B, d, s, t, (int)mask << 4);

    public void Vpinsrb(D d, D s, Register t, int lane) => Emit(0x1320, d, s, (D)t, lane);
    public void Vpinsrb(D d, D s, Address m, int lane) => Emit(0x1320, d, s, m, lane);
    public void Vpinsrw(D d, D s, Register t, int lane) => Emit(0x11C4, d, s, (D)t, lane);
    public void Vpinsrw(D d, D s, Address m, int lane) => Emit(0x11C4, d, s, m, lane);
    public void Vpinsrd(D d, D s, Register t, int lane) => Emit(0x1322, d, s, (D)t, lane);
    public void Vpinsrd(D d, D s, Address m, int lane) => Emit(0x1322, d, s, m, lane);
    public void Vpinsrq(D d, D s, Register t, int lane) => Emit(Wide | 0x1322, d, s, (D)t, lane);
    public void Vpinsrq(D d, D s, Address m, int lane) => Emit(Wide | 0x1322, d, s, m, lane);
    public void Vpextrb(Register d, D s, int lane) => Emit(0x1314, s, 0, (D)d, lane);
    public void Vpextrb(Address m, D s, int lane) => Emit(0x1314, s, 0, m, lane);
    public void Vpextrw(Register d, D s, int lane) => Emit(0x11C5, (D)d, 0, s, lane);
    public void Vpextrw(Address m, D s, int lane) => Emit(0x1315, s, 0, m, lane);
    public void Vpextrd(Register d, D s, int lane) => Emit(0x1316, s, 0, (D)d, lane);
    public void Vpextrd(Address m, D s, int lane) => Emit(0x1316, s, 0, m, lane);
    public void Vpextrq(Register d, D s, int lane) => Emit(Wide | 0x1316, s, 0, (D)d, lane);
    public void Vpextrq(Address m, D s, int lane) => Emit(Wide | 0x1316, s, 0, m, lane);
    public void Vpmovmskb(Register d, D s) => Emit(0x11D7, (D)d, 0, s);
    public void Vmovmskps(Register d, D s) => Emit(0x0150, (D)d, 0, s);
    public void Vmovmskpd(Register d, D s) => Emit(0x1150, (D)d, 0, s);

    public void Vbroadcastss(D d, Address m) => Emit(0x1218, d, 0, m);
    /// <summary>AVX2.</summary>
    public void Vpbroadcastb(D d, O s) => Emit(0x1278, d, 0, s);
    /// <summary>AVX2.</summary>
    public void Vpbroadcastw(D d, O s) => Emit(0x1279, d, 0, s);
}
