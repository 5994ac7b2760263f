using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Calls: of functions, through tables, and of the runtime's built-ins.</content>
internal sealed partial class FunctionTranslation
{
    private const int MostMoves = 16;
    private readonly (bool IsVector, byte From, byte To)[] _moves = new (bool, byte, byte)[MostMoves];
    private int _moveCount;
    private Operand[] _arguments = new Operand[16];
    private ValueLocation[] _places = new ValueLocation[16];

    private void AddMove(bool isVector, int from, int to)
    {
        if (from != to) _moves[_moveCount++] = (isVector, (byte)from, (byte)to);
    }

    /// <summary>Carries out the collected moves as if all happened at once.</summary>
    private void EmitMoves()
    {
        while (_moveCount > 0)
        {
            int ready = 0;
            while (ready < _moveCount && IsSource(_moves[ready].IsVector, _moves[ready].To)) ready++;
            if (ready < _moveCount) EmitMove(ready);
            else BreakCycle();
        }
    }

    private bool IsSource(bool isVector, byte number)
    {
        for (int i = 0; i < _moveCount; i++)
            if (_moves[i].From == number && _moves[i].IsVector == isVector) return true;
        return false;
    }

    private void EmitMove(int index)
    {
        (bool isVector, byte from, byte to) = _moves[index];
        if (isVector) _assembler.Vmovaps((VectorRegister)to, (VectorRegister)from);
        else _assembler.Mov(true, (R)to, (R)from);
        _moves[index] = _moves[--_moveCount];
    }

    /// <summary>Every destination is a source: saves one destination and reads that source from its copy.</summary>
    private void BreakCycle()
    {
        (bool isVector, _, byte to) = _moves[0];
        byte scratch = isVector ? (byte)ScratchVector : (byte)R.R10;
        if (isVector) _assembler.Vmovaps(ScratchVector, (VectorRegister)to);
        else _assembler.Mov(true, R.R10, (R)to);
        for (int i = 0; i < _moveCount; i++)
            if (_moves[i].From == to && _moves[i].IsVector == isVector) _moves[i].From = scratch;
    }

    private void SavePinned()
    {
        foreach (int index in _pinned) StoreParameter(_locals[index], _locals[index].Pin);
    }

    private void RestorePinned()
    {
        foreach (int index in _pinned)
        {
            ref Local local = ref _locals[index];
            var home = new Address(R.Rbp, local.Home);
            if (local.IsVector) LoadVector(local.Type, (VectorRegister)local.Pin, home);
            else _assembler.Mov(local.Type != ValueKind.I32, (R)local.Pin, home);
        }
    }

    private void Call(int functionIndex)
    {
        FunctionType type = _module.FunctionTypeOf(functionIndex);
        PrepareArguments(type);
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

    private void CallDirect(int functionIndex)
    {
        _assembler.Mov(true, R.Rdi, Context);
        _calls.Add(new CallSite(_assembler.Length, functionIndex));
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
        PrepareArguments(type);
        LoadFunctionReference(table, index);
        CheckSignature(typeIndex);
        CallLoaded(type);
    }

    private void CallReference(int typeIndex)
    {
        var type = (FunctionType)_module.Types[typeIndex].Composite;
        R reference = PopCallee();
        PrepareArguments(type);
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
        _assembler.Mov(true, R.Rdi, new Address(Scratch, CalleeContext));
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

    private int _argumentCount, _bufferOffset;

    /// <summary>
    /// Pops the arguments, spills what else is in registers, and stores the arguments that go on the stack.
    /// </summary>
    private void PrepareArguments(FunctionType type)
    {
        ArgumentPlaces places = PopArguments(type);
        SpillBelow(_height);
        SavePinned();
        StoreStackArguments(new Address(R.Rsp));
        _bufferOffset = type.Results.Length > 1 ? places.StackSize : -1;
        int buffer = Math.Max(0, type.Results.Length - 1) * CallingConvention.ResultSlotSize;
        _outgoing = Math.Max(_outgoing, places.StackSize + buffer);
    }

    private ArgumentPlaces PopArguments(FunctionType type)
    {
        int count = type.Parameters.Length;
        if (_arguments.Length < count) GrowArguments(count);
        var places = new ArgumentPlaces(type.Results.Length > 1);
        for (int i = 0; i < count; i++) _places[i] = places.Next(type.Parameters[i].Kind);
        for (int i = count - 1; i >= 0; i--) _arguments[i] = Pop();
        _argumentCount = count;
        return places;
    }

    private void StoreStackArguments(Address area)
    {
        for (int i = 0; i < _argumentCount; i++)
        {
            if (_places[i].Kind != ValueLocationKind.Stack) continue;
            Store(new Address(area.Base, area.Displacement + _places[i].Index), _arguments[i]);
        }
    }

    private void GrowArguments(int count)
    {
        _arguments = new Operand[count * 2];
        _places = new ValueLocation[count * 2];
    }

    /// <summary>Brings the prepared arguments into their registers; r11 is left alone.</summary>
    private void PassArguments()
    {
        _moveCount = 0;
        for (int i = 0; i < _argumentCount; i++)
        {
            if (_places[i].Kind == ValueLocationKind.Stack) continue;
            int from = _arguments[i].IsVector ? (int)VectorOf(_arguments[i]) : (int)RegisterOf(_arguments[i]);
            if (from != 0xFF) AddMove(_arguments[i].IsVector, from, _places[i].Index);
        }
        EmitMoves();
        for (int i = 0; i < _argumentCount; i++) LoadArgument(_arguments[i], _places[i]);
        if (_bufferOffset >= 0) _assembler.Lea(true, R.Rsi, new Address(R.Rsp, _bufferOffset));
    }

    private void LoadArgument(in Operand argument, ValueLocation place)
    {
        if (place.Kind == ValueLocationKind.Vector)
        {
            if (VectorOf(argument) == NoVector) LoadVector((VectorRegister)place.Index, argument);
        }
        else if (place.Kind == ValueLocationKind.General && RegisterOf(argument) == None)
        {
            Load((R)place.Index, argument);
        }
    }

    private void FinishCall(FunctionType type)
    {
        AddSite(TrapCode.None);
        AfterCall();
        CheckPending();
        PushResults(type.Results);
    }

    private void AfterCall()
    {
        _free = _temporaries;
        _freeVectors = _vectorTemporaries;
        RestorePinned();
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
        var operand = Operand.InRegister(type, 0);
        if (operand.IsVector) _freeVectors &= ~1u;
        else _free &= ~1u;
        Push(operand);
    }

    /// <summary>Calls a built-in with the given constants and then the topmost operands.</summary>
    private void CallBuiltin(Builtin builtin, ReadOnlySpan<long> constants, int operands)
    {
        for (int i = 0; i < constants.Length; i++) _arguments[i] = Operand.Constant(ValueKind.I64, constants[i]);
        for (int i = constants.Length + operands - 1; i >= constants.Length; i--) _arguments[i] = Pop();
        _argumentCount = constants.Length + operands;
        for (int i = 0; i < _argumentCount; i++)
            _places[i] = new(ValueLocationKind.General, CallingConvention.GeneralParameterRegisters[i + 1]);
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
