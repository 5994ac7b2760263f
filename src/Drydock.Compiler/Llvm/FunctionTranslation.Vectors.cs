using Drydock.Wasm.Binary;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>How the sixteen bytes of a v128 are read.</summary>
internal enum Shape { I8x16, I16x8, I32x4, I64x2, F32x4, F64x2 }

/// <content>Vectors: a v128 is sixteen bytes between instructions, and is seen as lanes within one.</content>
internal sealed partial class FunctionTranslation
{
    private static int CountOf(Shape shape) => shape switch
    {
        Shape.I8x16 => 16,
        Shape.I16x8 => 8,
        Shape.I32x4 or Shape.F32x4 => 4,
        _ => 2,
    };

    private static int SizeOf(Shape shape) => 16 / CountOf(shape);

    private static Shape Wider(Shape shape) => shape + 1;

    private nint LaneOf(Shape shape) => shape switch
    {
        Shape.I8x16 => _ir.I8,
        Shape.I16x8 => _ir.I16,
        Shape.I32x4 => _ir.I32,
        Shape.I64x2 => _ir.I64,
        Shape.F32x4 => _ir.F32,
        _ => _ir.F64,
    };

    private nint TypeOf(Shape shape) => VectorType(LaneOf(shape), (uint)CountOf(shape));
    private nint BitsOf(Shape shape) =>
        TypeOf(shape switch { Shape.F32x4 => Shape.I32x4, Shape.F64x2 => Shape.I64x2, _ => shape });
    private nint As(nint value, Shape shape) => BitCast(value, TypeOf(shape));
    private nint Flat(nint value) => BitCast(value, _ir.V128);

    /// <summary>A sequence of lane numbers: first, first + step, and so on.</summary>
    private nint Mask(int first, int step, int count)
    {
        Span<int> lanes = stackalloc int[count];
        for (int i = 0; i < count; i++) lanes[i] = first + i * step;
        return _ir.Vector(_ir.I32, lanes);
    }

    private nint Pick(nint vector, int first, int step, int count) =>
        _ir.Shuffle(vector, GetPoison(LlvmNative.TypeOf(vector)), Mask(first, step, count));

    private void VectorConstant(ReadOnlySpan<byte> bytes)
    {
        Span<int> values = stackalloc int[16];
        for (int i = 0; i < 16; i++) values[i] = bytes[i];
        Push(_ir.Vector(_ir.I8, values));
    }

    private void ShuffleBytes(ReadOnlySpan<byte> lanes)
    {
        Span<int> mask = stackalloc int[16];
        for (int i = 0; i < 16; i++) mask[i] = lanes[i];
        nint second = Pop(), first = Pop();
        Push(_ir.Shuffle(first, second, _ir.Vector(_ir.I32, mask)));
    }

    /// <summary>
    /// Indices of 16 and more get bit 7 set by a saturating addition, which <c>pshufb</c> turns into zero.
    /// </summary>
    private void Swizzle()
    {
        nint indices = Pop(), bytes = Pop();
        nint limit = IrBuilder.Splat(ConstInt(_ir.I8, 112, 0), 16);
        Push(_ir.Intrinsic("llvm.x86.ssse3.pshuf.b.128", [], bytes,
            _ir.Intrinsic("llvm.uadd.sat", _ir.V128, indices, limit)));
    }

    private nint SplatOf(nint value, Shape shape)
    {
        nint vector = _ir.Insert(GetPoison(TypeOf(shape)), value, _ir.Int32(0));
        return Pick(vector, 0, 0, CountOf(shape));
    }

    private void Splat(Shape shape)
    {
        nint value = Pop();
        if (SizeOf(shape) < 4) value = Trunc(value, LaneOf(shape));
        Push(Flat(SplatOf(value, shape)));
    }

    private void ExtractLane(Shape shape, int lane, bool isSigned)
    {
        nint value = _ir.Extract(As(Pop(), shape), _ir.Int32(lane));
        Push(SizeOf(shape) >= 4 ? value : isSigned ? SExt(value, _ir.I32) : ZExt(value, _ir.I32));
    }

    private void ReplaceLane(Shape shape, int lane)
    {
        nint value = Pop();
        if (SizeOf(shape) < 4) value = Trunc(value, LaneOf(shape));
        Push(Flat(_ir.Insert(As(Pop(), shape), value, _ir.Int32(lane))));
    }

    private void CompareLanes(Shape shape, IntegerPredicate predicate)
    {
        nint right = As(Pop(), shape), left = As(Pop(), shape);
        Push(Flat(SExt(_ir.Compare(predicate, left, right), TypeOf(shape))));
    }

    private void CompareLanes(Shape shape, FloatPredicate predicate)
    {
        nint right = As(Pop(), shape), left = As(Pop(), shape);
        Push(Flat(SExt(_ir.Compare(predicate, left, right), BitsOf(shape))));
    }

    private nint Not(nint value) =>
        _ir.Binary(BinaryOperation.Xor, value, IrBuilder.Splat(ConstInt(_ir.I8, 0xFF, 0), 16));

    private void AndNot()
    {
        nint right = Not(Pop());
        Push(_ir.Binary(BinaryOperation.And, Pop(), right));
    }

    private void BitSelect()
    {
        nint mask = Pop(), no = Pop(), yes = Pop();
        nint kept = _ir.Binary(BinaryOperation.And, yes, mask);
        Push(_ir.Binary(BinaryOperation.Or, kept, _ir.Binary(BinaryOperation.And, no, Not(mask))));
    }

    private void AnyTrue()
    {
        nint bits = BitCast(Pop(), _ir.I128);
        Push(ZExt(_ir.Compare(IntegerPredicate.NotEqual, bits, ConstInt(_ir.I128, 0, 0)), _ir.I32));
    }

    /// <summary>A bit for each lane that is not zero.</summary>
    private nint NonZeroBits(nint vector, Shape shape)
    {
        nint isSet = _ir.Compare(IntegerPredicate.NotEqual, vector, ConstNull(TypeOf(shape)));
        return BitCast(isSet, IntType(_ir.Context, (uint)CountOf(shape)));
    }

    private void AllTrue(Shape shape)
    {
        nint bits = NonZeroBits(As(Pop(), shape), shape);
        nint all = ConstInt(LlvmNative.TypeOf(bits), (1ul << CountOf(shape)) - 1, 0);
        Push(ZExt(_ir.Compare(IntegerPredicate.Equal, bits, all), _ir.I32));
    }

    private void BitMask(Shape shape)
    {
        nint isNegative = _ir.Compare(IntegerPredicate.Less, As(Pop(), shape), ConstNull(TypeOf(shape)));
        Push(ZExt(BitCast(isNegative, IntType(_ir.Context, (uint)CountOf(shape))), _ir.I32));
    }

    private void Lanes(string intrinsic, Shape shape, params ReadOnlySpan<nint> more) =>
        Push(Flat(_ir.Intrinsic(intrinsic, TypeOf(shape), [As(Pop(), shape), .. more])));

    private void Lanes2(string intrinsic, Shape shape)
    {
        nint right = As(Pop(), shape), left = As(Pop(), shape);
        Push(Flat(_ir.Intrinsic(intrinsic, TypeOf(shape), left, right)));
    }

    private void BinaryLanes(Shape shape, BinaryOperation operation)
    {
        nint right = As(Pop(), shape), left = As(Pop(), shape);
        bool isFloat = shape is Shape.F32x4 or Shape.F64x2;
        Push(Flat(isFloat && (IsConstant(left) != 0 || IsConstant(right) != 0)
            ? Quieting(operation, left, right)
            : _ir.Binary(operation, left, right)));
    }

    private void NegateLanes(Shape shape) =>
        Push(Flat(_ir.Binary(BinaryOperation.Sub, ConstNull(TypeOf(shape)), As(Pop(), shape))));

    private void ShiftLanes(Shape shape, BinaryOperation operation)
    {
        nint count = _ir.Binary(BinaryOperation.And, Pop(), _ir.Int32(SizeOf(shape) * 8 - 1));
        nint lane = LaneOf(shape);
        nint fitted = shape == Shape.I64x2 ? ZExt(count, lane) : shape == Shape.I32x4 ? count : Trunc(count, lane);
        Push(Flat(_ir.Binary(operation, As(Pop(), shape), SplatOf(fitted, shape))));
    }

    private void Average(Shape shape)
    {
        nint wide = VectorType(shape == Shape.I8x16 ? _ir.I16 : _ir.I32, (uint)CountOf(shape));
        nint right = ZExt(As(Pop(), shape), wide), left = ZExt(As(Pop(), shape), wide);
        nint one = IrBuilder.Splat(ConstInt(shape == Shape.I8x16 ? _ir.I16 : _ir.I32, 1, 0), CountOf(shape));
        nint sum = _ir.Binary(BinaryOperation.Add, _ir.Binary(BinaryOperation.Add, left, right), one);
        Push(Flat(Trunc(_ir.Binary(BinaryOperation.LShr, sum, one), TypeOf(shape))));
    }

    private void NarrowLanes(Shape from, Shape to, bool isSigned)
    {
        nint right = As(Pop(), from), left = As(Pop(), from);
        string name = (to, isSigned) switch
        {
            (Shape.I8x16, true) => "llvm.x86.sse2.packsswb.128",
            (Shape.I8x16, false) => "llvm.x86.sse2.packuswb.128",
            (_, true) => "llvm.x86.sse2.packssdw.128",
            _ => "llvm.x86.sse41.packusdw",
        };
        Push(Flat(_ir.Intrinsic(name, [], left, right)));
    }

    /// <summary>One half of the lanes, each twice as wide.</summary>
    private nint ExtendHalf(nint value, Shape from, bool high, bool isSigned)
    {
        int count = CountOf(from) / 2;
        nint half = Pick(As(value, from), high ? count : 0, 1, count);
        return Extend(half, from, isSigned);
    }

    private nint Extend(nint lanes, Shape from, bool isSigned) =>
        _ir.Cast(isSigned ? CastOperation.SExt : CastOperation.ZExt, lanes, TypeOf(Wider(from)));

    private void MultiplyExtended(Shape from, bool high, bool isSigned)
    {
        nint right = ExtendHalf(Pop(), from, high, isSigned), left = ExtendHalf(Pop(), from, high, isSigned);
        Push(Flat(_ir.Binary(BinaryOperation.Mul, left, right)));
    }

    /// <summary>Every second lane, each twice as wide.</summary>
    private nint ExtendAlternate(nint value, Shape from, int first, bool isSigned) =>
        Extend(Pick(As(value, from), first, 2, CountOf(from) / 2), from, isSigned);

    private void AddPairs(Shape from, bool isSigned)
    {
        nint value = Pop();
        nint sum = _ir.Binary(
            BinaryOperation.Add, ExtendAlternate(value, from, 0, isSigned), ExtendAlternate(value, from, 1, isSigned));
        Push(Flat(sum));
    }

    private nint SumOfProducts(nint left, nint right, Shape from)
    {
        nint even = _ir.Binary(BinaryOperation.Mul, ExtendAlternate(left, from, 0, true),
            ExtendAlternate(right, from, 0, true));
        nint odd = _ir.Binary(BinaryOperation.Mul, ExtendAlternate(left, from, 1, true),
            ExtendAlternate(right, from, 1, true));
        return _ir.Binary(BinaryOperation.Add, even, odd);
    }

    private void Dot()
    {
        nint right = As(Pop(), Shape.I16x8), left = As(Pop(), Shape.I16x8);
        Push(Flat(_ir.Intrinsic("llvm.x86.sse2.pmadd.wd", [], left, right)));
    }

    private void DotBytes()
    {
        nint right = Pop(), left = Pop();
        Push(Flat(SumOfProducts(left, right, Shape.I8x16)));
    }

    private void DotBytesAdd()
    {
        nint accumulator = As(Pop(), Shape.I32x4), right = Pop(), left = Pop();
        nint products = SumOfProducts(left, right, Shape.I8x16);
        nint pairs = _ir.Binary(BinaryOperation.Add,
            Extend(Pick(products, 0, 2, 4), Shape.I16x8, true), Extend(Pick(products, 1, 2, 4), Shape.I16x8, true));
        Push(Flat(_ir.Binary(BinaryOperation.Add, pairs, accumulator)));
    }

    /// <summary>
    /// Only the product of the two most negative values overflows: it is put right by flipping its bits.
    /// </summary>
    private void MultiplyQ15()
    {
        nint right = As(Pop(), Shape.I16x8), left = As(Pop(), Shape.I16x8);
        nint product = _ir.Intrinsic("llvm.x86.ssse3.pmul.hr.sw.128", [], left, right);
        nint minimum = IrBuilder.Splat(ConstInt(_ir.I16, 0x8000, 0), 8);
        nint overflowed = SExt(_ir.Compare(IntegerPredicate.Equal, product, minimum), TypeOf(Shape.I16x8));
        Push(Flat(_ir.Binary(BinaryOperation.Xor, product, overflowed)));
    }

    private void MinimumMaximumLanes(Shape shape, bool isMaximum)
    {
        nint right = As(Pop(), shape), left = As(Pop(), shape);
        Push(Flat(MinimumMaximum(TypeOf(shape), BitsOf(shape), left, right, isMaximum)));
    }

    private void PseudoMinimumMaximum(Shape shape, bool isMaximum)
    {
        nint right = As(Pop(), shape), left = As(Pop(), shape);
        nint takesRight = isMaximum
            ? _ir.Compare(FloatPredicate.OrderedLess, left, right)
            : _ir.Compare(FloatPredicate.OrderedLess, right, left);
        Push(Flat(_ir.Select(takesRight, right, left)));
    }

    /// <summary>Fused where the processor fuses, as the baseline compiler has it.</summary>
    private void MultiplyAdd(Shape shape, bool negate)
    {
        nint addend = As(Pop(), shape), right = As(Pop(), shape), left = As(Pop(), shape);
        if (negate) left = _ir.FloatNegate(left);
        if ((_unit.Settings.Features & CpuFeatures.Fma) != 0)
            Push(Flat(_ir.Intrinsic("llvm.fma", TypeOf(shape), left, right, addend)));
        else
            Push(Flat(_ir.Binary(BinaryOperation.FAdd, _ir.Binary(BinaryOperation.FMul, left, right), addend)));
    }

    private void SaturateLanes(bool isSigned) => Push(Flat(_ir.Intrinsic(
        isSigned
            ? "llvm.fptosi.sat"
            : "llvm.fptoui.sat", [TypeOf(Shape.I32x4), TypeOf(Shape.F32x4)], As(Pop(), Shape.F32x4))));

    private void SaturateLanesToHalf(bool isSigned)
    {
        nint pair = VectorType(_ir.I32, 2);
        nint values = _ir.Intrinsic(
            isSigned ? "llvm.fptosi.sat" : "llvm.fptoui.sat", [pair, TypeOf(Shape.F64x2)], As(Pop(), Shape.F64x2));
        Push(Flat(_ir.Shuffle(values, ConstNull(pair), Mask(0, 1, 4))));
    }

    private void ConvertLanes(bool isSigned) => Push(Flat(_ir.Cast(
        isSigned ? CastOperation.SIToFP : CastOperation.UIToFP, As(Pop(), Shape.I32x4), TypeOf(Shape.F32x4))));

    private void ConvertLow(bool isSigned)
    {
        nint low = Pick(As(Pop(), Shape.I32x4), 0, 1, 2);
        Push(Flat(_ir.Cast(isSigned ? CastOperation.SIToFP : CastOperation.UIToFP, low, TypeOf(Shape.F64x2))));
    }

    private void DemoteLanes()
    {
        nint pair = VectorType(_ir.F32, 2);
        nint values = _ir.Cast(CastOperation.FPTrunc, As(Pop(), Shape.F64x2), pair);
        Push(Flat(_ir.Shuffle(values, ConstNull(pair), Mask(0, 1, 4))));
    }

    private void PromoteLanes() =>
        Push(Flat(_ir.Cast(CastOperation.FPExt, Pick(As(Pop(), Shape.F32x4), 0, 1, 2), TypeOf(Shape.F64x2))));

    private void LoadAndExtend(ref InstructionReader reader, Shape from, bool isSigned)
    {
        nint half = VectorType(LaneOf(from), (uint)CountOf(from) / 2);
        Push(Flat(Extend(LoadFrom(ref reader, half, 8), from, isSigned)));
    }

    private void LoadSplat(ref InstructionReader reader, Shape shape) =>
        Push(Flat(SplatOf(LoadFrom(ref reader, LaneOf(shape), SizeOf(shape)), shape)));

    private void LoadZero(ref InstructionReader reader, Shape shape)
    {
        nint value = LoadFrom(ref reader, LaneOf(shape), SizeOf(shape));
        Push(Flat(_ir.Insert(ConstNull(TypeOf(shape)), value, _ir.Int32(0))));
    }

    private void LoadLane(ref InstructionReader reader, Shape shape)
    {
        nint vector = As(Pop(), shape);
        nint value = LoadFrom(ref reader, LaneOf(shape), SizeOf(shape));
        Push(Flat(_ir.Insert(vector, value, _ir.Int32(reader.ReadByte()))));
    }

    private void StoreLane(ref InstructionReader reader, Shape shape)
    {
        reader.ReadMemoryArgument(out _, out int memory, out ulong offset);
        nint value = _ir.Extract(As(Pop(), shape), _ir.Int32(reader.ReadByte()));
        Access(_ir.Store(value, AddressOf(memory, offset, Pop(), SizeOf(shape)), AliasClass.Memory));
    }
}
