using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>
/// Exceptions. Throwing makes an exception pending and goes to the function's nearest handler, or returns where there
/// is none; after every call what is pending is compared. A handler is code at the end of its block: there nothing of
/// what the block computed is needed any more, and what lies beneath is in slots, as for a branch.
/// </content>
internal sealed partial class FunctionTranslation
{
    private const int AnyTag = -1;

    /// <summary>A clause of a <c>try_table</c>; its target is the index of a control.</summary>
    private readonly record struct Clause(int Tag, bool PushesReference, int Target);

    private readonly List<Clause> _clauses = [];
    /// <summary>Head of the list of jumps to where the function returns with an exception pending.</summary>
    private int _uncaught;

    private Address TagOf(int index) => new(Context, _layout.Tag(index));

    /// <summary>
    /// Jumps of exceptions that leave the control at an index: to the handler around it, or out of the function.
    /// </summary>
    private ref int HandlerOf(int control)
    {
        for (; control > 0; control--)
            if (_controls[control].Kind is ControlKind.Try or ControlKind.TryTable)
                return ref _controls[control].Throws;
        return ref _uncaught;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void CheckPending()
    {
        if (!_module.UsesExceptions) return;
        _assembler.Mov(true, Scratch, new Address(Context, VmContextLayout.StoreContext));
        _assembler.Alu(AluOperation.Cmp, true, new Address(Scratch, StoreContextLayout.PendingException), 0);
        AddPatch(ref HandlerOf(_controlCount - 1), _assembler.Jcc(Condition.NotEqual));
    }

    private void EmitUncaught()
    {
        if (_uncaught < 0) return;
        Bind(_uncaught);
        RestoreSaved();
        _assembler.Leave();
        _assembler.Ret();
    }

    private void Throw(int tag)
    {
        StructLayout layout = _unit.Objects.Exception(tag);
        var type = (FunctionType)_module.Types[_module.Tags[tag]].Composite;
        R d = NewCell(layout.Size, out R temporary);
        _assembler.Mov(false, new Address(d, HeapLayout.TypeNumber), HeapLayout.ExceptionNumber);
        _assembler.Mov(true, temporary, TagOf(tag));
        _assembler.Mov(true, new Address(d, HeapLayout.ExceptionTag), temporary);
        Free(temporary);
        for (int i = type.Parameters.Length - 1; i >= 0; i--)
            PopField(new Address(d, layout.Offset(i)), HeapLayout.SizeOf(type.Parameters[i]));
        Free(d);
        ThrowPending(d);
    }

    private void ThrowReference()
    {
        R r = PopRegister();
        _assembler.Test(true, r, r);
        TrapIf(Condition.Equal, TrapCode.NullExceptionReference);
        Free(r);
        ThrowPending(r);
    }

    private void Rethrow(int depth)
    {
        R r = Allocate();
        _assembler.Mov(true, r, SlotAddress(ControlAt(depth).Height));
        Free(r);
        ThrowPending(r);
    }

    private void ThrowPending(R exception)
    {
        _assembler.Mov(true, Scratch, new Address(Context, VmContextLayout.StoreContext));
        _assembler.Mov(true, new Address(Scratch, StoreContextLayout.PendingException), exception);
        AddPatch(ref HandlerOf(_controlCount - 1), _assembler.Jmp());
        EndPath();
    }

    private void LoadPending(R d)
    {
        _assembler.Mov(true, d, new Address(Context, VmContextLayout.StoreContext));
        _assembler.Mov(true, d, new Address(d, StoreContextLayout.PendingException));
    }

    private void ClearPending()
    {
        _assembler.Mov(true, Scratch, new Address(Context, VmContextLayout.StoreContext));
        _assembler.Mov(true, new Address(Scratch, StoreContextLayout.PendingException), 0);
    }

    private void TryTable(ref InstructionReader reader)
    {
        ref Control control = ref ReadControl(ref reader, ControlKind.TryTable);
        control.FirstClause = _clauses.Count;
        control.ClauseCount = reader.ReadIndex();
        for (int i = 0; i < control.ClauseCount; i++)
        {
            int kind = reader.ReadByte();
            int tag = kind < 2 ? reader.ReadIndex() : AnyTag;
            // Labels do not count the block itself, which is not on the stack of controls yet.
            _clauses.Add(new Clause(tag, (kind & 1) != 0, _controlCount - 1 - reader.ReadIndex()));
        }
        StartBlock(ref control);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Try(ref InstructionReader reader) => StartBlock(ref ReadControl(ref reader, ControlKind.Try));

    /// <summary>
    /// Before the end of a block that handles exceptions: its handler, unless nothing in it can throw.
    /// </summary>
    private void EndHandler(ref Control control)
    {
        if (control.Kind is ControlKind.Try or ControlKind.TryTable && control.Throws >= 0)
        {
            FinishPath(ref control);
            Bind(control.Throws);
            if (control.Kind == ControlKind.TryTable) EmitClauses(control);
            AddPatch(ref HandlerOf(_controlCount - 2), _assembler.Jmp());
        }
        else if (control.Kind == ControlKind.Catch && control.ElsePatches >= 0)
        {
            FinishPath(ref control);
            Bind(control.ElsePatches);
            AddPatch(ref HandlerOf(_controlCount - 2), _assembler.Jmp());
        }
        else if (control.Kind == ControlKind.Catch)
        {
            // Results move down over the exception, which is beneath them.
            FinishPath(ref control);
        }
    }

    /// <summary>Ends the code before a handler: what comes to its end goes on behind the block.</summary>
    private void FinishPath(ref Control control)
    {
        if (_isReachable)
        {
            TakeResults(control);
            AddPatch(ref control.Patches, _assembler.Jmp());
        }
        DropTo(control.Height);
        _isReachable = false;
    }

    private void EmitClauses(in Control control)
    {
        R exception = Allocate(), tag = Allocate();
        LoadPending(exception);
        _assembler.Mov(true, tag, new Address(exception, HeapLayout.ExceptionTag));
        for (int i = 0; i < control.ClauseCount; i++)
            EmitClause(_clauses[control.FirstClause + i], exception, tag, control.Height);
        Free(exception);
        Free(tag);
    }

    private void EmitClause(Clause clause, R exception, R tag, int height)
    {
        int next = -1;
        if (clause.Tag != AnyTag)
        {
            _assembler.Alu(AluOperation.Cmp, true, tag, TagOf(clause.Tag));
            AddPatch(ref next, _assembler.Jcc(Condition.NotEqual));
        }
        ClearPending();
        if (clause.Tag != AnyTag) PushFields(clause.Tag, exception);
        if (clause.PushesReference) PushCopy(exception);
        ref Control target = ref _controls[clause.Target];
        TakeResults(target);
        JumpTo(ref target);
        DropTo(height);
        Bind(next);
    }

    private void PushCopy(R exception)
    {
        R copy = Allocate();
        _assembler.Mov(true, copy, exception);
        Push(ValueKind.Reference, copy);
    }

    private void PushFields(int tag, R exception)
    {
        StructLayout layout = _unit.Objects.Exception(tag);
        var type = (FunctionType)_module.Types[_module.Tags[tag]].Composite;
        for (int i = 0; i < type.Parameters.Length; i++)
        {
            ValueKind kind = type.Parameters[i].Kind;
            var m = new Address(exception, layout.Offset(i));
            if (type.Parameters[i].IsFloatOrVector)
            {
                VectorRegister v = AllocateVector();
                LoadVector(kind, v, m);
                Push(kind, v);
            }
            else
            {
                R d = Allocate();
                _assembler.Mov(kind != ValueKind.I32, d, m);
                Push(kind, d);
            }
        }
    }

    private void Catch(int tag)
    {
        ref Control control = ref _controls[_controlCount - 1];
        StartCatch(ref control);
        if (!_isReachable) return;
        R exception = Allocate();
        _assembler.Mov(true, exception, SlotAddress(control.Height));
        if (tag != AnyTag) CompareTag(ref control, exception, tag);
        ClearPending();
        if (tag != AnyTag) PushFields(tag, exception);
        Free(exception);
    }

    private void CompareTag(ref Control control, R exception, int tag)
    {
        _assembler.Mov(true, Scratch, new Address(exception, HeapLayout.ExceptionTag));
        _assembler.Alu(AluOperation.Cmp, true, Scratch, TagOf(tag));
        control.ElsePatches = -1;
        AddPatch(ref control.ElsePatches, _assembler.Jcc(Condition.NotEqual));
    }

    /// <summary>
    /// Goes from the body, or the clause before, to the next clause. The exception stays beneath the clause's operands
    /// as long as the clause runs, for <c>rethrow</c>.
    /// </summary>
    private void StartCatch(ref Control control)
    {
        bool isFirst = control.Kind == ControlKind.Try;
        int jumps = isFirst ? control.Throws : control.ElsePatches;
        FinishPath(ref control);
        control.Kind = ControlKind.Catch;
        control.ElsePatches = -1;
        if (jumps < 0) return;
        Bind(jumps);
        _isReachable = true;
        if (isFirst) StorePending();
        else Push(Operand.InSlot(ValueKind.Reference, _height));
    }

    private void StorePending()
    {
        R exception = Allocate();
        LoadPending(exception);
        Push(ValueKind.Reference, exception);
        FlushEntry(_height - 1);
    }

    /// <summary>Ends a <c>try</c> whose exceptions are handled where those of an outer block are.</summary>
    private void Delegate(int depth)
    {
        ref Control control = ref _controls[_controlCount - 1];
        if (control.Throws >= 0)
        {
            FinishPath(ref control);
            Bind(control.Throws);
            // The label does not count the block that ends here.
            AddPatch(ref HandlerOf(_controlCount - 2 - depth), _assembler.Jmp());
        }
        control.Kind = ControlKind.Block;
        End();
    }
}
