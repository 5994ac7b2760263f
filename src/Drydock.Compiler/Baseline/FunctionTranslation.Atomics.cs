using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>
/// Atomic accesses. They are sequentially consistent: on x86-64 a load is a plain load, a store an exchange, and what
/// reads and writes is locked.
/// </content>
internal sealed partial class FunctionTranslation
{
    private void Fence(ref InstructionReader reader)
    {
        reader.Skip(1);
        _assembler.Mfence();
    }

    private Address PopAtomicAddress(ref InstructionReader reader, int size, out R index)
    {
        reader.ReadMemoryArgument(out _, out int memory, out ulong offset);
        return AtomicAddress(memory, offset, size, Operand.InRegister(IndexType(memory), (int)PopRegister()),
            out index);
    }

    private ValueKind IndexType(int memory) => IntegerType(_module.Memories[memory].Limits.Is64Bit);

    /// <summary>Traps unless the address, in a register, is a multiple of the size; then as for any access.</summary>
    private Address AtomicAddress(int memory, ulong offset, int size, in Operand address, out R index)
    {
        int mask = size - 1;
        if (mask != 0)
        {
            R tested = (R)address.Number;
            if (((int)offset & mask) != 0)
            {
                _assembler.Lea(false, Scratch, new Address(tested, (int)offset & mask));
                tested = Scratch;
            }
            _assembler.Test(false, tested, mask);
            TrapIf(Condition.NotEqual, TrapCode.UnalignedAtomic);
        }
        return MemoryLayout.IsGuarded(_module.Memories[memory])
            ? GuardedAddress(memory, offset, address, out index)
            : CheckedAddress(memory, offset, size, address, out index);
    }

    private void AtomicLoad(ref InstructionReader reader, ValueKind type, int size)
    {
        Address m = PopAtomicAddress(ref reader, size, out R index);
        R d = LoadTarget(ref reader, index);
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        LoadZeroExtended(d, m, size);
        Push(type, d);
    }

    private void LoadZeroExtended(R d, Address m, int size)
    {
        if (size == 1) _assembler.Extend(ExtendOperation.ZeroByte, false, d, m);
        else if (size == 2) _assembler.Extend(ExtendOperation.ZeroWord, false, d, m);
        else _assembler.Mov(size == 8, d, m);
    }

    private void ZeroExtend(R d, R s, int size)
    {
        if (size == 1) _assembler.Extend(ExtendOperation.ZeroByte, false, d, s);
        else if (size == 2) _assembler.Extend(ExtendOperation.ZeroWord, false, d, s);
        else _assembler.Mov(size == 8, d, s);
    }

    private void AtomicStore(ref InstructionReader reader, int size)
    {
        R value = ToTemporary(Pop());
        Address m = PopAtomicAddress(ref reader, size, out R index);
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        _assembler.Xchg(size, m, value);
        Free(value);
        if (index != None) Free(index);
    }

    private void AtomicExchange(ref InstructionReader reader, ValueKind type, int size)
    {
        R value = ToTemporary(Pop());
        Address m = PopAtomicAddress(ref reader, size, out R index);
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        _assembler.Xchg(size, m, value);
        FinishAtomic(type, size, value, index);
    }

    private void AtomicAdd(ref InstructionReader reader, ValueKind type, int size, bool negate)
    {
        R value = ToTemporary(Pop());
        Address m = PopAtomicAddress(ref reader, size, out R index);
        if (negate) _assembler.Unary(UnaryOperation.Neg, size == 8, value);
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        _assembler.LockXadd(size, m, value);
        FinishAtomic(type, size, value, index);
    }

    private void FinishAtomic(ValueKind type, int size, R result, R index)
    {
        if (size < 4) ZeroExtend(result, result, size);
        else if (size == 4) _assembler.Mov(false, result, result);
        if (index != None) Free(index);
        Push(type, result);
    }

    /// <summary>
    /// An operation that the machine has no instruction for which tells the old value: tries until undisturbed.
    /// </summary>
    private void AtomicLoop(ref InstructionReader reader, ValueKind type, int size, AluOperation operation)
    {
        reader.ReadMemoryArgument(out _, out int memory, out ulong offset);
        R value = PopOutsideRax(), address = PopOutsideRax();
        Claim(R.Rax);
        Address m = AtomicAddress(memory, offset, size, Operand.InRegister(IndexType(memory), (int)address),
            out R index);
        R next = Allocate();
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        LoadZeroExtended(R.Rax, m, size);
        int again = _assembler.Length;
        _assembler.Mov(true, next, R.Rax);
        _assembler.Alu(operation, size == 8, next, value);
        _assembler.LockCmpxchg(size, m, next);
        _assembler.JccBack(Condition.NotEqual, again);
        Free(next);
        Free(value);
        FinishAtomic(type, size, R.Rax, index);
    }

    /// <summary>Only as much of what is expected is compared as is accessed.</summary>
    private void AtomicCompareExchange(ref InstructionReader reader, ValueKind type, int size)
    {
        reader.ReadMemoryArgument(out _, out int memory, out ulong offset);
        R replacement = PopOutsideRax(), expected = PopOutsideRax(), address = PopOutsideRax();
        Claim(R.Rax);
        _assembler.Mov(true, R.Rax, expected);
        Free(expected);
        Address m = AtomicAddress(memory, offset, size, Operand.InRegister(IndexType(memory), (int)address),
            out R index);
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        _assembler.LockCmpxchg(size, m, replacement);
        Free(replacement);
        FinishAtomic(type, size, R.Rax, index);
    }

    /// <summary>Waits for a notification, or notifies: in the runtime, which checks the address too.</summary>
    private void CallWaiting(ref InstructionReader reader, Builtin builtin, int operands)
    {
        reader.ReadMemoryArgument(out _, out int memory, out ulong offset);
        CallBuiltin(builtin, [memory, (long)offset], operands, ValueKind.I64);
        _assembler.Test(true, R.Rax, R.Rax);
        TrapIf(Condition.Sign, TrapCode.Pending);
        Narrow();
    }
}
