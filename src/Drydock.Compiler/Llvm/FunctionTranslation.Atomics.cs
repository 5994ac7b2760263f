using Drydock.Wasm;
using Drydock.Wasm.Binary;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <content>Atomic accesses, all of them sequentially consistent. Opcodes come in rows of seven, one for each
/// width.</content>
internal sealed partial class FunctionTranslation
{
    private const int SequentiallyConsistent = 7;
    private static readonly (bool Is64Bit, int Size)[] AtomicWidths =
        [(false, 4), (true, 8), (false, 1), (false, 2), (true, 1), (true, 2), (true, 4)];

    private void TranslateAtomic(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            case Opcode.MemoryAtomicNotify: CallWaiting(ref reader, Builtin.AtomicNotify, 2); break;
            case Opcode.MemoryAtomicWait32: CallWaiting(ref reader, Builtin.AtomicWait32, 3); break;
            case Opcode.MemoryAtomicWait64: CallWaiting(ref reader, Builtin.AtomicWait64, 3); break;
            case Opcode.AtomicFence: reader.Skip(1); _ir.Fence(SequentiallyConsistent); break;
            default: TranslateAtomicAccess((int)opcode - (int)Opcode.I32AtomicLoad, ref reader); break;
        }
    }

    private void TranslateAtomicAccess(int place, ref InstructionReader reader)
    {
        var (is64Bit, size) = AtomicWidths[place % AtomicWidths.Length];
        nint type = is64Bit ? _ir.I64 : _ir.I32, width = IntType(_ir.Context, (uint)size * 8);
        switch ((Opcode)((int)Opcode.I32AtomicLoad + place / AtomicWidths.Length * AtomicWidths.Length))
        {
            case Opcode.I32AtomicLoad: AtomicLoad(ref reader, type, width, size); break;
            case Opcode.I32AtomicStore: AtomicStore(ref reader, width, size); break;
            case Opcode.I32AtomicRmwAdd: AtomicUpdate(ref reader, AtomicOperation.Add, type, width, size); break;
            case Opcode.I32AtomicRmwSub: AtomicUpdate(ref reader, AtomicOperation.Sub, type, width, size); break;
            case Opcode.I32AtomicRmwAnd: AtomicUpdate(ref reader, AtomicOperation.And, type, width, size); break;
            case Opcode.I32AtomicRmwOr: AtomicUpdate(ref reader, AtomicOperation.Or, type, width, size); break;
            case Opcode.I32AtomicRmwXor: AtomicUpdate(ref reader, AtomicOperation.Xor, type, width, size); break;
            case Opcode.I32AtomicRmwXchg: AtomicUpdate(ref reader, AtomicOperation.Exchange, type, width, size); break;
            case Opcode.I32AtomicRmwCmpxchg: AtomicCompareExchange(ref reader, type, width, size); break;
            default: throw Unsupported((Opcode)((int)Opcode.I32AtomicLoad + place));
        }
    }

    /// <summary>Traps unless the address is a multiple of the size; then as for any access.</summary>
    private nint PopAtomicAddress(ref InstructionReader reader, int size)
    {
        reader.ReadMemoryArgument(out _, out int memory, out ulong offset);
        nint index = Pop();
        if (size > 1)
        {
            nint low = IsMemory64(memory) ? Trunc(index, _ir.I32) : index;
            nint rest = _ir.Binary(BinaryOperation.And,
                _ir.Binary(BinaryOperation.Add, low, _ir.Int32((long)(offset & 7))), _ir.Int32(size - 1));
            TrapIf(IsTrue(rest), TrapCode.UnalignedAtomic);
        }
        return AddressOf(memory, offset, index, size);
    }

    /// <summary>What an access must be told: it stays, where it is, and is aligned.</summary>
    private static nint Ordered(nint access, int size)
    {
        SetVolatile(access, 1);
        SetAlignment(access, (uint)size);
        return access;
    }

    private nint Resize(nint value, nint from, nint to) => from == to ? value : ZExt(value, to);

    private void AtomicLoad(ref InstructionReader reader, nint type, nint width, int size)
    {
        nint load = Ordered(_ir.Load(width, PopAtomicAddress(ref reader, size), AliasClass.Memory), size);
        SetOrdering(load, SequentiallyConsistent);
        Push(Resize(load, width, type));
    }

    private nint PopNarrow(nint width)
    {
        nint value = Pop();
        return LlvmNative.TypeOf(value) == width ? value : Trunc(value, width);
    }

    private void AtomicStore(ref InstructionReader reader, nint width, int size)
    {
        nint value = PopNarrow(width);
        nint store = Ordered(_ir.Store(value, PopAtomicAddress(ref reader, size), AliasClass.Memory), size);
        SetOrdering(store, SequentiallyConsistent);
    }

    private void AtomicUpdate(ref InstructionReader reader, AtomicOperation operation, nint type, nint width, int size)
    {
        nint value = PopNarrow(width);
        nint old = Ordered(_ir.AtomicUpdate(operation, PopAtomicAddress(ref reader, size), value,
            SequentiallyConsistent), size);
        Push(Resize(old, width, type));
    }

    private void AtomicCompareExchange(ref InstructionReader reader, nint type, nint width, int size)
    {
        nint replacement = PopNarrow(width), expected = Pop(), address = PopAtomicAddress(ref reader, size);
        // Only as much of what is expected is compared as is accessed.
        nint compared = LlvmNative.TypeOf(expected) == width ? expected : Trunc(expected, width);
        nint pair = Ordered(_ir.AtomicCompareExchange(address, compared, replacement, SequentiallyConsistent), size);
        Push(Resize(_ir.Field(pair, 0), width, type));
    }

    /// <summary>Waits for a notification, or notifies: in the runtime, which checks the address too.</summary>
    private void CallWaiting(ref InstructionReader reader, Builtin builtin, int operands)
    {
        reader.ReadMemoryArgument(out _, out int memory, out ulong offset);
        var arguments = new nint[2 + operands];
        (arguments[0], arguments[1]) = (_ir.Int32(memory), _ir.Int64((long)offset));
        for (int i = operands - 1; i >= 0; i--) arguments[2 + i] = Pop();
        arguments[2] = Widen(arguments[2], IsMemory64(memory));
        nint result = CallBuiltin(builtin, _ir.I64, arguments);
        TrapIf(_ir.Compare(IntegerPredicate.Less, result, _ir.Int64(0)), TrapCode.Pending);
        Push(Trunc(result, _ir.I32));
    }
}
