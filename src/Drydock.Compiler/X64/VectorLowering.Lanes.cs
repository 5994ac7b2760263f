using Drydock.Wasm;
using D = Drydock.Compiler.X64.VectorRegister;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.X64;

/// <content>Shifts, lanes, tests and memory.</content>
internal sealed partial class VectorLowering
{
    private const ulong HighBytes = ~LowBytes;

    /// <summary>A shift by a register, of which as many bits count as the lanes' width has.</summary>
    public void Shift(Opcode opcode, D d, D s, R count)
    {
        a.Vmovd(T, count);
        a.Vpand(T, T, a.Constant16((ulong)LaneBits(opcode) - 1, 0));
        switch (opcode)
        {
            case Opcode.I16x8Shl: a.Vpsllw(d, s, T); break;
            case Opcode.I32x4Shl: a.Vpslld(d, s, T); break;
            case Opcode.I64x2Shl: a.Vpsllq(d, s, T); break;
            case Opcode.I16x8ShrU: a.Vpsrlw(d, s, T); break;
            case Opcode.I32x4ShrU: a.Vpsrld(d, s, T); break;
            case Opcode.I64x2ShrU: a.Vpsrlq(d, s, T); break;
            case Opcode.I16x8ShrS: a.Vpsraw(d, s, T); break;
            case Opcode.I32x4ShrS: a.Vpsrad(d, s, T); break;
            case Opcode.I64x2ShrS: ShiftLongsRight(d, s); break;
            default: ShiftBytes(opcode, d, s); break;
        }
    }

    /// <summary>A shift by a constant.</summary>
    public void Shift(Opcode opcode, D d, D s, int count)
    {
        count &= LaneBits(opcode) - 1;
        switch (opcode)
        {
            case Opcode.I16x8Shl: a.Vpsllw(d, s, count); break;
            case Opcode.I32x4Shl: a.Vpslld(d, s, count); break;
            case Opcode.I64x2Shl: a.Vpsllq(d, s, count); break;
            case Opcode.I16x8ShrU: a.Vpsrlw(d, s, count); break;
            case Opcode.I32x4ShrU: a.Vpsrld(d, s, count); break;
            case Opcode.I64x2ShrU: a.Vpsrlq(d, s, count); break;
            case Opcode.I16x8ShrS: a.Vpsraw(d, s, count); break;
            case Opcode.I32x4ShrS: a.Vpsrad(d, s, count); break;
            case Opcode.I64x2ShrS:
                Address sign = a.Constant16(SignLong >> count);
                a.Vpsrlq(T, s, count);
                a.Vpxor(T, T, sign);
                a.Vpsubq(d, T, sign);
                break;
            case Opcode.I8x16Shl:
                a.Vpsllw(T, s, count);
                a.Vpand(d, T, a.Constant16((ulong)(byte)(0xFF << count) * OneBytes));
                break;
            case Opcode.I8x16ShrU:
                a.Vpsrlw(T, s, count);
                a.Vpand(d, T, a.Constant16((ulong)(0xFF >> count) * OneBytes));
                break;
            case Opcode.I8x16ShrS:
                a.Vpsllw(U, s, 8);
                a.Vpsraw(U, U, count + 8);
                a.Vpsraw(T, s, count);
                a.Vpand(T, T, a.Constant16(HighBytes));
                a.Vpand(U, U, a.Constant16(LowBytes));
                a.Vpor(d, T, U);
                break;
            default: throw Unknown(opcode);
        }
    }

    /// <summary>
    /// Extends the sign by flipping it to and fro, where it has gone. The count is in the scratch register.
    /// </summary>
    private void ShiftLongsRight(D d, D s)
    {
        a.Vmovdqu(U, a.Constant16(SignLong));
        a.Vpsrlq(U, U, T);
        a.Vpsrlq(T, s, T);
        a.Vpxor(T, T, U);
        a.Vpsubq(d, T, U);
    }

    /// <summary>Shifts odd and even bytes apart, as words. The count is in the scratch register.</summary>
    private void ShiftBytes(Opcode opcode, D d, D s)
    {
        switch (opcode)
        {
            case Opcode.I8x16Shl:
                a.Vpand(U, s, a.Constant16(HighBytes));
                a.Vpsllw(U, U, T);
                a.Vpsllw(T, s, T);
                a.Vpand(T, T, a.Constant16(LowBytes));
                break;
            case Opcode.I8x16ShrU:
                a.Vpand(U, s, a.Constant16(LowBytes));
                a.Vpsrlw(U, U, T);
                a.Vpsrlw(T, s, T);
                a.Vpand(T, T, a.Constant16(HighBytes));
                break;
            case Opcode.I8x16ShrS:
                a.Vpsllw(U, s, 8);
                a.Vpsraw(U, U, T);
                a.Vpsrlw(U, U, 8);
                a.Vpsraw(T, s, T);
                a.Vpand(T, T, a.Constant16(HighBytes));
                break;
            default: throw Unknown(opcode);
        }
        a.Vpor(d, T, U);
    }

    private static int LaneBits(Opcode opcode) => opcode switch
    {
        Opcode.I8x16Shl or Opcode.I8x16ShrS or Opcode.I8x16ShrU => 8,
        Opcode.I16x8Shl or Opcode.I16x8ShrS or Opcode.I16x8ShrU => 16,
        Opcode.I32x4Shl or Opcode.I32x4ShrS or Opcode.I32x4ShrU => 32,
        _ => 64,
    };

    /// <summary>Copies an integer to all lanes.</summary>
    public void Splat(Opcode opcode, D d, R s)
    {
        if (opcode == Opcode.I64x2Splat) a.Vmovq(T, s);
        else a.Vmovd(T, s);
        switch (opcode)
        {
            case Opcode.I8x16Splat: SplatByte(d); break;
            case Opcode.I16x8Splat: SplatWord(d); break;
            case Opcode.I32x4Splat: a.Vpshufd(d, T, 0); break;
            case Opcode.I64x2Splat: a.Vpunpcklqdq(d, T, T); break;
            default: throw Unknown(opcode);
        }
    }

    /// <summary>Copies a float to all lanes.</summary>
    public void Splat(Opcode opcode, D d, D s)
    {
        if (opcode == Opcode.F32x4Splat) a.Vshufps(d, s, s, 0);
        else a.Vmovddup(d, s);
    }

    private void SplatByte(D d)
    {
        if (HasAvx2) a.Vpbroadcastb(d, T);
        else a.Vpshufb(d, T, Zero(U));
    }

    private void SplatWord(D d)
    {
        a.Vpshuflw(T, T, 0);
        a.Vpshufd(d, T, 0);
    }

    /// <summary>
    /// An integer lane, zero-extended to the register's width: a signed narrow lane is left to be sign-extended.
    /// </summary>
    public void ExtractLane(Opcode opcode, R d, D s, int lane)
    {
        switch (opcode)
        {
            case Opcode.I8x16ExtractLaneS or Opcode.I8x16ExtractLaneU: a.Vpextrb(d, s, lane); break;
            case Opcode.I16x8ExtractLaneS or Opcode.I16x8ExtractLaneU: a.Vpextrw(d, s, lane); break;
            case Opcode.I32x4ExtractLane when lane == 0: a.Vmovd(d, s); break;
            case Opcode.I32x4ExtractLane: a.Vpextrd(d, s, lane); break;
            case Opcode.I64x2ExtractLane when lane == 0: a.Vmovq(d, s); break;
            case Opcode.I64x2ExtractLane: a.Vpextrq(d, s, lane); break;
            default: throw Unknown(opcode);
        }
    }

    /// <summary>A float lane; what is above it is undefined.</summary>
    public void ExtractLane(Opcode opcode, D d, D s, int lane)
    {
        if (lane == 0) Move(d, s);
        else if (opcode == Opcode.F32x4ExtractLane) a.Vshufps(d, s, s, lane);
        else a.Vmovhlps(d, s, s);
    }

    /// <summary>Replaces an integer lane.</summary>
    public void ReplaceLane(Opcode opcode, D d, D s, R value, int lane)
    {
        switch (opcode)
        {
            case Opcode.I8x16ReplaceLane: a.Vpinsrb(d, s, value, lane); break;
            case Opcode.I16x8ReplaceLane: a.Vpinsrw(d, s, value, lane); break;
            case Opcode.I32x4ReplaceLane: a.Vpinsrd(d, s, value, lane); break;
            case Opcode.I64x2ReplaceLane: a.Vpinsrq(d, s, value, lane); break;
            default: throw Unknown(opcode);
        }
    }

    /// <summary>Replaces a float lane.</summary>
    public void ReplaceLane(Opcode opcode, D d, D s, D value, int lane)
    {
        if (opcode == Opcode.F32x4ReplaceLane) a.Vinsertps(d, s, value, lane << 4);
        else if (lane == 0) a.Vmovsd(d, s, value);
        else a.Vmovlhps(d, s, value);
    }

    /// <summary>
    /// Sets the zero flag for <c>any_true</c> and <c>all_true</c>. The result is 1 if the flag is as returned: set for
    /// <c>all_true</c>, clear for <c>any_true</c>.
    /// </summary>
    public bool Test(Opcode opcode, D s)
    {
        switch (opcode)
        {
            case Opcode.V128AnyTrue: a.Vptest(s, s); return false;
            case Opcode.I8x16AllTrue: a.Vpcmpeqb(T, s, Zero(T)); break;
            case Opcode.I16x8AllTrue: a.Vpcmpeqw(T, s, Zero(T)); break;
            case Opcode.I32x4AllTrue: a.Vpcmpeqd(T, s, Zero(T)); break;
            case Opcode.I64x2AllTrue: a.Vpcmpeqq(T, s, Zero(T)); break;
            default: throw Unknown(opcode);
        }
        a.Vptest(T, T);
        return true;
    }

    /// <summary>The sign bits of the lanes, lane 0 lowest.</summary>
    public void Bitmask(Opcode opcode, R d, D s)
    {
        switch (opcode)
        {
            case Opcode.I8x16Bitmask: a.Vpmovmskb(d, s); break;
            case Opcode.I16x8Bitmask: a.Vpacksswb(T, s, Zero(T)); a.Vpmovmskb(d, T); break;
            case Opcode.I32x4Bitmask: a.Vmovmskps(d, s); break;
            case Opcode.I64x2Bitmask: a.Vmovmskpd(d, s); break;
            default: throw Unknown(opcode);
        }
    }

    /// <summary>Loads a vector.</summary>
    public void Load(Opcode opcode, D d, Address m)
    {
        switch (opcode)
        {
            case Opcode.V128Load: a.Vmovdqu(d, m); break;
            case Opcode.V128Load8x8S: a.Vpmovsxbw(d, m); break;
            case Opcode.V128Load8x8U: a.Vpmovzxbw(d, m); break;
            case Opcode.V128Load16x4S: a.Vpmovsxwd(d, m); break;
            case Opcode.V128Load16x4U: a.Vpmovzxwd(d, m); break;
            case Opcode.V128Load32x2S: a.Vpmovsxdq(d, m); break;
            case Opcode.V128Load32x2U: a.Vpmovzxdq(d, m); break;
            case Opcode.V128Load8Splat when HasAvx2: a.Vpbroadcastb(d, m); break;
            case Opcode.V128Load8Splat: a.Vpinsrb(T, T, m, 0); SplatByte(d); break;
            case Opcode.V128Load16Splat when HasAvx2: a.Vpbroadcastw(d, m); break;
            case Opcode.V128Load16Splat: a.Vpinsrw(T, T, m, 0); SplatWord(d); break;
            case Opcode.V128Load32Splat: a.Vbroadcastss(d, m); break;
            case Opcode.V128Load64Splat: a.Vmovddup(d, m); break;
            case Opcode.V128Load32Zero: a.Vmovss(d, m); break;
            case Opcode.V128Load64Zero: a.Vmovsd(d, m); break;
            default: throw Unknown(opcode);
        }
    }

    /// <summary>Loads one lane, the others being those of <paramref name="s"/>.</summary>
    public void LoadLane(Opcode opcode, D d, D s, Address m, int lane)
    {
        switch (opcode)
        {
            case Opcode.V128Load8Lane: a.Vpinsrb(d, s, m, lane); break;
            case Opcode.V128Load16Lane: a.Vpinsrw(d, s, m, lane); break;
            case Opcode.V128Load32Lane: a.Vpinsrd(d, s, m, lane); break;
            case Opcode.V128Load64Lane: a.Vpinsrq(d, s, m, lane); break;
            default: throw Unknown(opcode);
        }
    }

    /// <summary>Stores one lane.</summary>
    public void StoreLane(Opcode opcode, Address m, D s, int lane)
    {
        switch (opcode)
        {
            case Opcode.V128Store8Lane: a.Vpextrb(m, s, lane); break;
            case Opcode.V128Store16Lane: a.Vpextrw(m, s, lane); break;
            case Opcode.V128Store32Lane when lane == 0: a.Vmovss(m, s); break;
            case Opcode.V128Store32Lane: a.Vpextrd(m, s, lane); break;
            case Opcode.V128Store64Lane when lane == 0: a.Vmovsd(m, s); break;
            case Opcode.V128Store64Lane: a.Vpextrq(m, s, lane); break;
            default: throw Unknown(opcode);
        }
    }
}
