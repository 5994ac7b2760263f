using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Calls: of functions, through tables, and of the runtime's built-ins.</content>
internal sealed partial class FunctionTranslation
{
    private const int VectorTargets = 16;
    /// <summary>Registers that are to be written, vector registers from <see cref="VectorTargets"/> up.</summary>
    private uint _moveTargets;
    /// <summary>Registers that are to be read, at least.</summary>
    private uint _moveReads;
    /// <summary>What each of them gets, numbered in the same way.</summary>
    private readonly byte[] _moveSources = new byte[2 * VectorTargets];
    private CallSite[] _calls = new CallSite[64];
    private int _callCount;
    /// <summary>
    /// Arguments that are in no register but go to one; and, from the end, those that go on the stack.
    /// </summary>
    private Argument[] _arguments = new Argument[16];
    private int _loadedArguments, _stackArguments, _bufferOffset;
    /// <summary>How the module's types are called, as far as that was asked.</summary>
    private CallingConvention?[] _conventions = [];

    /// <summary>Built-ins take up to five integers behind the context, as a function would.</summary>
    private static readonly CallingConvention BuiltinConvention = new(new FunctionType(
        [Wasm.ValueType.I64, Wasm.ValueType.I64, Wasm.ValueType.I64, Wasm.ValueType.I64, Wasm.ValueType.I64], []));

    /// <summary>An argument, and the number of its register or the offset of its place on the stack.</summary>
    private readonly struct Argument(Operand operand, int place)
    {
        public readonly Operand Operand = operand;
        public readonly int Place = place;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private CallingConvention ConventionOf(int typeIndex) => _conventions[typeIndex]
        ??= new CallingConvention((FunctionType)_module.Types[typeIndex].Composite);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddCall(int functionIndex, bool isTail = false)
    {
        if (_callCount == _calls.Length) GrowCalls();
        _calls[_callCount++] = new CallSite(_assembler.Length, functionIndex, isTail);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowCalls() => Array.Resize(ref _calls, _callCount * 2);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddMove(bool isVector, int from, int to)
    {
        int first = isVector ? VectorTargets : 0;
        uint isMove = from != to ? 1u : 0;
        _moveSources[first + to] = (byte)(first + from);
        _moveTargets |= isMove << first + to;
        _moveReads |= isMove << first + from;
    }

    /// <summary>Carries out the collected moves as if all happened at once.</summary>
    private void EmitMoves()
    {
        while (_moveTargets != 0)
        {
            uint ready = _moveTargets & ~_moveReads;
            if (ready == 0) BreakCycle();
            _moveTargets &= ~ready;
            for (; ready != 0; ready &= ready - 1) EmitMove(LowestOf(ready));
            _moveReads = MoveSources();
        }
    }

    /// <summary>The registers that are still to be read.</summary>
    private uint MoveSources()
    {
        uint sources = 0;
        for (uint left = _moveTargets; left != 0; left &= left - 1) sources |= 1u << _moveSources[LowestOf(left)];
        return sources;
    }

    private void EmitMove(int target)
    {
        int source = _moveSources[target];
        if (target >= VectorTargets)
            _assembler.Vmovaps((VectorRegister)(target - VectorTargets), (VectorRegister)(source - VectorTargets));
        else _assembler.Mov(true, (R)target, (R)source);
    }

    /// <summary>Every target is read: saves one and reads that from its copy.</summary>
    private void BreakCycle()
    {
        int saved = LowestOf(_moveTargets);
        int copy = saved >= VectorTargets ? VectorTargets + (int)ScratchVector : (int)R.R10;
        for (uint left = _moveTargets; left != 0; left &= left - 1)
        {
            ref byte source = ref _moveSources[LowestOf(left)];
            if (source == saved) source = (byte)copy;
        }
        _moveSources[copy] = (byte)saved;
        EmitMove(copy);
    }

    private void SavePinned()
    {
        for (int i = 0; i < _pinnedCount; i++)
        {
            ref Local local = ref _locals[_pinned[i]];
            StoreParameter(local, local.Pin);
        }
    }

    private void RestorePinned()
    {
        for (int i = 0; i < _pinnedCount; i++)
        {
            ref Local local = ref _locals[_pinned[i]];
            if (local.IsVector) LoadVector(local.Type, (VectorRegister)local.Pin, local.Home);
            else _assembler.Mov(local.Type != ValueKind.I32, (R)local.Pin, local.Home);
        }
    }

    private void Call(int functionIndex)
    {
        int typeIndex = _module.Functions[functionIndex];
        var type = (FunctionType)_module.Types[typeIndex].Composite;
        PrepareArguments(typeIndex, type);
        PassArguments();
        if (functionIndex < _module.ImportedFunctionCount) CallImport(functionIndex);
        else CallDirect(functionIndex);
        FinishCall(type);
    }

    private void CallImport(int functionIndex)
    {
        int offset = _layout.ImportedFunction(functionIndex);
        _assembler.Mov(true, R.Rdi, new Address(Context, offset + VmContextLayout.ImportedFunctionContext));
        _assembler.CallIndirect(new Address(Context, offset + VmContextLayout.ImportedFunctionCode));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CallDirect(int functionIndex)
    {
        _assembler.Mov(true, R.Rdi, Context);
        AddCall(functionIndex);
        _assembler.CallSlot();
    }

    private void CallIndirect(ref InstructionReader reader)
    {
        int typeIndex = reader.ReadIndex(), table = reader.ReadIndex();
        var type = (FunctionType)_module.Types[typeIndex].Composite;
        if (!_module.Types[typeIndex].IsFinal)
        {
            FindElement(typeIndex, table);
            CallReference(typeIndex);
            return;
        }
        R index = PopCallee();
        PrepareArguments(typeIndex, type);
        LoadFunctionReference(table, index);
        CheckSignature(typeIndex);
        CallLoaded(type);
    }

    private void CallReference(int typeIndex)
    {
        var type = (FunctionType)_module.Types[typeIndex].Composite;
        R reference = PopCallee();
        PrepareArguments(typeIndex, type);
        LoadCallee(reference);
        CallLoaded(type);
    }

    /// <summary>Code that does not look for exceptions must not call what may return with one.</summary>
    private int CalleeCode =>
        _module.UsesExceptions ? FunctionReferenceLayout.ThrowingCode : FunctionReferenceLayout.Code;
    private int CalleeContext =>
        _module.UsesExceptions ? FunctionReferenceLayout.ThrowingContext : FunctionReferenceLayout.Context;

    /// <summary>Calls the function whose reference is in the scratch register.</summary>
    private void CallLoaded(FunctionType type)
    {
        PassArguments();
        if (_module.IsSelfContained) _assembler.Mov(true, R.Rdi, Context);
        else _assembler.Mov(true, R.Rdi, new Address(Scratch, CalleeContext));
        _assembler.CallIndirect(new Address(Scratch, CalleeCode));
        FinishCall(type);
    }

    /// <summary>Pops what names the callee, and frees r10 of operands, for what is done before the call.</summary>
    private R PopCallee()
    {
        R r = PopRegister();
        if (r != R.R10) Claim(R.R10);
        return r;
    }

    private void LoadCallee(R reference)
    {
        _assembler.Mov(true, Scratch, reference);
        _assembler.Test(true, Scratch, Scratch);
        TrapIf(Condition.Equal, TrapCode.NullFunctionReference);
    }

    private void CheckSignature(int typeIndex)
    {
        _assembler.Mov(false, R.R10, new Address(Context, _layout.Signature(typeIndex)));
        _assembler.Alu(AluOperation.Cmp, false, R.R10, new Address(Scratch, FunctionReferenceLayout.Signature));
        TrapIf(Condition.NotEqual, TrapCode.IndirectCallTypeMismatch);
    }

    /// <summary>
    /// Replaces an index by the table's function, which may be of a subtype: the runtime knows those.
    /// </summary>
    private void FindElement(int typeIndex, int table)
    {
        CallBuiltin(Builtin.TypedElement, [table, typeIndex], 1, ValueKind.Reference);
        _assembler.Test(true, R.Rax, R.Rax);
        TrapIf(Condition.Equal, TrapCode.Pending);
    }

    private void LoadFunctionReference(int table, R index)
    {
        _assembler.Mov(true, Scratch, new Address(Context, _layout.Table(table)));
        _assembler.Alu(AluOperation.Cmp, true, index, new Address(Scratch, TableLayout.Length));
        TrapIf(Condition.AboveOrEqual, TrapCode.UndefinedElement);
        _assembler.Mov(true, Scratch, new Address(Scratch, TableLayout.Elements));
        _assembler.Mov(true, Scratch, new Address(Scratch, index, 8, 0));
        _assembler.Test(true, Scratch, Scratch);
        TrapIf(Condition.Equal, TrapCode.UninitializedElement);
    }

    /// <summary>
    /// Pops the arguments, spills what else is in registers, and stores the arguments that go on the stack.
    /// </summary>
    private void PrepareArguments(int typeIndex, FunctionType type)
    {
        int size = PopArguments(typeIndex);
        SpillBelow(_height);
        if (_pinnedCount != 0) SavePinned();
        if (_stackArguments != _arguments.Length) StoreStackArguments(R.Rsp, 0);
        _bufferOffset = type.Results.Length > 1 ? size : -1;
        int buffer = Math.Max(0, type.Results.Length - 1) * CallingConvention.ResultSlotSize;
        _outgoing = Math.Max(_outgoing, size + buffer);
    }

    /// <summary>Pops the arguments; returns how much of the stack they take, in bytes.</summary>
    private int PopArguments(int typeIndex)
    {
        CallingConvention convention = ConventionOf(typeIndex);
        ReadOnlySpan<ValueLocation> places = convention.Parameters;
        StartArguments(places.Length);
        for (int i = places.Length - 1; i >= 0; i--) AddArgument(Pop(), places[i]);
        return convention.StackSize;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StartArguments(int count)
    {
        if (_arguments.Length < count) _arguments = new Argument[count * 2];
        _loadedArguments = 0;
        _stackArguments = _arguments.Length;
    }

    /// <summary>Files an argument under how it is passed: moved, loaded, or stored.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AddArgument(Operand operand, ValueLocation place)
    {
        if (place.Kind == ValueLocationKind.Stack)
            _arguments[--_stackArguments] = new Argument(operand, place.Index);
        else if (operand.Number == Operand.NoNumber)
            _arguments[_loadedArguments++] = new Argument(operand, place.Index);
        else
            AddMove(place.Kind == ValueLocationKind.Vector, operand.Number, place.Index);
    }

    private void StoreStackArguments(R @base, int displacement)
    {
        for (int i = _stackArguments; i < _arguments.Length; i++)
            Store(new Address(@base, displacement + _arguments[i].Place), _arguments[i].Operand);
    }

    /// <summary>Brings the prepared arguments into their registers; r11 is left alone.</summary>
    private void PassArguments()
    {
        EmitMoves();
        for (int i = _loadedArguments - 1; i >= 0; i--) LoadArgument(_arguments[i].Operand, _arguments[i].Place);
        if (_bufferOffset >= 0) _assembler.Lea(true, R.Rsi, new Address(R.Rsp, _bufferOffset));
    }

    private void LoadArgument(Operand argument, int register)
    {
        if (argument.IsVector) LoadVector((VectorRegister)register, argument);
        else Load((R)register, argument);
    }

    private void FinishCall(FunctionType type)
    {
        AddSite(TrapCode.None);
        AfterCall();
        CheckPending();
        PushResults(type.Results);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void AfterCall()
    {
        _free = _temporaries;
        _freeVectors = _vectorTemporaries;
        if (_pinnedCount != 0) RestorePinned();
    }

    private void PushResults(ReadOnlySpan<Drydock.Wasm.ValueType> results)
    {
        if (results.Length == 0) return;
        if (results.Length == 1)
        {
            PushResult(results[0].Kind);
            return;
        }
        if (results[0].IsFloatOrVector) StoreVector(results[0].Kind, NextSlot(0), VectorRegister.Xmm0);
        else _assembler.Mov(results[0].Kind != ValueKind.I32, NextSlot(0), R.Rax);
        for (int i = 1; i < results.Length; i++) CopyResult(results[i].Kind, i);
        for (int i = 0; i < results.Length; i++) Push(Operand.InSlot(results[i].Kind, _height));
    }

    private Address NextSlot(int ahead) => SlotAddress(_height + ahead);

    private void CopyResult(ValueKind type, int index)
    {
        var source = new Address(R.Rsp, _bufferOffset + CallingConvention.ResultSlotSize * (index - 1));
        if (type is ValueKind.F32 or ValueKind.F64 or ValueKind.V128)
        {
            LoadVector(type, ScratchVector, source);
            StoreVector(type, NextSlot(index), ScratchVector);
        }
        else
        {
            _assembler.Mov(type != ValueKind.I32, Scratch, source);
            _assembler.Mov(type != ValueKind.I32, NextSlot(index), Scratch);
        }
    }

    /// <summary>Pushes a value that is in the register of first results.</summary>
    private void PushResult(ValueKind type)
    {
        if (Operand.InRegister(type, 0).IsVector)
        {
            _freeVectors &= ~1u;
            Push(type, VectorRegister.Xmm0);
        }
        else
        {
            _free &= ~1u;
            Push(type, R.Rax);
        }
    }

    /// <summary>Calls a built-in with the given constants and then the topmost operands.</summary>
    private void CallBuiltin(Builtin builtin, ReadOnlySpan<long> constants, int operands)
    {
        ReadOnlySpan<ValueLocation> places = BuiltinConvention.Parameters;
        StartArguments(constants.Length + operands);
        for (int i = constants.Length + operands - 1; i >= constants.Length; i--) AddArgument(Pop(), places[i]);
        for (int i = constants.Length - 1; i >= 0; i--)
            AddArgument(Operand.Constant(ValueKind.I64, constants[i]), places[i]);
        _bufferOffset = -1;
        SpillBelow(_height);
        SavePinned();
        PassArguments();
        _assembler.Mov(true, R.Rdi, Context);
        EmitBuiltinCall(builtin);
        AddSite(TrapCode.None);
        AfterCall();
    }

    private void CallBuiltin(Builtin builtin, ReadOnlySpan<long> constants, int operands, ValueKind result)
    {
        CallBuiltin(builtin, constants, operands);
        PushResult(result);
    }

    /// <summary>
    /// As <see cref="CallBuiltin(Builtin, ReadOnlySpan{long}, int)"/>, trapping when the status says so.
    /// </summary>
    private void CallChecked(Builtin builtin, ReadOnlySpan<long> constants, int operands)
    {
        CallBuiltin(builtin, constants, operands);
        _assembler.Test(false, R.Rax, R.Rax);
        TrapIf(Condition.NotEqual, TrapCode.Pending);
    }
}
