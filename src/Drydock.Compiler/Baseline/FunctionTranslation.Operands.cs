using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>
/// The operand stack. Each depth has a home slot in the frame; an entry's value is there only once it had to be. The
/// cursors bound the searches, so that no module makes them quadratic.
/// </content>
internal sealed partial class FunctionTranslation
{
    private Operand[] _stack = new Operand[64];
    private int _height;
    /// <summary>
    /// No entry below is in a general register, a vector register, or a local, respectively.
    /// </summary>
    private int _registersFrom, _vectorsFrom, _localsFrom;

    /// <summary>The entry at a height that is one more than the greatest so far, at most.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Operand Entry(int height)
    {
        Operand[] stack = _stack;
        if ((uint)height >= (uint)stack.Length) stack = GrowStack();
        return ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(stack), height);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Operand[] GrowStack()
    {
        Array.Resize(ref _stack, _stack.Length * 2);
        return _stack;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private Operand Pop()
    {
        Operand operand = _stack[--_height];
        // What is in no local is unlinked too, from an entry that nobody reads: no branch could tell them apart in time.
        _locals[operand.Local].Latest.Bits = operand.Bits;
        return operand;
    }

    private void Push(Operand operand)
    {
        if (operand.Kind == OperandKind.Local)
        {
            // What is popped and pushed again is still to be found when its local changes.
            PushLocal(operand.Local);
            return;
        }
        int index = _height++;
        Entry(index) = operand;
        if (operand.Kind == OperandKind.Register) Own(index, operand);
    }

    private void PushLocal(int index)
    {
        int place = _height++;
        PutLocal(place, index);
        if (place < _localsFrom) _localsFrom = place;
    }

    /// <summary>Puts what is in a local on top of the stack, whose height the caller keeps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PutLocal(int place, int index)
    {
        ref Operand entry = ref Entry(place);
        ref Operand local = ref _locals[index].Latest;
        local.CopyTo(ref entry);
        local.Bits = place;
    }

    private void PushConstant(ValueKind type, long bits) => PutConstant(_height++, type, bits);

    /// <summary>Puts a constant on top of the stack, whose height the caller keeps.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PutConstant(int place, ValueKind type, long bits) => Entry(place) = Operand.Constant(type, bits);

    private void Own(int index, Operand operand)
    {
        if (operand.IsVector)
        {
            _vectorOwner[operand.Number] = index;
            Lower(ref _vectorsFrom, index);
        }
        else
        {
            _owner[operand.Number] = index;
            Lower(ref _registersFrom, index);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Push(ValueKind type, R r)
    {
        int index = _height++;
        Entry(index).PutInRegister(type, (int)r);
        _owner[(int)r] = index;
        Lower(ref _registersFrom, index);
    }

    private void Push(ValueKind type, VectorRegister r)
    {
        int index = _height++;
        Entry(index).PutInRegister(type, (int)r);
        _vectorOwner[(int)r] = index;
        Lower(ref _vectorsFrom, index);
    }

    /// <summary>Brings a cursor down to an index, without a branch, since either is as often the lower.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Lower(ref int cursor, int index)
    {
        int distance = index - cursor;
        cursor += distance & distance >> 31;
    }

    private R PopRegister() => ToRegister(Pop());
    private VectorRegister PopVector() => ToVector(Pop());

    private void Drop() => Release(Pop());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void DropTo(int height)
    {
        if (_height > height) DropAllTo(height);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void DropAllTo(int height)
    {
        while (_height > height) Drop();
    }

    /// <summary>Moves the entry at <paramref name="index"/> from its register to its slot.</summary>
    private void Spill(int index)
    {
        ref Operand operand = ref _stack[index];
        Store(SlotAddress(index), operand);
        Release(operand);
        operand = Operand.InSlot(operand.Type, index);
    }

    private void SpillOldest()
    {
        int index = Math.Max(0, _registersFrom);
        while (_stack[index].Kind != OperandKind.Register || _stack[index].IsVector) index++;
        Spill(index);
        _registersFrom = index + 1;
    }

    private void SpillOldestVector()
    {
        int index = Math.Max(0, _vectorsFrom);
        while (_stack[index].Kind != OperandKind.Register || !_stack[index].IsVector) index++;
        Spill(index);
        _vectorsFrom = index + 1;
    }

    /// <summary>Empties the registers of all entries below <paramref name="height"/>.</summary>
    private void SpillBelow(int height)
    {
        for (int i = Math.Min(_registersFrom, _vectorsFrom); i < height; i++)
            if (_stack[i].Kind == OperandKind.Register) Spill(i);
        _registersFrom = Math.Max(_registersFrom, height);
        _vectorsFrom = Math.Max(_vectorsFrom, height);
    }

    /// <summary>
    /// Brings the stack into the state that branch targets expect: constants, and everything else in slots. The topmost
    /// <paramref name="parameters"/> entries are put in slots even when constant.
    /// </summary>
    private void Flush(int parameters)
    {
        for (int i = Math.Min(_localsFrom, Math.Min(_registersFrom, _vectorsFrom)); i < _height; i++)
        {
            OperandKind kind = _stack[i].Kind;
            if (kind is OperandKind.Register or OperandKind.Local) FlushEntry(i);
        }
        for (int i = _height - parameters; i < _height; i++)
            if (_stack[i].Kind == OperandKind.Constant) FlushEntry(i);
        _localsFrom = _registersFrom = _vectorsFrom = _height;
    }

    private void FlushEntry(int index)
    {
        // All operands in a local are flushed together.
        ref Operand operand = ref _stack[index];
        if (operand.Kind == OperandKind.Local) _locals[operand.Local].Latest.Bits = Operand.NoPlace;
        Spill(index);
    }

    /// <summary>
    /// Gives the entries that are still in a local registers of their own, because the local is to change.
    /// </summary>
    private void MaterializeLocal(int local)
    {
        int next = (int)_locals[local].Latest.Bits;
        _locals[local].Latest.Bits = Operand.NoPlace;
        for (int i = next; i != Operand.NoPlace; i = next)
        {
            Operand operand = _stack[i];
            next = (int)operand.Bits;
            int number = operand.IsVector ? (int)ToTemporaryVector(operand) : (int)ToTemporary(operand);
            Operand copy = Operand.InRegister(operand.Type, number);
            _stack[i] = copy;
            Own(i, copy);
        }
    }

    /// <summary>
    /// Copies the topmost entries to the slots from <paramref name="height"/> up, leaving the stack as it is.
    /// </summary>
    private void CopyToSlots(int count, int height)
    {
        int from = _height - count;
        for (int i = 0; i < count; i++)
        {
            // A slot is overwritten only after it was read: an entry's own slot is never below its destination.
            ref Operand operand = ref _stack[from + i];
            if (operand.Kind != OperandKind.Slot || operand.Bits != height + i)
                Store(SlotAddress(height + i), operand);
        }
    }
}
