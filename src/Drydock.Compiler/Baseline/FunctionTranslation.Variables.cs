using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Locals, globals and tables.</content>
internal sealed partial class FunctionTranslation
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LocalSet(int index)
    {
        Operand operand = Pop();
        SetLocal(index, operand);
        Release(operand);
    }

    private void LocalTee(int index)
    {
        Operand operand = Pop();
        SetLocal(index, operand);
        if (operand.Kind == OperandKind.Register && !_locals[index].IsPinned)
        {
            Push(operand);
            return;
        }
        Release(operand);
        PushLocal(index);
    }

    /// <summary>
    /// Pushes what an instruction left in a temporary, or in the register of the local that the next instruction sets:
    /// then that is done with.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PushOrSet(ref InstructionReader reader, ValueKind type, R d)
    {
        if (IsTemporary(d)) Push(type, d);
        else PassOverSet(ref reader);
    }

    private void PushOrSet(ref InstructionReader reader, ValueKind type, VectorRegister d)
    {
        if (IsTemporary(d)) Push(type, d);
        else PassOverSet(ref reader);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void PassOverSet(ref InstructionReader reader)
    {
        bool isTee = reader.ReadByte() == (byte)Opcode.LocalTee;
        int index = FirstLocal + reader.ReadIndex();
        if (isTee) PushLocal(index);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void SetLocal(int index, Operand operand)
    {
        if (operand.Kind == OperandKind.Local && operand.Local == index) return;
        ref Local local = ref _locals[index];
        if (local.Latest.Bits != Operand.NoPlace) MaterializeLocal(index);
        if (!local.IsPinned) Store(local.Home, operand);
        else if (local.IsVector) LoadVector((VectorRegister)local.Pin, operand);
        else if (operand.IsZero) _assembler.Alu(AluOperation.Xor, false, (R)local.Pin, (R)local.Pin);
        else Load((R)local.Pin, operand);
    }

    private Address GlobalAddress(int index)
    {
        if (!_layout.IsGlobalIndirect(index)) return new Address(Context, _layout.Global(index));
        _assembler.Mov(true, Scratch, new Address(Context, _layout.Global(index)));
        return new Address(Scratch);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GlobalGet(ref InstructionReader reader)
    {
        int index = reader.ReadIndex();
        ValueKind type = _module.Globals[index].Type.Type.Kind;
        if (Operand.Constant(type, 0).IsVector)
        {
            VectorRegister v = AllocateVector();
            LoadVector(type, v, GlobalAddress(index));
            Push(type, v);
            return;
        }
        R d = PeekTarget(ref reader);
        if (d == None) d = Allocate();
        _assembler.Mov(type != ValueKind.I32, d, GlobalAddress(index));
        PushOrSet(ref reader, type, d);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GlobalSet(int index)
    {
        Operand operand = Pop();
        if (operand.IsVector)
        {
            VectorRegister v = ToVector(operand);
            StoreVector(operand.Type, GlobalAddress(index), v);
            Free(v);
        }
        else if (operand.IsImmediate)
        {
            _assembler.Mov(operand.IsWide, GlobalAddress(index), (int)operand.Bits);
        }
        else
        {
            R r = ToRegister(operand);
            _assembler.Mov(operand.IsWide, GlobalAddress(index), r);
            Free(r);
        }
    }

    /// <summary>
    /// Leaves the address of the table's elements in the scratch register, having compared the index.
    /// </summary>
    private void CheckElement(int table, R index)
    {
        _assembler.Mov(true, Scratch, new Address(Context, _layout.Table(table)));
        _assembler.Alu(AluOperation.Cmp, true, index, new Address(Scratch, TableLayout.Length));
        TrapIf(Condition.AboveOrEqual, TrapCode.OutOfBoundsTableAccess);
        _assembler.Mov(true, Scratch, new Address(Scratch, TableLayout.Elements));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TableGet(int table)
    {
        R index = PopRegister();
        CheckElement(table, index);
        Free(index);
        R d = Allocate();
        _assembler.Mov(true, d, new Address(Scratch, index, 8, 0));
        Push(_module.Tables[table].Type.Element.Kind, d);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TableSet(int table)
    {
        R value = PopRegister(), index = PopRegister();
        CheckElement(table, index);
        _assembler.Mov(true, new Address(Scratch, index, 8, 0), value);
        Free(value);
        Free(index);
    }

    private void TableSize(int table)
    {
        R d = Allocate();
        _assembler.Mov(true, d, new Address(Context, _layout.Table(table)));
        _assembler.Mov(true, d, new Address(d, TableLayout.Length));
        Push(_module.Tables[table].Type.Limits.Is64Bit ? ValueKind.I64 : ValueKind.I32, d);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TableGrow(int table)
    {
        // The built-in takes the initial value before the count, as they are on the stack.
        bool is64Bit = _module.Tables[table].Type.Limits.Is64Bit;
        CallBuiltin(Builtin.TableGrow, [table], 2, ValueKind.I64);
        if (!is64Bit) Narrow();
    }

    /// <summary>Makes an i32 of the i64 on top of the stack, which is in a temporary register.</summary>
    private void Narrow()
    {
        R r = ToTemporary(Pop());
        _assembler.Mov(false, r, r);
        Push(ValueKind.I32, r);
    }
}
