using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>
/// Memories. A 32-bit memory is followed by as much unmapped space as addresses and offsets can reach, so that its
/// accesses are not checked. Those of 64-bit memories are, and of memories whose pages are smaller than the machine's.
/// </content>
internal sealed partial class FunctionTranslation
{
    /// <summary>
    /// Reads a memory argument, pops the address and tells where the access of <paramref name="size"/> bytes goes. What
    /// is in <paramref name="index"/> is to be freed after the access.
    /// </summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private Address PopAddress(ref InstructionReader reader, int size, out R index)
    {
        Operand operand = Pop();
        if (!TryReadNear(ref reader, operand, out int offset)) return AddressOf(ref reader, operand, size, out index);
        index = ToRegister(operand);
        return Address.Near(MemoryBase, index, offset);
    }

    /// <summary>
    /// Reads a memory argument if it is one of the first memory and shortly behind what is, or will be, in a register.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadNear(ref InstructionReader reader, Operand operand, out int offset)
    {
        offset = 0;
        return operand.Kind != OperandKind.Constant && _areMemoriesGuarded && reader.TryReadShortOffset(out offset);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Address AddressOf(ref InstructionReader reader, Operand operand, int size, out R index)
    {
        reader.ReadMemoryArgument(out _, out int memory, out ulong offset);
        return _areMemoriesGuarded || MemoryLayout.IsGuarded(_module.Memories[memory])
            ? GuardedAddress(memory, offset, operand, out index)
            : CheckedAddress(memory, offset, size, operand, out index);
    }

    private Address GuardedAddress(int memory, ulong offset, Operand operand, out R index)
    {
        R @base = BaseOf(memory);
        index = None;
        if (operand.Kind == OperandKind.Constant)
        {
            offset += (uint)operand.Bits;
            if (offset <= int.MaxValue) return new Address(@base, (int)offset);
            return Far(new Address(@base), offset);
        }
        index = ToRegister(operand);
        if (offset <= int.MaxValue) return new Address(@base, index, 1, (int)offset);
        return Far(new Address(@base, index, 1, 0), offset);
    }

    /// <summary>
    /// Compares the end of the access, which is left in the scratch register, with the memory's size.
    /// </summary>
    private Address CheckedAddress(int memory, ulong offset, int size, Operand operand, out R index)
    {
        R address = ToRegister(operand), block = Allocate();
        index = block;
        ComputeEnd(address, offset, (ulong)size);
        Free(address);
        _assembler.Mov(true, block, new Address(Context, _layout.Memory(memory)));
        _assembler.Alu(AluOperation.Cmp, true, Scratch, new Address(block, MemoryLayout.ByteLength));
        TrapIf(Condition.Above, TrapCode.OutOfBoundsMemoryAccess);
        if (memory == 0) return new Address(MemoryBase, Scratch, 1, -size);
        _assembler.Mov(true, block, new Address(block, MemoryLayout.Base));
        return new Address(block, Scratch, 1, -size);
    }

    private void ComputeEnd(R address, ulong offset, ulong size)
    {
        if (offset > ulong.MaxValue - size)
        {
            _assembler.Alu(AluOperation.Cmp, true, address, address);
            TrapIf(Condition.Equal, TrapCode.OutOfBoundsMemoryAccess);
            return;
        }
        ulong distance = offset + size;
        _assembler.MovConstant(Scratch, (long)distance);
        _assembler.Alu(AluOperation.Add, true, Scratch, address);
        TrapIf(Condition.Below, TrapCode.OutOfBoundsMemoryAccess);
    }

    private R BaseOf(int memory)
    {
        if (memory == 0) return MemoryBase;
        _assembler.Mov(true, Scratch, new Address(Context, _layout.Memory(memory)));
        _assembler.Mov(true, Scratch, new Address(Scratch, MemoryLayout.Base));
        return Scratch;
    }

    /// <summary>Adds an offset too large for a displacement, in steps, in the scratch register.</summary>
    private Address Far(Address start, ulong offset)
    {
        _assembler.Lea(true, Scratch, start);
        for (; offset > int.MaxValue; offset -= int.MaxValue)
            _assembler.Lea(true, Scratch, new Address(Scratch, int.MaxValue));
        return new Address(Scratch, (int)offset);
    }

    private R LoadTarget(ref InstructionReader reader, R index)
    {
        R target = PeekTarget(ref reader);
        if (target == None && index != None && IsTemporary(index)) return index;
        if (target == None) return Allocate();
        if (index != None) Free(index);
        return target;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LoadInteger(ref InstructionReader reader, LoadOperation operation, bool wide, ValueKind type, int size)
    {
        Operand operand = Pop();
        if (!TryReadNear(ref reader, operand, out int offset))
        {
            LoadFar(ref reader, operation, wide, type, AddressOf(ref reader, operand, size, out R far), far);
            return;
        }
        R index = ToRegister(operand), target = PeekTarget(ref reader), d = target;
        if (target != None) Free(index);
        else d = IsTemporary(index) ? index : Allocate();
        AddSiteHere(TrapCode.OutOfBoundsMemoryAccess);
        _assembler.LoadNear(operation, wide, d, MemoryBase, index, offset);
        if (target != None) PassOverSet(ref reader);
        else Push(type, d);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void LoadFar(
        ref InstructionReader reader, LoadOperation operation, bool wide, ValueKind type, Address m, R index)
    {
        R d = LoadTarget(ref reader, index);
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        _assembler.Load(operation, wide, d, m);
        PushOrSet(ref reader, type, d);
    }

    private static int SizeOf(ValueKind type) => type switch
    {
        ValueKind.I32 or ValueKind.F32 => 4,
        ValueKind.V128 => 16,
        _ => 8,
    };

    private void LoadFloat(ref InstructionReader reader, ValueKind type)
    {
        Address m = PopAddress(ref reader, SizeOf(type), out R index);
        VectorRegister d = PeekVectorTarget(ref reader);
        if (d == NoVector) d = AllocateVector();
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        LoadVector(type, d, m);
        if (index != None) Free(index);
        PushOrSet(ref reader, type, d);
    }

    private void StoreFloat(ref InstructionReader reader, ValueKind type)
    {
        VectorRegister value = PopVector();
        Address m = PopAddress(ref reader, SizeOf(type), out R index);
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        StoreVector(type, m, value);
        Free(value);
        if (index != None) Free(index);
    }

    /// <summary>Stores the low <paramref name="size"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StoreInteger(ref InstructionReader reader, int size)
    {
        Operand value = Pop();
        R r = value.IsImmediate ? None : ToRegister(value);
        Operand operand = Pop();
        if (r == None || !TryReadNear(ref reader, operand, out int offset))
        {
            StoreFar(AddressOf(ref reader, operand, size, out R far), far, value, r, size);
            return;
        }
        R index = ToRegister(operand);
        AddSiteHere(TrapCode.OutOfBoundsMemoryAccess);
        _assembler.StoreNear(size, r, MemoryBase, index, offset);
        Free(r);
        Free(index);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StoreFar(Address m, R index, Operand value, R r, int size)
    {
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        if (r == None) StoreConstant(m, (int)value.Bits, size);
        else StoreRegister(m, r, size);
        if (r != None) Free(r);
        if (index != None) Free(index);
    }

    private void StoreConstant(Address m, int value, int size)
    {
        if (size == 1) _assembler.MovByte(m, value);
        else if (size == 2) _assembler.MovWord(m, value);
        else _assembler.Mov(size == 8, m, value);
    }

    private void StoreRegister(Address m, R r, int size)
    {
        if (size == 1) _assembler.MovByte(m, r);
        else if (size == 2) _assembler.MovWord(m, r);
        else _assembler.Mov(size == 8, m, r);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MemorySize(int memory)
    {
        MemoryType type = _module.Memories[memory];
        R d = Allocate();
        _assembler.Mov(true, d, new Address(Context, _layout.Memory(memory)));
        _assembler.Mov(true, d, new Address(d, MemoryLayout.ByteLength));
        if (type.PageSizeLog2 > 0) _assembler.Shift(ShiftOperation.LogicalRight, true, d, type.PageSizeLog2);
        Push(IntegerType(type.Limits.Is64Bit), d);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void MemoryGrow(int memory)
    {
        CallBuiltin(Builtin.MemoryGrow, [memory], 1, ValueKind.I64);
        if (!_module.Memories[memory].Limits.Is64Bit) Narrow();
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Bulk(ref InstructionReader reader, Builtin builtin)
    {
        int first = reader.ReadIndex(), second = reader.ReadIndex();
        // An instruction names the segment before the memory or table it is copied to; the built-ins take it after.
        bool isInit = builtin is Builtin.MemoryInit or Builtin.TableInit;
        CallChecked(builtin, isInit ? [second, first] : [first, second], 3);
    }
}
