namespace Drydock.Compiler.Llvm;

/// <content>
/// Cells for objects of the store's heap, taken from those that the store has at hand for their size.
/// </content>
internal sealed partial class FunctionTranslation
{
    /// <summary>A cell, zeroed, as an i64.</summary>
    private nint NewCell(int size)
    {
        if (size > HeapLayout.LargestCell) return CallAllocate(size);
        int sizeClass = HeapLayout.ClassOf(size);
        nint cursor = _ir.Offset(_store, StoreContextLayout.AllocationCursor(sizeClass));
        nint limit = _ir.Offset(_store, StoreContextLayout.AllocationLimit(sizeClass));
        nint cell = _ir.Load(_ir.I64, cursor, AliasClass.Store);
        nint next = _ir.Binary(BinaryOperation.Add, cell, _ir.Int64(HeapLayout.CellSize(sizeClass)));
        nint quick = _ir.NewBlock(_function), slow = _ir.NewBlock(_function), done = _ir.NewBlock(_function);
        nint isFull = _ir.Compare(IntegerPredicate.Above, next, _ir.Load(_ir.I64, limit, AliasClass.Store));
        _ir.Branch(isFull, slow, quick);
        _ir.MoveTo(quick);
        _ir.Store(next, cursor, AliasClass.Store);
        _ir.Branch(done);
        _ir.MoveTo(slow);
        nint fresh = CallAllocate(size), end = _ir.Block;
        _ir.Branch(done);
        _ir.MoveTo(done);
        nint result = _ir.Phi(_ir.I64);
        IrBuilder.AddIncoming(result, cell, quick);
        IrBuilder.AddIncoming(result, fresh, end);
        return result;
    }

    private nint CallAllocate(int size)
    {
        nint cell = CallBuiltin(Builtin.AllocateCell, _ir.I64, _ir.Int64(size));
        TrapIf(IsNull(cell), TrapCode.Pending);
        return cell;
    }
}
