using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Compiler.Llvm;

/// <content>
/// Exceptions. Throwing makes an exception pending and goes to the function's nearest handler, or returns where there
/// is none; after every call what is pending is compared. A handler is a block that stands where its own block ends.
/// </content>
internal sealed partial class FunctionTranslation
{
    private const int AnyTag = -1;

    /// <summary>A clause of a <c>try_table</c>.</summary>
    private readonly record struct Clause(int Tag, bool PushesReference, Label Target);

    /// <summary>Whether a label's block handles exceptions of what is in it.</summary>
    private enum Handling { None, TryTable, Try, Catch }

    private void TryTable(ref InstructionReader reader)
    {
        var (parameters, results) = ReadBlockType(ref reader);
        var clauses = new Clause[reader.ReadIndex()];
        for (int i = 0; i < clauses.Length; i++)
        {
            int kind = reader.ReadByte();
            int tag = kind < 2 ? reader.ReadIndex() : AnyTag;
            // Labels do not count the block itself.
            clauses[i] = new Clause(tag, (kind & 1) != 0, LabelAt(reader.ReadIndex()));
        }
        AddHandling(parameters, results, Handling.TryTable).Clauses = clauses;
    }

    private void Try(ref InstructionReader reader)
    {
        var (parameters, results) = ReadBlockType(ref reader);
        AddHandling(parameters, results, Handling.Try);
    }

    private Label AddHandling(ValueKind[] parameters, ValueKind[] results, Handling handling)
    {
        var label = new Label
        {
            Carries = results,
            Results = results,
            Height = _stack.Count - parameters.Length,
            Handling = handling,
        };
        _labels.Add(label);
        return label;
    }

    /// <summary>
    /// Where exceptions go that leave the label at an index: to the handler around it, or out of the function.
    /// </summary>
    private nint HandlerOf(int label)
    {
        for (; label > 0; label--)
        {
            if (_labels[label].Handling is not (Handling.Try or Handling.TryTable)) continue;
            if (_labels[label].Handler == 0) _labels[label].Handler = _ir.NewBlock(_function);
            return _labels[label].Handler;
        }
        return UncaughtBlock();
    }

    private nint PendingException => _ir.Offset(_store, StoreContextLayout.PendingException);

    private void SetPending(nint exception) => _ir.Store(exception, PendingException, AliasClass.Store);

    /// <summary>After a call: an exception that is pending goes to the nearest handler.</summary>
    private void CheckPending()
    {
        nint pending = _ir.Load(_ir.I64, PendingException, AliasClass.Store);
        nint next = _ir.NewBlock(_function);
        _ir.Branch(IsNull(pending), next, HandlerOf(_labels.Count - 1));
        _ir.MoveTo(next);
    }

    private nint _uncaught;

    /// <summary>Returns with the exception pending; results mean nothing then.</summary>
    private nint UncaughtBlock()
    {
        if (_uncaught != 0) return _uncaught;
        nint here = _ir.Block;
        _ir.MoveTo(_uncaught = _ir.NewBlock(_function));
        if (_type.Results.Length == 0) _ir.Return();
        else _ir.Return(LlvmNative.ConstNull(CrossingType(_type.Results[0].Kind)));
        _ir.MoveTo(here);
        return _uncaught;
    }

    private void Throw(int tag)
    {
        StructLayout layout = _unit.Objects.Exception(tag);
        var type = (FunctionType)_module.Types[_module.Tags[tag]].Composite;
        nint cell = NewCell(layout.Size), exception = ToPointer(cell);
        _ir.Store(_ir.Int32(HeapLayout.ExceptionNumber), _ir.Offset(exception, HeapLayout.TypeNumber), AliasClass.Heap);
        _ir.Store(LoadTag(tag), _ir.Offset(exception, HeapLayout.ExceptionTag), AliasClass.Heap);
        for (int i = type.Parameters.Length - 1; i >= 0; i--)
            Unaligned(_ir.Store(Pop(), _ir.Offset(exception, layout.Offset(i)), AliasClass.Heap));
        ThrowPending(cell);
    }

    private nint LoadTag(int tag) => _ir.Load(_ir.I64, At(_layout.Tag(tag)), AliasClass.Constant);

    /// <summary>Vectors in objects are aligned to eight bytes.</summary>
    private static nint Unaligned(nint access)
    {
        LlvmNative.SetAlignment(access, 4);
        return access;
    }

    private void ThrowReference()
    {
        nint exception = Pop();
        TrapIf(IsNull(exception), TrapCode.NullExceptionReference);
        ThrowPending(exception);
    }

    private void Rethrow(int depth) => ThrowPending(LabelAt(depth).Exception);

    private void ThrowPending(nint exception)
    {
        SetPending(exception);
        _ir.Branch(HandlerOf(_labels.Count - 1));
        EndPath();
    }

    /// <summary>
    /// Before the end of a block that handles exceptions: its handler, unless nothing in it can throw.
    /// </summary>
    private void EndHandler(Label label)
    {
        if (label.Handler == 0) return;
        nint handler = label.Handler;
        FinishPath(label);
        _ir.MoveTo(handler);
        if (!EmitClauses(label)) _ir.Branch(HandlerOf(_labels.Count - 2));
        label.Handler = 0;
    }

    /// <summary>Ends the code before a handler: what comes to its end goes on behind the block.</summary>
    private void FinishPath(Label label)
    {
        if (_isReachable) JumpTo(label);
        Cut(label.Height);
        _isReachable = false;
    }

    /// <summary>Whether the clauses leave nothing over.</summary>
    private bool EmitClauses(Label label)
    {
        if (label.Clauses.Length == 0) return false;
        nint exception = _ir.Load(_ir.I64, PendingException, AliasClass.Store), tag = TagOf(exception);
        foreach (var clause in label.Clauses)
        {
            nint next = clause.Tag == AnyTag ? 0 : BranchOnTag(tag, clause.Tag);
            SetPending(_ir.Int64(0));
            if (clause.Tag != AnyTag) PushFields(clause.Tag, exception);
            if (clause.PushesReference) Push(exception);
            JumpTo(clause.Target);
            Cut(label.Height);
            if (next == 0) return true;
            _ir.MoveTo(next);
        }
        return false;
    }

    private nint TagOf(nint exception) =>
        _ir.Load(_ir.I64, _ir.Offset(ToPointer(exception), HeapLayout.ExceptionTag), AliasClass.Heap);

    /// <summary>Goes on where an exception has a tag; the block for others.</summary>
    private nint BranchOnTag(nint actual, int tag)
    {
        nint match = _ir.NewBlock(_function), next = _ir.NewBlock(_function);
        _ir.Branch(_ir.Compare(IntegerPredicate.Equal, actual, LoadTag(tag)), match, next);
        _ir.MoveTo(match);
        return next;
    }

    private void PushFields(int tag, nint exception)
    {
        StructLayout layout = _unit.Objects.Exception(tag);
        var type = (FunctionType)_module.Types[_module.Tags[tag]].Composite;
        for (int i = 0; i < type.Parameters.Length; i++)
        {
            nint field = _ir.Offset(ToPointer(exception), layout.Offset(i));
            Push(Unaligned(_ir.Load(TypeOf(type.Parameters[i].Kind), field, AliasClass.Heap)));
        }
    }

    private void Catch(int tag)
    {
        var label = _labels[^1];
        StartCatch(label);
        if (!_isReachable) return;
        if (tag != AnyTag) label.Handler = BranchOnTag(TagOf(label.Exception), tag);
        SetPending(_ir.Int64(0));
        if (tag != AnyTag) PushFields(tag, label.Exception);
    }

    /// <summary>Goes from the body, or the clause before, to the next clause, unless nothing leads there.</summary>
    private void StartCatch(Label label)
    {
        bool isFirst = label.Handling == Handling.Try;
        nint here = label.Handler;
        FinishPath(label);
        (label.Handling, label.Handler) = (Handling.Catch, 0);
        if (here == 0) return;
        _ir.MoveTo(here);
        _isReachable = true;
        if (isFirst) label.Exception = _ir.Load(_ir.I64, PendingException, AliasClass.Store);
    }

    /// <summary>Ends a <c>try</c> whose exceptions are handled where those of an outer block are.</summary>
    private void Delegate(int depth)
    {
        var label = _labels[^1];
        if (label.Handler != 0)
        {
            FinishPath(label);
            _ir.MoveTo(label.Handler);
            // The label does not count the block that ends here.
            _ir.Branch(HandlerOf(_labels.Count - 2 - depth));
        }
        (label.Handling, label.Handler) = (Handling.None, 0);
        End();
    }
}
