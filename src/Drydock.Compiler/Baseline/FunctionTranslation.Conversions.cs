using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;
using V = Drydock.Compiler.X64.VectorRegister;

namespace Drydock.Compiler.Baseline;

/// <content>Conversions between integers and floats.</content>
internal sealed partial class FunctionTranslation
{
    private void Wrap(ref InstructionReader reader)
    {
        Operand operand = Pop();
        operand.Type = ValueKind.I32;
        R target = PeekTarget(ref reader);
        R s = RegisterOf(operand);
        if (operand.Kind == OperandKind.Constant)
        {
            PushConstant(ValueKind.I32, (int)operand.Bits);
            return;
        }
        Release(operand);
        R d = target != None ? target : Allocate();
        if (s != None) _assembler.Mov(false, d, s);
        else Load(d, operand);
        PushOrSet(ref reader, ValueKind.I32, d);
    }

    private void ExtendUnsigned()
    {
        Operand operand = Pop();
        if (operand.Kind == OperandKind.Constant)
        {
            PushConstant(ValueKind.I64, (uint)operand.Bits);
        }
        else
        {
            R r = ToTemporary(operand);
            Push(ValueKind.I64, r);
        }
    }

    private void ExtendSigned(ref InstructionReader reader)
    {
        Operand operand = Pop();
        R target = PeekTarget(ref reader);
        R s = RegisterOf(operand);
        if (s == None && operand.Kind == OperandKind.Constant) s = ToRegister(operand);
        if (s != None) Free(s);
        R d = target != None ? target : Allocate();
        if (s != None) _assembler.Movsxd(d, s);
        else _assembler.Movsxd(d, HomeOf(operand));
        PushOrSet(ref reader, ValueKind.I64, d);
    }

    private void Demote()
    {
        V v = ToTemporaryVector(Pop());
        _assembler.Vcvtsd2ss(v, v, v);
        Push(ValueKind.F32, v);
    }

    private void Promote()
    {
        V v = ToTemporaryVector(Pop());
        _assembler.Vcvtss2sd(v, v, v);
        Push(ValueKind.F64, v);
    }

    private void ReinterpretToInteger(bool wide)
    {
        V v = PopVector();
        R d = Allocate();
        if (wide) _assembler.Vmovq(d, v);
        else _assembler.Vmovd(d, v);
        Free(v);
        Push(IntegerType(wide), d);
    }

    private void ReinterpretToFloat(bool wide)
    {
        R r = PopRegister();
        V d = AllocateVector();
        if (wide) _assembler.Vmovq(d, r);
        else _assembler.Vmovd(d, r);
        Free(r);
        Push(FloatType(wide), d);
    }

    /// <summary>
    /// An i32, signed or not, or a signed i64; the zeroed destination breaks the dependency on its old value.
    /// </summary>
    private void Convert(bool isDouble, bool wideSource, bool isSigned)
    {
        if (wideSource && !isSigned)
        {
            ConvertUnsigned64(isDouble);
            return;
        }
        R s = PopRegister();
        V d = AllocateVector();
        _assembler.Vxorps(d, d, d);
        EmitConvert(isDouble, d, s, wideSource || !isSigned);
        Free(s);
        Push(FloatType(isDouble), d);
    }

    private void EmitConvert(bool isDouble, V d, R s, bool wide)
    {
        if (isDouble) _assembler.Vcvtsi2sd(d, d, s, wide);
        else _assembler.Vcvtsi2ss(d, d, s, wide);
    }

    /// <summary>
    /// A number with the top bit set is halved, the lost bit kept for rounding, converted and doubled.
    /// </summary>
    private void ConvertUnsigned64(bool isDouble)
    {
        R s = ToTemporary(Pop());
        V d = AllocateVector();
        _assembler.Vxorps(d, d, d);
        _assembler.Test(true, s, s);
        int large = _assembler.JccShort(Condition.Sign);
        EmitConvert(isDouble, d, s, wide: true);
        int done = _assembler.JmpShort();
        _assembler.BindShort(large);
        _assembler.Mov(true, Scratch, s);
        _assembler.Alu(AluOperation.And, false, Scratch, 1);
        _assembler.Shift(ShiftOperation.LogicalRight, true, s, 1);
        _assembler.Alu(AluOperation.Or, true, s, Scratch);
        EmitConvert(isDouble, d, s, wide: true);
        Emit(FloatOperation.Add, isDouble, d, d, d);
        _assembler.BindShort(done);
        Free(s);
        Push(FloatType(isDouble), d);
    }

    private void EmitTruncate(bool isDouble, R d, V s)
    {
        if (isDouble) _assembler.Vcvttsd2si(d, s, true);
        else _assembler.Vcvttss2si(d, s, true);
    }

    private void CompareVector(bool isDouble, V left, VectorOperand right)
    {
        if (isDouble) _assembler.Vucomisd(left, right);
        else _assembler.Vucomiss(left, right);
    }

    /// <summary>The address of a float constant.</summary>
    private Address FloatConstant(bool isDouble, double value) => _assembler.Constant16(
        isDouble ? BitConverter.DoubleToUInt64Bits(value) : BitConverter.SingleToUInt32Bits((float)value), 0);

    /// <summary>Truncation that traps (spec: 4.3.2, trunc).</summary>
    private void Truncate(bool isDouble, bool wide, bool isSigned)
    {
        V s = PopVector();
        R d = Allocate();
        CompareVector(isDouble, s, s);
        TrapIf(Condition.Parity, TrapCode.InvalidConversionToInteger);
        if (!wide) TruncateTo32(isDouble, isSigned, d, s);
        else if (isSigned) TruncateToSigned64(isDouble, d, s);
        else TruncateToUnsigned64(isDouble, d, s);
        Free(s);
        Push(IntegerType(wide), d);
    }

    /// <summary>
    /// Truncates to 64 bits and looks whether 32 are enough; what does not fit 64 becomes the least i64.
    /// </summary>
    private void TruncateTo32(bool isDouble, bool isSigned, R d, V s)
    {
        EmitTruncate(isDouble, d, s);
        if (isSigned) _assembler.Movsxd(Scratch, d);
        else _assembler.Mov(false, Scratch, d);
        _assembler.Alu(AluOperation.Cmp, true, Scratch, d);
        TrapIf(Condition.NotEqual, TrapCode.IntegerOverflow);
        if (isSigned) _assembler.Mov(false, d, d);
    }

    private void TruncateToSigned64(bool isDouble, R d, V s)
    {
        EmitTruncate(isDouble, d, s);
        _assembler.Alu(AluOperation.Cmp, true, d, 1);
        int fine = _assembler.JccShort(Condition.NoOverflow);
        CompareVector(isDouble, s, FloatConstant(isDouble, -9223372036854775808.0));
        TrapIf(Condition.NotEqual, TrapCode.IntegerOverflow);
        _assembler.BindShort(fine);
    }

    private void TruncateToUnsigned64(bool isDouble, R d, V s)
    {
        CompareVector(isDouble, s, FloatConstant(isDouble, 9223372036854775808.0));
        int large = _assembler.JccShort(Condition.AboveOrEqual);
        EmitTruncate(isDouble, d, s);
        _assembler.Test(true, d, d);
        TrapIf(Condition.Sign, TrapCode.IntegerOverflow);
        int done = _assembler.JmpShort();
        _assembler.BindShort(large);
        TruncateUpperHalf(isDouble, d, s);
        TrapIf(Condition.Sign, TrapCode.IntegerOverflow);
        FlipTopBit(d);
        _assembler.BindShort(done);
    }

    /// <summary>
    /// Truncates a number less 2^63 and sets the flags by the outcome, negative when it was too large.
    /// </summary>
    private void TruncateUpperHalf(bool isDouble, R d, V s)
    {
        if (isDouble) _assembler.Vsubsd(ScratchVector, s, FloatConstant(true, 9223372036854775808.0));
        else _assembler.Vsubss(ScratchVector, s, FloatConstant(false, 9223372036854775808.0));
        EmitTruncate(isDouble, d, ScratchVector);
        _assembler.Test(true, d, d);
    }

    private void FlipTopBit(R d)
    {
        _assembler.MovConstant(Scratch, long.MinValue);
        _assembler.Alu(AluOperation.Xor, true, d, Scratch);
    }

    /// <summary>Truncation that saturates (spec: 4.3.2, trunc_sat).</summary>
    private void TruncateSaturating(bool isDouble, bool wide, bool isSigned)
    {
        V s = PopVector();
        R d = Allocate();
        if (isSigned) SaturateSigned(isDouble, wide, d, s);
        else SaturateUnsigned(isDouble, wide, d, s);
        Free(s);
        Push(IntegerType(wide), d);
    }

    private void SaturateSigned(bool isDouble, bool wide, R d, V s)
    {
        EmitTruncate(isDouble, d, s);
        if (wide) _assembler.Alu(AluOperation.Cmp, true, d, 1);
        else CompareToSigned32(d);
        int fine = _assembler.JccShort(wide ? Condition.NoOverflow : Condition.Equal);
        _assembler.Vxorps(ScratchVector, ScratchVector, ScratchVector);
        CompareVector(isDouble, s, ScratchVector);
        _assembler.MovConstant(d, 0);
        int isNan = _assembler.JccShort(Condition.Parity);
        _assembler.MovConstant(d, wide ? long.MinValue : 0x80000000);
        int isNegative = _assembler.JccShort(Condition.Below);
        _assembler.MovConstant(d, wide ? long.MaxValue : int.MaxValue);
        _assembler.BindShort(fine);
        _assembler.BindShort(isNan);
        _assembler.BindShort(isNegative);
        if (!wide) _assembler.Mov(false, d, d);
    }

    private void CompareToSigned32(R d)
    {
        _assembler.Movsxd(Scratch, d);
        _assembler.Alu(AluOperation.Cmp, true, Scratch, d);
    }

    /// <summary>NaN and what is not positive give zero.</summary>
    private void SaturateUnsigned(bool isDouble, bool wide, R d, V s)
    {
        _assembler.Alu(AluOperation.Xor, false, d, d);
        _assembler.Vxorps(ScratchVector, ScratchVector, ScratchVector);
        CompareVector(isDouble, s, ScratchVector);
        int isZero = _assembler.JccShort(Condition.BelowOrEqual);
        if (wide) SaturateUnsigned64(isDouble, d, s);
        else SaturateUnsigned32(isDouble, d, s);
        _assembler.BindShort(isZero);
    }

    private void SaturateUnsigned32(bool isDouble, R d, V s)
    {
        EmitTruncate(isDouble, d, s);
        _assembler.MovConstant(Scratch, uint.MaxValue);
        _assembler.Alu(AluOperation.Cmp, true, d, Scratch);
        _assembler.Cmov(Condition.Above, true, d, Scratch);
    }

    private void SaturateUnsigned64(bool isDouble, R d, V s)
    {
        CompareVector(isDouble, s, FloatConstant(isDouble, 9223372036854775808.0));
        int large = _assembler.JccShort(Condition.AboveOrEqual);
        EmitTruncate(isDouble, d, s);
        int done = _assembler.JmpShort();
        _assembler.BindShort(large);
        TruncateUpperHalf(isDouble, d, s);
        int tooLarge = _assembler.JccShort(Condition.Sign);
        FlipTopBit(d);
        int doneToo = _assembler.JmpShort();
        _assembler.BindShort(tooLarge);
        _assembler.MovConstant(d, -1);
        _assembler.BindShort(done);
        _assembler.BindShort(doneToo);
    }
}
