using D = Drydock.Compiler.X64.VectorRegister;
using O = Drydock.Compiler.X64.VectorOperand;

namespace Drydock.Compiler.X64;

/// <content>Instructions on vectors of integers, 128 bits wide.</content>
internal sealed partial class Assembler
{
    public void Vpaddb(D d, D s, O t) => Emit(0x11FC, d, s, t);
    public void Vpaddw(D d, D s, O t) => Emit(0x11FD, d, s, t);
    public void Vpaddd(D d, D s, O t) => Emit(0x11FE, d, s, t);
    public void Vpaddq(D d, D s, O t) => Emit(0x11D4, d, s, t);
    public void Vpaddsb(D d, D s, O t) => Emit(0x11EC, d, s, t);
    public void Vpaddsw(D d, D s, O t) => Emit(0x11ED, d, s, t);
    public void Vpaddusb(D d, D s, O t) => Emit(0x11DC, d, s, t);
    public void Vpaddusw(D d, D s, O t) => Emit(0x11DD, d, s, t);
    public void Vpsubb(D d, D s, O t) => Emit(0x11F8, d, s, t);
    public void Vpsubw(D d, D s, O t) => Emit(0x11F9, d, s, t);
    public void Vpsubd(D d, D s, O t) => Emit(0x11FA, d, s, t);
    public void Vpsubq(D d, D s, O t) => Emit(0x11FB, d, s, t);
    public void Vpsubsb(D d, D s, O t) => Emit(0x11E8, d, s, t);
    public void Vpsubsw(D d, D s, O t) => Emit(0x11E9, d, s, t);
    public void Vpsubusb(D d, D s, O t) => Emit(0x11D8, d, s, t);
    public void Vpsubusw(D d, D s, O t) => Emit(0x11D9, d, s, t);
    public void Vpmullw(D d, D s, O t) => Emit(0x11D5, d, s, t);
    public void Vpmulhw(D d, D s, O t) => Emit(0x11E5, d, s, t);
    public void Vpmulhuw(D d, D s, O t) => Emit(0x11E4, d, s, t);
    public void Vpmulhrsw(D d, D s, O t) => Emit(0x120B, d, s, t);
    public void Vpmulld(D d, D s, O t) => Emit(0x1240, d, s, t);
    public void Vpmuludq(D d, D s, O t) => Emit(0x11F4, d, s, t);
    public void Vpmuldq(D d, D s, O t) => Emit(0x1228, d, s, t);
    public void Vpmaddwd(D d, D s, O t) => Emit(0x11F5, d, s, t);
    /// <summary>The bytes of the first source are unsigned, those of the second signed.</summary>
    public void Vpmaddubsw(D d, D s, O t) => Emit(0x1204, d, s, t);

    public void Vpavgb(D d, D s, O t) => Emit(0x11E0, d, s, t);
    public void Vpavgw(D d, D s, O t) => Emit(0x11E3, d, s, t);
    public void Vpminsb(D d, D s, O t) => Emit(0x1238, d, s, t);
    public void Vpminub(D d, D s, O t) => Emit(0x11DA, d, s, t);
    public void Vpminsw(D d, D s, O t) => Emit(0x11EA, d, s, t);
    public void Vpminuw(D d, D s, O t) => Emit(0x123A, d, s, t);
    public void Vpminsd(D d, D s, O t) => Emit(0x1239, d, s, t);
    public void Vpminud(D d, D s, O t) => Emit(0x123B, d, s, t);
    public void Vpmaxsb(D d, D s, O t) => Emit(0x123C, d, s, t);
    public void Vpmaxub(D d, D s, O t) => Emit(0x11DE, d, s, t);
    public void Vpmaxsw(D d, D s, O t) => Emit(0x11EE, d, s, t);
    public void Vpmaxuw(D d, D s, O t) => Emit(0x123E, d, s, t);
    public void Vpmaxsd(D d, D s, O t) => Emit(0x123D, d, s, t);
    public void Vpmaxud(D d, D s, O t) => Emit(0x123F, d, s, t);
    public void Vpabsb(D d, O s) => Emit(0x121C, d, 0, s);
    public void Vpabsw(D d, O s) => Emit(0x121D, d, 0, s);
    public void Vpabsd(D d, O s) => Emit(0x121E, d, 0, s);
    public void Vpsignb(D d, D s, O t) => Emit(0x1208, d, s, t);
    public void Vpsignw(D d, D s, O t) => Emit(0x1209, d, s, t);
    public void Vpsignd(D d, D s, O t) => Emit(0x120A, d, s, t);

    public void Vpcmpeqb(D d, D s, O t) => Emit(0x1174, d, s, t);
    public void Vpcmpeqw(D d, D s, O t) => Emit(0x1175, d, s, t);
    public void Vpcmpeqd(D d, D s, O t) => Emit(0x1176, d, s, t);
    public void Vpcmpeqq(D d, D s, O t) => Emit(0x1229, d, s, t);
    public void Vpcmpgtb(D d, D s, O t) => Emit(0x1164, d, s, t);
    public void Vpcmpgtw(D d, D s, O t) => Emit(0x1165, d, s, t);
    public void Vpcmpgtd(D d, D s, O t) => Emit(0x1166, d, s, t);
    public void Vpcmpgtq(D d, D s, O t) => Emit(0x1237, d, s, t);
    public void Vpand(D d, D s, O t) => Emit(0x11DB, d, s, t);
    public void Vpor(D d, D s, O t) => Emit(0x11EB, d, s, t);
    public void Vpxor(D d, D s, O t) => Emit(0x11EF, d, s, t);
    /// <summary>The complement of the first source, and the second.</summary>
    public void Vpandn(D d, D s, O t) => Emit(0x11DF, d, s, t);
    public void Vptest(D s, O t) => Emit(0x1217, s, 0, t);

    public void Vpsllw(D d, D s, O t) => Emit(0x11F1, d, s, t);
    public void Vpslld(D d, D s, O t) => Emit(0x11F2, d, s, t);
    public void Vpsllq(D d, D s, O t) => Emit(0x11F3, d, s, t);
    public void Vpsrlw(D d, D s, O t) => Emit(0x11D1, d, s, t);
    public void Vpsrld(D d, D s, O t) => Emit(0x11D2, d, s, t);
    public void Vpsrlq(D d, D s, O t) => Emit(0x11D3, d, s, t);
    public void Vpsraw(D d, D s, O t) => Emit(0x11E1, d, s, t);
    public void Vpsrad(D d, D s, O t) => Emit(0x11E2, d, s, t);
    public void Vpsllw(D d, D s, int count) => Emit(0x1171, (D)6, d, s, count);
    public void Vpslld(D d, D s, int count) => Emit(0x1172, (D)6, d, s, count);
    public void Vpsllq(D d, D s, int count) => Emit(0x1173, (D)6, d, s, count);
    public void Vpslldq(D d, D s, int count) => Emit(0x1173, (D)7, d, s, count);
    public void Vpsrlw(D d, D s, int count) => Emit(0x1171, (D)2, d, s, count);
    public void Vpsrld(D d, D s, int count) => Emit(0x1172, (D)2, d, s, count);
    public void Vpsrlq(D d, D s, int count) => Emit(0x1173, (D)2, d, s, count);
    public void Vpsrldq(D d, D s, int count) => Emit(0x1173, (D)3, d, s, count);
    public void Vpsraw(D d, D s, int count) => Emit(0x1171, (D)4, d, s, count);
    public void Vpsrad(D d, D s, int count) => Emit(0x1172, (D)4, d, s, count);
}
