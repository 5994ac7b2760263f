using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Arrays: elements are accessed inline, whole arrays by built-ins.</content>
internal sealed partial class FunctionTranslation
{
    private FieldType ElementOf(int typeIndex) => ((ArrayType)_module.Types[typeIndex].Composite).Element;

    private void ArrayGet(ref InstructionReader reader, bool isSigned)
    {
        FieldType element = ElementOf(reader.ReadIndex());
        R index = PopRegister(), array = PopRegister();
        if (element.Type.IsFloatOrVector)
        {
            VectorRegister v = VectorTarget(ref reader);
            LoadVector(element.Type.Kind, v, ElementAt(array, index, HeapLayout.SizeOf(element)));
            Free(array);
            Push(element.Type.Kind, v);
        }
        else
        {
            R d = LoadTarget(ref reader, array);
            LoadField(d, ElementAt(array, index, HeapLayout.SizeOf(element)), element, isSigned);
            Push(element.Type.Kind, d);
        }
        Free(index);
    }

    private void ArraySet(ref InstructionReader reader)
    {
        FieldType element = ElementOf(reader.ReadIndex());
        int size = HeapLayout.SizeOf(element);
        Operand value = Pop();
        VectorRegister v = value.IsVector ? ToVector(value) : NoVector;
        R r = value.IsVector || value.IsImmediate ? None : ToRegister(value);
        R index = PopRegister(), array = PopRegister();
        Address m = ElementAt(array, index, size);
        if (v != NoVector) StoreVector(value.Type, m, v);
        else if (r != None) StoreRegister(m, r, size);
        else StoreConstant(m, (int)value.Bits, size);
        if (v != NoVector) Free(v);
        if (r != None) Free(r);
        Free(index);
        Free(array);
    }

    /// <summary>Compares the index with the length, which faults on null, and tells where the element is.</summary>
    private Address ElementAt(R array, R index, int size)
    {
        AddSite(TrapCode.NullArrayReference);
        _assembler.Alu(AluOperation.Cmp, false, index, new Address(array, HeapLayout.ArrayLength));
        TrapIf(Condition.AboveOrEqual, TrapCode.OutOfBoundsArrayAccess);
        if (size <= 8) return new Address(array, index, size, HeapLayout.ArrayElements);
        _assembler.Mov(false, Scratch, index);
        _assembler.Shift(ShiftOperation.Left, true, Scratch, 4);
        return new Address(array, Scratch, 1, HeapLayout.ArrayElements);
    }

    private void ArrayLength(ref InstructionReader reader)
    {
        R array = PopRegister();
        R d = LoadTarget(ref reader, array);
        AddSite(TrapCode.NullArrayReference);
        _assembler.Mov(false, d, new Address(array, HeapLayout.ArrayLength));
        Push(ValueKind.I32, d);
    }

    private void ArrayNew(int typeIndex)
    {
        PassAddress();
        FinishNew(Builtin.ArrayNewFilled, [typeIndex], 2);
    }

    private void ArrayNewFixed(ref InstructionReader reader)
    {
        int typeIndex = reader.ReadIndex(), count = reader.ReadIndex();
        for (int i = 0; i < count; i++) PopToSlot();
        R first = Allocate();
        _assembler.Lea(true, first, SlotAddress(_height));
        Push(ValueKind.I64, first);
        PushConstant(ValueKind.I32, -_slotSize);
        PushConstant(ValueKind.I32, count);
        FinishNew(Builtin.ArrayNewFixed, [typeIndex], 3);
    }

    private void ArrayNewFrom(ref InstructionReader reader, Builtin builtin)
    {
        int typeIndex = reader.ReadIndex(), segment = reader.ReadIndex();
        FinishNew(builtin, [typeIndex, segment], 2);
    }

    private void FinishNew(Builtin builtin, ReadOnlySpan<long> constants, int operands)
    {
        CallBuiltin(builtin, constants, operands);
        _assembler.Test(true, R.Rax, R.Rax);
        TrapIf(Condition.Equal, TrapCode.Pending);
        PushResult(ValueKind.Reference);
    }

    private void ArrayFill()
    {
        PassAddress();
        CallChecked(Builtin.ArrayFill, [], 4);
    }

    private void ArrayInit(ref InstructionReader reader, Builtin builtin)
    {
        reader.ReadIndex();
        CallChecked(builtin, [reader.ReadIndex()], 4);
    }

    /// <summary>
    /// Replaces the operand below the top by the address of its slot: built-ins take values of any type this way. The
    /// address takes its place on the stack and must be popped before anything is spilled.
    /// </summary>
    private void PassAddress()
    {
        Operand top = Pop();
        PopToSlot();
        R address = Allocate();
        _assembler.Lea(true, address, SlotAddress(_height));
        Push(ValueKind.I64, address);
        Push(top);
    }

    /// <summary>Pops an operand and leaves its value in its slot.</summary>
    private void PopToSlot()
    {
        Operand operand = Pop();
        if (operand.Kind != OperandKind.Slot) Store(SlotAddress(_height), operand);
        Release(operand);
    }
}
