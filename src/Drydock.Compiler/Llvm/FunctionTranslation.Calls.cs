using Drydock.Wasm;
using Drydock.Wasm.Binary;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <content>Calls, in the convention of <see cref="CallingConvention"/>: an i32 crosses as an i64 whose upper half is
/// zero.</content>
internal sealed partial class FunctionTranslation
{
    private readonly Dictionary<int, nint> _declared = [];

    private nint DeclareFunction(int index)
    {
        if (_declared.TryGetValue(index, out nint function)) return function;
        return _declared[index] = Declare($"f{index}", index);
    }

    /// <summary>The copy of a function that becomes part of its callers.</summary>
    private nint DeclareCopy(int bodyIndex)
    {
        int index = _module.ImportedFunctionCount + bodyIndex;
        return Declare($"i{index}", index);
    }

    private nint Declare(string name, int index)
    {
        nint function = GetNamedFunction(_ir.Module, name);
        return function != 0 ? function : AddFunction(_ir.Module, name, SignatureOf(_module.FunctionTypeOf(index)));
    }

    private nint CrossingType(ValueKind kind) => kind == ValueKind.I32 ? _ir.I64 : TypeOf(kind);

    private nint SignatureOf(FunctionType type)
    {
        var parameters = new List<nint> { _ir.Pointer };
        if (type.Results.Length > 1) parameters.Add(_ir.Pointer);
        foreach (var parameter in type.Parameters) parameters.Add(CrossingType(parameter.Kind));
        nint result = type.Results.Length == 0 ? _ir.Void : CrossingType(type.Results[0].Kind);
        return _ir.FunctionType(result, parameters.ToArray());
    }

    private nint Widen(nint value, ValueKind kind) => kind == ValueKind.I32 ? ZExt(value, _ir.I64) : value;
    private nint Narrow(nint value, ValueKind kind) => kind == ValueKind.I32 ? Trunc(value, _ir.I32) : value;

    private void Call(int index)
    {
        var type = _module.FunctionTypeOf(index);
        var (code, context) = CalleeOf(index);
        Call(type, code, context);
    }

    private (nint Code, nint Context) CalleeOf(int index)
    {
        if (index >= _module.ImportedFunctionCount)
        {
            int body = index - _module.ImportedFunctionCount;
            if (_isCopy || index == _functionIndex || !FunctionShape.IsInlined(_module, body))
                return (DeclareFunction(index), _context);
            _callees.Add(body);
            return (DeclareCopy(body), _context);
        }
        int import = _layout.ImportedFunction(index);
        nint code = _ir.Load(_ir.Pointer, At(import + VmContextLayout.ImportedFunctionCode), AliasClass.Constant);
        nint context = _ir.Load(_ir.Pointer, At(import + VmContextLayout.ImportedFunctionContext), AliasClass.Constant);
        return (code, context);
    }

    private void Call(FunctionType type, nint code, nint context)
    {
        int count = type.Parameters.Length;
        bool usesBuffer = type.Results.Length > 1;
        var arguments = new List<nint> { context };
        if (usesBuffer) arguments.Add(ResultBuffer(type.Results.Length - 1));
        for (int i = 0; i < count; i++) arguments.Add(Widen(_stack[_stack.Count - count + i], type.Parameters[i].Kind));
        Cut(_stack.Count - count);
        nint result = _ir.Call(SignatureOf(type), code, arguments.ToArray());
        if (_module.UsesExceptions) CheckPending();
        if (type.Results.Length == 0) return;
        if (type.Results[0].Kind == ValueKind.I32 && NarrowRange() is var range and not 0)
            AddCallAttribute(result, OfResult, range);
        Push(Narrow(result, type.Results[0].Kind));
        for (int i = 1; i < type.Results.Length; i++) PushBuffered(type.Results[i].Kind, arguments[1], i - 1);
    }

    private void PushBuffered(ValueKind kind, nint buffer, int slot)
    {
        nint address = _ir.Offset(buffer, slot * CallingConvention.ResultSlotSize);
        Push(_ir.Load(TypeOf(kind), address, AliasClass.Results));
    }

    private nint _resultBuffer;
    private int _resultBufferSlots;

    /// <summary>
    /// A buffer for results past the first, at the start of the function so that it is part of the frame.
    /// </summary>
    private nint ResultBuffer(int slots)
    {
        if (slots <= _resultBufferSlots) return _resultBuffer;
        nint here = _ir.Block;
        _ir.MoveBefore(GetFirstInstruction(_entry));
        _resultBuffer = _ir.Alloca(ArrayType(_ir.V128, (ulong)slots));
        _resultBufferSlots = slots;
        _ir.MoveTo(here);
        return _resultBuffer;
    }

    private void CallIndirect(ref InstructionReader reader)
    {
        nint reference = PopTableCallee(ref reader, out var type);
        CallReference(type, reference);
    }

    private void CallReference(int typeIndex)
    {
        nint reference = PopNonNull(TrapCode.NullFunctionReference);
        CallReference((FunctionType)_module.Types[typeIndex].Composite, reference);
    }

    /// <summary>Pops an index of a table: the function there, which is of the type.</summary>
    private nint PopTableCallee(ref InstructionReader reader, out FunctionType type)
    {
        int typeIndex = reader.ReadIndex(), table = reader.ReadIndex();
        type = (FunctionType)_module.Types[typeIndex].Composite;
        // A function of a subtype is as good, and the runtime knows those.
        if (!_module.Types[typeIndex].IsFinal) return PopTypedElement(typeIndex, table);
        nint reference = ToPointer(LoadElement(table, Pop(), TrapCode.UndefinedElement));
        nint expected = _ir.Load(_ir.I32, At(_layout.Signature(typeIndex)), AliasClass.Constant);
        // Where there is no function this faults, close to address zero.
        nint actual = _ir.Load(_ir.I32, _ir.Offset(reference, FunctionReferenceLayout.Signature), AliasClass.Table);
        SetVolatile(actual, 1);
        TrapIf(_ir.Compare(IntegerPredicate.NotEqual, expected, actual), TrapCode.IndirectCallTypeMismatch);
        return reference;
    }

    private nint PopTypedElement(int typeIndex, int table)
    {
        nint index = Widen(Pop(), IsTable64(table));
        nint reference = CallBuiltin(Builtin.TypedElement, _ir.I64, _ir.Int32(table), _ir.Int32(typeIndex), index);
        TrapIf(IsNull(reference), TrapCode.Pending);
        return ToPointer(reference);
    }

    private nint PopNonNull(TrapCode trap)
    {
        nint reference = Pop();
        TrapIf(IsNull(reference), trap);
        return ToPointer(reference);
    }

    private void CallReference(FunctionType type, nint reference)
    {
        var (code, context) = LoadCallee(reference);
        Call(type, code, context);
    }

    private (nint Code, nint Context) LoadCallee(nint reference)
    {
        // Code that does not look for exceptions must not call what may return with one.
        var (codeAt, contextAt) = _module.UsesExceptions
            ? (FunctionReferenceLayout.ThrowingCode, FunctionReferenceLayout.ThrowingContext)
            : (FunctionReferenceLayout.Code, FunctionReferenceLayout.Context);
        nint code = _ir.Load(_ir.Pointer, _ir.Offset(reference, codeAt), AliasClass.Table);
        if (_module.IsSelfContained) return (code, _context);
        nint context = _ir.Load(_ir.Pointer, _ir.Offset(reference, contextAt), AliasClass.Table);
        return (code, context);
    }

    /// <summary>
    /// Calls a built-in with the context and then <paramref name="arguments"/>, which are i32 or i64.
    /// </summary>
    private nint CallBuiltin(Builtin builtin, nint result, params ReadOnlySpan<nint> arguments)
    {
        nint table = _ir.Load(_ir.Pointer, At(VmContextLayout.Builtins), AliasClass.Constant);
        nint code = _ir.Load(_ir.Pointer, _ir.Offset(table, (int)builtin * 8), AliasClass.Constant);
        nint[] values = [_context, .. arguments];
        nint signature = _ir.FunctionType(result, Array.ConvertAll(values, LlvmNative.TypeOf));
        return _ir.Call(signature, code, values);
    }

    private void CallChecked(Builtin builtin, params ReadOnlySpan<nint> arguments) =>
        TrapIf(IsTrue(CallBuiltin(builtin, _ir.I32, arguments)), TrapCode.Pending);
}
