using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <content>Integers, floats, and conversions between them.</content>
internal sealed partial class FunctionTranslation
{
    private void Binary(BinaryOperation operation)
    {
        nint right = Pop(), left = Pop();
        Push(_ir.Binary(operation, left, right));
    }

    private void Compare(IntegerPredicate predicate)
    {
        nint right = Pop(), left = Pop();
        Push(ZExt(_ir.Compare(predicate, left, right), _ir.I32));
    }

    private void Compare(FloatPredicate predicate)
    {
        nint right = Pop(), left = Pop();
        Push(ZExt(_ir.Compare(predicate, left, right), _ir.I32));
    }

    private void EqualZero(nint zero)
    {
        nint value = Pop();
        Push(ZExt(_ir.Compare(IntegerPredicate.Equal, value, zero), _ir.I32));
    }

    private static nint Constant(nint type, long value) => ConstInt(type, (ulong)value, 1);

    private void Shift(BinaryOperation operation, nint type, int bits)
    {
        nint count = _ir.Binary(BinaryOperation.And, Pop(), Constant(type, bits - 1)), value = Pop();
        Push(_ir.Binary(operation, value, count));
    }

    private void Rotate(string intrinsic, nint type)
    {
        nint count = Pop(), value = Pop();
        Push(_ir.Intrinsic(intrinsic, type, value, value, count));
    }

    private void CountZeros(string intrinsic, nint type) =>
        Push(_ir.Intrinsic(intrinsic, type, Pop(), _ir.Bool(false)));
    private void CountOnes(nint type) => Push(_ir.Intrinsic("llvm.ctpop", type, Pop()));

    private void Divide(BinaryOperation operation, nint type, long minimum)
    {
        nint right = Pop(), left = Pop();
        TrapIf(_ir.Compare(IntegerPredicate.Equal, right, Constant(type, 0)), TrapCode.IntegerDivideByZero);
        if (operation == BinaryOperation.SDiv)
        {
            nint isMinimum = _ir.Compare(IntegerPredicate.Equal, left, Constant(type, minimum));
            nint isMinusOne = _ir.Compare(IntegerPredicate.Equal, right, Constant(type, -1));
            TrapIf(_ir.Binary(BinaryOperation.And, isMinimum, isMinusOne), TrapCode.IntegerOverflow);
        }
        // The remainder by minus one is zero, and by one as well; only the latter never overflows.
        if (operation == BinaryOperation.SRem)
            right = _ir.Select(_ir.Compare(IntegerPredicate.Equal, right, Constant(type, -1)), Constant(type, 1),
                right);
        Push(_ir.Binary(operation, left, right));
    }

    private void SignExtend(nint from, nint to) => Push(SExt(Trunc(Pop(), from), to));

    private void FloatBinary(BinaryOperation operation)
    {
        nint right = Pop(), left = Pop();
        Push(MayLookLikeIdentity(left) || MayLookLikeIdentity(right)
            ? Quieting(operation, left, right)
            : _ir.Binary(operation, left, right));
    }

    /// <summary>
    /// Whether a value is a constant that an operation with may leave the other operand as it is: 0, 1 or no number.
    /// </summary>
    private static unsafe bool MayLookLikeIdentity(nint value)
    {
        if (IsConstant(value) == 0) return false;
        if (AsConstantFloat(value) == 0) return true;
        int isInexact;
        double constant = Math.Abs(GetConstantFloat(value, &isInexact));
        return !double.IsFinite(constant) || constant is 0 or 1;
    }

    /// <summary>
    /// An operation that is not folded away when a constant makes it look like an identity: <c>x * 1</c> makes a
    /// signalling NaN quiet.
    /// </summary>
    private nint Quieting(BinaryOperation operation, nint left, nint right)
    {
        string name = operation switch
        {
            BinaryOperation.FAdd => "llvm.experimental.constrained.fadd",
            BinaryOperation.FSub => "llvm.experimental.constrained.fsub",
            BinaryOperation.FMul => "llvm.experimental.constrained.fmul",
            _ => "llvm.experimental.constrained.fdiv",
        };
        return _ir.Intrinsic(name, LlvmNative.TypeOf(left), left, right, _ir.MetadataText("round.tonearest"),
            _ir.MetadataText("fpexcept.maytrap"));
    }

    private void Unary(string intrinsic, nint type) => Push(_ir.Intrinsic(intrinsic, type, Pop()));

    private void CopySign(nint type)
    {
        nint sign = Pop(), value = Pop();
        Push(_ir.Intrinsic("llvm.copysign", type, value, sign));
    }

    private void MinimumMaximum(nint type, nint bits, bool isMaximum)
    {
        nint right = Pop(), left = Pop();
        Push(MinimumMaximum(type, bits, left, right, isMaximum));
    }

    /// <summary>
    /// Equal operands are two zeros or the same: their signs are joined. What is not ordered adds up to a NaN.
    /// </summary>
    private nint MinimumMaximum(nint type, nint bits, nint left, nint right, bool isMaximum)
    {
        nint joined = BitCast(
            _ir.Binary(isMaximum ? BinaryOperation.And : BinaryOperation.Or, BitCast(left, bits), BitCast(right, bits)),
                type);
        nint less = _ir.Compare(FloatPredicate.OrderedLess, left, right);
        nint greater = _ir.Compare(FloatPredicate.OrderedGreater, left, right);
        nint equal = _ir.Compare(FloatPredicate.OrderedEqual, left, right);
        nint sum = _ir.Binary(BinaryOperation.FAdd, left, right);
        (nint first, nint second) = isMaximum ? (greater, less) : (less, greater);
        return _ir.Select(first, left, _ir.Select(second, right, _ir.Select(equal, joined, sum)));
    }

    /// <summary>
    /// Truncates a float that lies strictly between two bounds; both are exact in the float's type.
    /// </summary>
    private void Truncate(nint from, nint to, bool isSigned, double below, double above)
    {
        nint value = Pop();
        TrapIf(_ir.Compare(FloatPredicate.Unordered, value, value), TrapCode.InvalidConversionToInteger);
        nint tooLow = _ir.Compare(FloatPredicate.OrderedLessOrEqual, value, FloatConstant(from, below));
        nint tooHigh = _ir.Compare(FloatPredicate.OrderedGreaterOrEqual, value, FloatConstant(from, above));
        TrapIf(_ir.Binary(BinaryOperation.Or, tooLow, tooHigh), TrapCode.IntegerOverflow);
        Push(_ir.Cast(isSigned ? CastOperation.FPToSI : CastOperation.FPToUI, value, to));
    }

    /// <summary>As <see cref="Truncate"/> where the lower bound itself is a value that can be converted.</summary>
    private void TruncateFrom(nint from, nint to, double lowest, double above)
    {
        nint value = Pop();
        TrapIf(_ir.Compare(FloatPredicate.Unordered, value, value), TrapCode.InvalidConversionToInteger);
        nint tooLow = _ir.Compare(FloatPredicate.OrderedLess, value, FloatConstant(from, lowest));
        nint tooHigh = _ir.Compare(FloatPredicate.OrderedGreaterOrEqual, value, FloatConstant(from, above));
        TrapIf(_ir.Binary(BinaryOperation.Or, tooLow, tooHigh), TrapCode.IntegerOverflow);
        Push(_ir.Cast(CastOperation.FPToSI, value, to));
    }

    private nint FloatConstant(nint type, double value) => type == _ir.F32
        ? ConstBitCast(ConstInt(_ir.I32, BitConverter.SingleToUInt32Bits((float)value), 0), type)
        : ConstBitCast(ConstInt(_ir.I64, BitConverter.DoubleToUInt64Bits(value), 0), type);

    private void Saturate(nint from, nint to, bool isSigned) =>
        Push(_ir.Intrinsic(isSigned ? "llvm.fptosi.sat" : "llvm.fptoui.sat", [to, from], Pop()));

    private void Cast(CastOperation operation, nint to) => Push(_ir.Cast(operation, Pop(), to));

    /// <summary>A promotion that stays when a demotion follows, so that a NaN becomes quiet.</summary>
    private void Promote() => Push(_ir.Intrinsic(
        "llvm.experimental.constrained.fpext", [_ir.F64, _ir.F32], Pop(), _ir.MetadataText("fpexcept.maytrap")));

    private void MultiplyWide(CastOperation extend)
    {
        nint right = _ir.Cast(extend, Pop(), _ir.I128), left = _ir.Cast(extend, Pop(), _ir.I128);
        PushHalves(_ir.Binary(BinaryOperation.Mul, left, right));
    }

    private void Binary128(BinaryOperation operation)
    {
        nint right = PopHalves(), left = PopHalves();
        PushHalves(_ir.Binary(operation, left, right));
    }

    private nint PopHalves()
    {
        nint high = ZExt(Pop(), _ir.I128), low = ZExt(Pop(), _ir.I128);
        return _ir.Binary(BinaryOperation.Or, _ir.Binary(BinaryOperation.Shl, high, ConstInt(_ir.I128, 64, 0)), low);
    }

    private void PushHalves(nint value)
    {
        Push(Trunc(value, _ir.I64));
        Push(Trunc(_ir.Binary(BinaryOperation.LShr, value, ConstInt(_ir.I128, 64, 0)), _ir.I64));
    }
}
