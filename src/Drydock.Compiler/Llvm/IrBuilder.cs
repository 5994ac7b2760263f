using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// A thin layer over LLVM's builder: types, constants, and instructions by the names that translation uses.
/// </summary>
internal sealed unsafe class IrBuilder : IDisposable
{
    /// <summary>The address space that LLVM has for what is addressed relative to GS.</summary>
    private const uint GsSegment = 256;
    private static ReadOnlySpan<byte> Unnamed => "\0"u8;

    private readonly nint _builder;
    private readonly Dictionary<string, uint> _intrinsics = [];

    public IrBuilder()
    {
        LlvmLibrary.Resolve();
        Context = ContextCreate();
        _builder = CreateBuilder(Context);
        (I1, I8, I16) = (IntType(Context, 1), IntType(Context, 8), IntType(Context, 16));
        (I32, I64, I128) = (IntType(Context, 32), IntType(Context, 64), IntType(Context, 128));
        (F32, F64) = (FloatType(Context), DoubleType(Context));
        (Void, Pointer) = (VoidType(Context), PointerType(Context, 0));
        SegmentStart = ConstNull(PointerType(Context, GsSegment));
        V128 = VectorType(I8, 16);
        Alias = new AliasInformation(Context, I64);
    }

    public nint Context { get; }
    public nint Module { get; set; }
    public nint I1 { get; }
    public nint I8 { get; }
    public nint I16 { get; }
    public nint I32 { get; }
    public nint I64 { get; }
    public nint I128 { get; }
    public nint F32 { get; }
    public nint F64 { get; }
    public nint Void { get; }
    public nint Pointer { get; }
    /// <summary>Byte 0 of <see cref="MemorySegment"/>.</summary>
    public nint SegmentStart { get; }
    /// <summary>How a v128 is held: sixteen bytes.</summary>
    public nint V128 { get; }
    public AliasInformation Alias { get; }

    /// <summary>Whether a pointer is the start of the first memory, whose address the context begins with.</summary>
    public bool IsMemoryStart(nint pointer, nint context) => pointer == SegmentStart || AsInstruction(pointer) != 0
        && OpcodeOf(pointer) == IrOpcode.Load && Operand(pointer, 0) == context;

    public void Dispose()
    {
        LlvmNative.DisposeBuilder(_builder);
        ContextDispose(Context);
    }

    public nint Block => GetInsertBlock(_builder);

    public nint NewBlock(nint function)
    {
        fixed (byte* name = Unnamed) return AppendBlock(Context, function, name);
    }

    public void MoveTo(nint block) => PositionAtEnd(_builder, block);
    public void MoveBefore(nint instruction) => PositionBefore(_builder, instruction);

    public nint Int32(long value) => ConstInt(I32, (uint)value, 0);
    public nint Int64(long value) => ConstInt(I64, (ulong)value, 0);
    public nint Bool(bool value) => ConstInt(I1, value ? 1u : 0u, 0);

    /// <summary>A vector of constants of an integer type.</summary>
    public nint Vector(nint element, ReadOnlySpan<int> values)
    {
        nint* items = stackalloc nint[values.Length];
        for (int i = 0; i < values.Length; i++) items[i] = ConstInt(element, (ulong)(long)values[i], 1);
        return ConstVector(items, (uint)values.Length);
    }

    /// <summary>A vector with the same constant in all lanes.</summary>
    public static nint Splat(nint constant, int count)
    {
        nint* items = stackalloc nint[count];
        for (int i = 0; i < count; i++) items[i] = constant;
        return ConstVector(items, (uint)count);
    }

    public nint Alloca(nint type) { fixed (byte* n = Unnamed) return BuildAlloca(_builder, type, n); }
    public nint Binary(BinaryOperation operation, nint left,
        nint right)
    { fixed (byte* n = Unnamed) return BuildBinary(_builder, operation, left, right, n); }
    public nint Cast(CastOperation operation, nint value,
        nint type)
    { fixed (byte* n = Unnamed) return BuildCast(_builder, operation, value, type, n); }
    public nint FloatNegate(nint value) { fixed (byte* n = Unnamed) return BuildFloatNegate(_builder, value, n); }
    public nint Compare(IntegerPredicate predicate, nint left,
        nint right)
    { fixed (byte* n = Unnamed) return BuildIntegerCompare(_builder, predicate, left, right, n); }
    public nint Compare(FloatPredicate predicate, nint left,
        nint right)
    { fixed (byte* n = Unnamed) return BuildFloatCompare(_builder, predicate, left, right, n); }
    public nint Select(nint condition, nint yes,
        nint no)
    { fixed (byte* n = Unnamed) return BuildSelect(_builder, condition, yes, no, n); }
    public nint Phi(nint type) { fixed (byte* n = Unnamed) return BuildPhi(_builder, type, n); }
    public nint Extract(nint vector,
        nint index)
    { fixed (byte* n = Unnamed) return BuildExtract(_builder, vector, index, n); }
    public nint Insert(nint vector, nint value,
        nint index)
    { fixed (byte* n = Unnamed) return BuildInsert(_builder, vector, value, index, n); }
    public nint Shuffle(nint first, nint second,
        nint mask)
    { fixed (byte* n = Unnamed) return BuildShuffle(_builder, first, second, mask, n); }
    public nint Field(nint aggregate,
        int index)
    { fixed (byte* n = Unnamed) return BuildExtractValue(_builder, aggregate, (uint)index, n); }
    /// <summary>A copy of an instruction, its operands still those of the original.</summary>
    public nint Copy(nint instruction)
    {
        nint copy = Clone(instruction);
        fixed (byte* n = Unnamed) LlvmNative.Insert(_builder, copy, n);
        return copy;
    }

    public void Branch(nint target) => BuildBranch(_builder, target);
    public void Branch(nint condition, nint yes, nint no) => BuildConditionalBranch(_builder, condition, yes, no);
    public nint Switch(nint value, nint otherwise, int cases) => BuildSwitch(_builder, value, otherwise, (uint)cases);
    public void Return(nint value) => BuildReturn(_builder, value);
    public void Return() => BuildReturnVoid(_builder);
    public void Unreachable() => BuildUnreachable(_builder);

    public static void AddIncoming(nint phi, nint value, nint block) => LlvmNative.AddIncoming(phi, &value, &block, 1);

    /// <summary>A text as an argument of an intrinsic.</summary>
    public nint MetadataText(string text) =>
        MetadataAsValue(Context, MetadataString(Context, text, (nuint)text.Length));

    /// <summary>The address some bytes after another.</summary>
    public nint Index(nint pointer, nint bytes)
    {
        fixed (byte* n = Unnamed) return BuildGep(_builder, I8, pointer, &bytes, 1, n);
    }

    public nint Offset(nint pointer, long bytes) => bytes == 0 ? pointer : Index(pointer, Int64(bytes));

    /// <summary>A load of state that only <paramref name="what"/> can change.</summary>
    public nint Load(nint type, nint pointer, AliasClass what)
    {
        fixed (byte* n = Unnamed)
        {
            nint load = BuildLoad(_builder, type, pointer, n);
            Alias.Mark(load, what);
            return load;
        }
    }

    public nint Store(nint value, nint pointer, AliasClass what)
    {
        nint store = BuildStore(_builder, value, pointer);
        Alias.Mark(store, what);
        return store;
    }

    public nint AtomicUpdate(AtomicOperation operation, nint pointer, nint value, int ordering) =>
        BuildAtomicUpdate(_builder, operation, pointer, value, ordering, 0);

    public nint AtomicCompareExchange(nint pointer, nint expected, nint replacement, int ordering) =>
        BuildAtomicCompareExchange(_builder, pointer, expected, replacement, ordering, ordering, 0);

    public void Fence(int ordering) { fixed (byte* n = Unnamed) BuildFence(_builder, ordering, 0, n); }

    /// <summary>A load or store of a local's home, which register promotion will remove.</summary>
    public nint LoadLocal(nint type, nint home) { fixed (byte* n = Unnamed) return BuildLoad(_builder, type, home, n); }
    public void StoreLocal(nint value, nint home) => BuildStore(_builder, value, home);

    public nint Call(nint type, nint function, ReadOnlySpan<nint> arguments)
    {
        fixed (byte* n = Unnamed)
        fixed (nint* items = arguments)
            return BuildCall(_builder, type, function, items, (uint)arguments.Length, n);
    }

    /// <summary>Calls an intrinsic, overloaded on <paramref name="types"/>.</summary>
    public nint Intrinsic(string name, ReadOnlySpan<nint> types, params ReadOnlySpan<nint> arguments)
    {
        if (!_intrinsics.TryGetValue(name, out uint id))
            _intrinsics[name] = id = LookupIntrinsic(name, (nuint)name.Length);
        fixed (nint* overloads = types)
        {
            nint function = GetIntrinsic(Module, id, overloads, (nuint)types.Length);
            return Call(GetValueType(function), function, arguments);
        }
    }

    public nint Intrinsic(string name, nint type, params ReadOnlySpan<nint> arguments) =>
        Intrinsic(name, [type], arguments);

    public nint FunctionType(nint result, ReadOnlySpan<nint> parameters)
    {
        fixed (nint* items = parameters) return LlvmNative.FunctionType(result, items, (uint)parameters.Length, 0);
    }
}
