using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>
/// Structures and i31. Objects are allocated inline from the cells that the store has at hand for their size; null is
/// not tested where an access through it faults.
/// </content>
internal sealed partial class FunctionTranslation
{
    private readonly List<(int Patch, int Back, R Object, int Size, int WasmOffset)> _allocations = [];

    /// <summary>Allocates an object of a type; its header is written, the rest is zero.</summary>
    private R NewObject(int typeIndex, int size)
    {
        R d = NewCell(size, out R temporary);
        _assembler.Mov(false, temporary, new Address(Context, _layout.Signature(typeIndex)));
        _assembler.Mov(false, new Address(d, HeapLayout.TypeNumber), temporary);
        Free(temporary);
        return d;
    }

    private R NewCell(int size, out R temporary)
    {
        R d = Allocate();
        temporary = Allocate();
        if (size > HeapLayout.LargestCell) TakeLargeCell(d, size);
        else TakeCell(d, temporary, size);
        return d;
    }

    private void TakeCell(R d, R next, int size)
    {
        int sizeClass = HeapLayout.ClassOf(size);
        _assembler.Mov(true, Scratch, new Address(Context, VmContextLayout.StoreContext));
        _assembler.Mov(true, d, new Address(Scratch, StoreContextLayout.AllocationCursor(sizeClass)));
        _assembler.Lea(true, next, new Address(d, HeapLayout.CellSize(sizeClass)));
        _assembler.Alu(AluOperation.Cmp, true, next,
            new Address(Scratch, StoreContextLayout.AllocationLimit(sizeClass)));
        int patch = _assembler.Jcc(Condition.Above);
        _assembler.Mov(true, new Address(Scratch, StoreContextLayout.AllocationCursor(sizeClass)), next);
        _allocations.Add((patch, _assembler.Length, d, size, WasmOffset));
    }

    private void TakeLargeCell(R d, int size)
    {
        CallAllocate(d, size);
        AddSite(TrapCode.None);
        _assembler.Test(true, Scratch, Scratch);
        TrapIf(Condition.Equal, TrapCode.Pending);
        _assembler.Mov(true, d, Scratch);
    }

    private void CallAllocate(R d, int size)
    {
        _assembler.Mov(true, d, new Address(Context, VmContextLayout.Builtins));
        _assembler.MovConstant(Scratch, size);
        _assembler.CallIndirect(new Address(d, (int)Builtin.Allocate * 8));
    }

    /// <summary>The slow paths of allocations, behind the function's code.</summary>
    private void EmitAllocations()
    {
        foreach ((int patch, int back, R d, int size, int wasmOffset) in _allocations)
        {
            _assembler.BindForward(patch);
            CallAllocate(d, size);
            AddSite(_assembler.Length, TrapCode.None, wasmOffset);
            _assembler.Test(true, Scratch, Scratch);
            _traps.Add((_assembler.Jcc(Condition.Equal), TrapCode.Pending, wasmOffset));
            _assembler.Mov(true, d, Scratch);
            _assembler.JmpBack(back);
        }
        _allocations.Clear();
    }

    private void StructNew(int typeIndex)
    {
        StructLayout layout = _unit.Objects.Structure(typeIndex);
        var type = (StructType)_module.Types[typeIndex].Composite;
        R d = NewObject(typeIndex, layout.Size);
        for (int i = type.Fields.Length - 1; i >= 0; i--)
            PopField(new Address(d, layout.Offset(i)), HeapLayout.SizeOf(type.Fields[i]));
        Push(ValueKind.Reference, d);
    }

    /// <summary>Pops a value into a field of an object that was just made.</summary>
    private void PopField(Address field, int size)
    {
        Operand value = Pop();
        if (value.IsVector || size >= 4) Store(field, value);
        else StorePacked(field, value, size);
        Release(value);
    }

    private void StorePacked(Address field, Operand value, int size)
    {
        if (value.Kind == OperandKind.Constant)
        {
            StoreConstant(field, (int)value.Bits, size);
            return;
        }
        R r = RegisterOf(value);
        if (r == None) Load(r = Scratch, value);
        StoreRegister(field, r, size);
    }

    private void StructNewDefault(int typeIndex) =>
        Push(ValueKind.Reference, NewObject(typeIndex, _unit.Objects.Structure(typeIndex).Size));

    private void StructGet(ref InstructionReader reader, bool isSigned)
    {
        int typeIndex = reader.ReadIndex(), index = reader.ReadIndex();
        FieldType field = ((StructType)_module.Types[typeIndex].Composite).Fields[index];
        R obj = PopRegister();
        int offset = _unit.Objects.Structure(typeIndex).Offset(index);
        var m = new Address(obj, offset);
        TestNull(obj, offset, TrapCode.NullStructureReference);
        if (field.Type.IsFloatOrVector)
        {
            VectorRegister v = VectorTarget(ref reader);
            AddSite(TrapCode.NullStructureReference);
            LoadVector(field.Type.Kind, v, m);
            Free(obj);
            Push(field.Type.Kind, v);
            return;
        }
        R d = LoadTarget(ref reader, obj);
        AddSite(TrapCode.NullStructureReference);
        LoadField(d, m, field, isSigned);
        Push(field.Type.Kind, d);
    }

    /// <summary>Loads a field that is no float and no vector.</summary>
    private void LoadField(R d, Address m, FieldType field, bool isSigned)
    {
        if (field.PackedSize == 1)
            _assembler.Extend(isSigned ? ExtendOperation.SignByte : ExtendOperation.ZeroByte, false, d, m);
        else if (field.PackedSize == 2)
            _assembler.Extend(isSigned ? ExtendOperation.SignWord : ExtendOperation.ZeroWord, false, d, m);
        else _assembler.Mov(field.Type.Kind != ValueKind.I32, d, m);
    }

    private void StructSet(ref InstructionReader reader)
    {
        int typeIndex = reader.ReadIndex(), index = reader.ReadIndex();
        FieldType field = ((StructType)_module.Types[typeIndex].Composite).Fields[index];
        Operand value = Pop();
        if (value.IsVector)
        {
            VectorRegister v = ToVector(value);
            R to = PopRegister();
            StoreVector(value.Type, FieldOf(to, typeIndex, index), v);
            Free(v);
            Free(to);
            return;
        }
        R r = value.IsImmediate ? None : ToRegister(value);
        R obj = PopRegister();
        Address m = FieldOf(obj, typeIndex, index);
        if (r == None) StoreConstant(m, (int)value.Bits, HeapLayout.SizeOf(field));
        else StoreRegister(m, r, HeapLayout.SizeOf(field));
        if (r != None) Free(r);
        Free(obj);
    }

    /// <summary>A field that the instruction emitted next accesses.</summary>
    private Address FieldOf(R obj, int typeIndex, int index)
    {
        int offset = _unit.Objects.Structure(typeIndex).Offset(index);
        var m = new Address(obj, offset);
        TestNull(obj, offset, TrapCode.NullStructureReference);
        AddSite(TrapCode.NullStructureReference);
        return m;
    }

    /// <summary>
    /// Tests for null where an access at <paramref name="displacement"/> would be too far to fault for sure.
    /// </summary>
    private void TestNull(R obj, int displacement, TrapCode code)
    {
        if (displacement < HeapLayout.NullGuardSize - 16) return;
        _assembler.Test(true, obj, obj);
        TrapIf(Condition.Equal, code);
    }

    private void ReferenceI31()
    {
        R d = ToTemporary(Pop());
        _assembler.Lea(false, d, new Address(d, d, 1, 1));
        Push(ValueKind.Reference, d);
    }

    private void I31Get(bool isSigned)
    {
        R d = ToTemporary(Pop());
        _assembler.Test(true, d, d);
        TrapIf(Condition.Equal, TrapCode.NullI31Reference);
        _assembler.Shift(isSigned ? ShiftOperation.ArithmeticRight : ShiftOperation.LogicalRight, false, d, 1);
        Push(ValueKind.I32, d);
    }
}
