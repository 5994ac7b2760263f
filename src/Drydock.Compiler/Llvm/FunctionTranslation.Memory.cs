using Drydock.Wasm.Binary;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <content>
/// Memories. An access that faults is a trap, and LLVM knows nothing of that: accesses are volatile, so that none is
/// dropped and their order stays. What that forbids the guest's own compiler has mostly done already.
/// </content>
internal sealed partial class FunctionTranslation
{
    private bool IsMemory64(int memory) => _module.Memories[memory].Limits.Is64Bit;

    /// <summary>Whether unmapped space behind the memory stands in for checks.</summary>
    private bool IsGuarded(int memory) => !IsMemory64(memory) && _module.Memories[memory].PageSizeLog2 == 16;

    private nint MemoryBlock(int memory) => _ir.Load(_ir.Pointer, At(_layout.Memory(memory)), AliasClass.Constant);

    private nint BaseOf(int memory) => memory == 0
        ? _memoryBase
        : _ir.Load(_ir.Pointer, _ir.Offset(MemoryBlock(memory), MemoryLayout.Base), AliasClass.Constant);

    private nint MemoryLength(int memory) =>
        _ir.Load(_ir.I64, _ir.Offset(MemoryBlock(memory), MemoryLayout.ByteLength), AliasClass.MemorySize);

    /// <summary>The native address of an access of <paramref name="size"/> bytes.</summary>
    private nint AddressOf(int memory, ulong offset, nint index, int size)
    {
        nint wide = Widen(index, IsMemory64(memory));
        if (!IsGuarded(memory)) CheckBounds(memory, offset, wide, size);
        nint start = memory == 0 && _unit.UsesSegment ? _ir.SegmentStart : BaseOf(memory);
        return _ir.Offset(_ir.Index(start, wide), (long)offset);
    }

    private void CheckBounds(int memory, ulong offset, nint index, int size)
    {
        nint length = MemoryLength(memory);
        if (offset > ulong.MaxValue - (ulong)size)
        {
            TrapIf(_ir.Bool(true), TrapCode.OutOfBoundsMemoryAccess);
            return;
        }
        nint isPast = _ir.Compare(IntegerPredicate.Above, index, length);
        nint room = _ir.Binary(BinaryOperation.Sub, length, index);
        nint isShort = _ir.Compare(IntegerPredicate.Below, room, _ir.Int64((long)(offset + (ulong)size)));
        TrapIf(_ir.Binary(BinaryOperation.Or, isPast, isShort), TrapCode.OutOfBoundsMemoryAccess);
    }

    private nint LoadFrom(ref InstructionReader reader, nint type, int size)
    {
        reader.ReadMemoryArgument(out _, out int memory, out ulong offset);
        return Access(_ir.Load(type, AddressOf(memory, offset, Pop(), size), AliasClass.Memory));
    }

    private void StoreTo(ref InstructionReader reader, nint value, int size)
    {
        reader.ReadMemoryArgument(out _, out int memory, out ulong offset);
        Access(_ir.Store(value, AddressOf(memory, offset, Pop(), size), AliasClass.Memory));
    }

    private static nint Access(nint instruction)
    {
        SetVolatile(instruction, 1);
        SetAlignment(instruction, 1);
        return instruction;
    }

    private void Load(ref InstructionReader reader, nint type, int size) => Push(LoadFrom(ref reader, type, size));

    private void LoadExtending(ref InstructionReader reader, nint from, int size, nint to, bool isSigned) =>
        Push(_ir.Cast(isSigned ? CastOperation.SExt : CastOperation.ZExt, LoadFrom(ref reader, from, size), to));

    private void Store(ref InstructionReader reader, int size) => StoreTo(ref reader, Pop(), size);

    private void StoreNarrow(ref InstructionReader reader, nint type, int size) =>
        StoreTo(ref reader, Trunc(Pop(), type), size);

    private void MemorySize(int memory)
    {
        nint pages = _ir.Binary(BinaryOperation.LShr, MemoryLength(memory),
            _ir.Int64(_module.Memories[memory].PageSizeLog2));
        Push(IsMemory64(memory) ? pages : Trunc(pages, _ir.I32));
    }

    private void MemoryGrow(int memory)
    {
        nint old = CallBuiltin(Builtin.MemoryGrow, _ir.I64, _ir.Int32(memory), Widen(Pop(), IsMemory64(memory)));
        Push(IsMemory64(memory) ? old : Trunc(old, _ir.I32));
    }

    private void MemoryInit(int segment, int memory)
    {
        nint length = ZExt(Pop(), _ir.I64), from = ZExt(Pop(), _ir.I64), to = Widen(Pop(), IsMemory64(memory));
        CallChecked(Builtin.MemoryInit, _ir.Int32(memory), _ir.Int32(segment), to, from, length);
    }
}
