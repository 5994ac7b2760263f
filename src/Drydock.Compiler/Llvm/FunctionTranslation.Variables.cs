using Drydock.Wasm.Binary;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <content>Locals, globals, tables and references.</content>
internal sealed partial class FunctionTranslation
{
    private void LocalGet(int index) => Push(_ir.LoadLocal(TypeOf(_localKinds[index]), _locals[index]));
    private void LocalSet(int index) => _ir.StoreLocal(Pop(), _locals[index]);
    private void LocalTee(int index) => _ir.StoreLocal(_stack[^1], _locals[index]);

    private void Select()
    {
        nint condition = IsTrue(Pop()), no = Pop(), yes = Pop();
        Push(_ir.Select(condition, yes, no));
    }

    private nint GlobalAddress(int index)
    {
        nint slot = At(_layout.Global(index));
        return _layout.IsGlobalIndirect(index) ? _ir.Load(_ir.Pointer, slot, AliasClass.Constant) : slot;
    }

    private void GlobalGet(int index)
    {
        var type = _module.Globals[index].Type;
        Push(_ir.Load(TypeOf(type.Type.Kind), GlobalAddress(index), type.IsMutable
            ? AliasClass.Global
            : AliasClass.Constant));
    }

    /// <summary>
    /// A trap leaves globals as they are then, so that stores keep their place among accesses that may trap.
    /// </summary>
    private void GlobalSet(int index) => SetVolatile(_ir.Store(Pop(), GlobalAddress(index), AliasClass.Global), 1);

    private bool IsTable64(int table) => _module.Tables[table].Type.Limits.Is64Bit;

    /// <summary>An index or length of a table or memory as an i64.</summary>
    private nint Widen(nint value, bool is64Bit) => is64Bit ? value : ZExt(value, _ir.I64);

    /// <summary>The address of an element, its index having been compared.</summary>
    private nint ElementAddress(int table, nint index, TrapCode trap)
    {
        nint block = _ir.Load(_ir.Pointer, At(_layout.Table(table)), AliasClass.Constant);
        nint wide = Widen(index, IsTable64(table));
        TrapIf(_ir.Compare(IntegerPredicate.AboveOrEqual, wide, TableLength(table, block)), trap);
        var changes = FixedLength(table) is null ? AliasClass.Table : AliasClass.Constant;
        nint elements = _ir.Load(_ir.Pointer, _ir.Offset(block, TableLayout.Elements), changes);
        return _ir.Index(elements, _ir.Binary(BinaryOperation.Shl, wide, _ir.Int64(3)));
    }

    /// <summary>The length of a table that cannot grow, so that its elements never move either; else null.</summary>
    private ulong? FixedLength(int table)
    {
        var limits = _module.Tables[table].Type.Limits;
        return limits.Maximum == limits.Minimum ? limits.Minimum : null;
    }

    private nint TableLength(int table, nint block) => FixedLength(table) is { } length
        ? _ir.Int64((long)length)
        : _ir.Load(_ir.I64, _ir.Offset(block, TableLayout.Length), AliasClass.Table);

    private nint LoadElement(int table, nint index, TrapCode trap) =>
        _ir.Load(_ir.I64, ElementAddress(table, index, trap), AliasClass.Table);

    private void TableGet(int table) => Push(LoadElement(table, Pop(), TrapCode.OutOfBoundsTableAccess));

    private void TableSet(int table)
    {
        nint value = Pop();
        SetVolatile(_ir.Store(value, ElementAddress(table, Pop(), TrapCode.OutOfBoundsTableAccess), AliasClass.Table),
            1);
    }

    private void TableSize(int table)
    {
        nint block = _ir.Load(_ir.Pointer, At(_layout.Table(table)), AliasClass.Constant);
        nint length = TableLength(table, block);
        Push(IsTable64(table) ? length : Trunc(length, _ir.I32));
    }

    private void TableGrow(int table)
    {
        nint delta = Widen(Pop(), IsTable64(table)), value = Pop();
        nint old = CallBuiltin(Builtin.TableGrow, _ir.I64, _ir.Int32(table), value, delta);
        Push(IsTable64(table) ? old : Trunc(old, _ir.I32));
    }

    private void TableFill(int table)
    {
        nint length = Widen(Pop(), IsTable64(table)), value = Pop(), start = Widen(Pop(), IsTable64(table));
        CallChecked(Builtin.TableFill, _ir.Int32(table), start, value, length);
    }

    private void TableCopy(int destination, int source)
    {
        nint length = Widen(Pop(), IsTable64(destination) && IsTable64(source));
        nint from = Widen(Pop(), IsTable64(source)), to = Widen(Pop(), IsTable64(destination));
        CallChecked(Builtin.TableCopy, _ir.Int32(destination), _ir.Int32(source), to, from, length);
    }

    private void TableInit(int segment, int table)
    {
        nint length = ZExt(Pop(), _ir.I64), from = ZExt(Pop(), _ir.I64), to = Widen(Pop(), IsTable64(table));
        CallChecked(Builtin.TableInit, _ir.Int32(table), _ir.Int32(segment), to, from, length);
    }

    private void ReferenceNull(ref InstructionReader reader)
    {
        reader.ReadHeapType();
        Push(_ir.Int64(0));
    }

    private void ReferenceAsNonNull() => TrapIf(IsNull(_stack[^1]), TrapCode.NullReference);

    private nint IsNull(nint reference) => _ir.Compare(IntegerPredicate.Equal, reference, _ir.Int64(0));

    private void ReferenceFunction(int index) =>
        Push(CallBuiltin(Builtin.ReferenceFunction, _ir.I64, _ir.Int32(index)));
}
