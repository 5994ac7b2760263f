using System.Numerics;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>
/// The stack frame, downwards from rbp: saved registers, the address of the result buffer, homes of locals, slots of
/// the operand stack, outgoing arguments.
/// </content>
internal sealed partial class FunctionTranslation
{
    private const uint AlwaysTemporary = 1 << 0 | 1 << 1 | 1 << 2 | 1 << 10;
    private const uint PinnableTemporary = 1 << 6 | 1 << 7 | 1 << 8 | 1 << 9;
    private const uint AlwaysTemporaryVectors = 0x3F;
    private const uint PinnableVectors = 0x3FC0;
    private const int LeastWeightToSave = 3;
    /// <summary>No more locals than there are registers of a kind can be pinned.</summary>
    private const int MostPinned = 16;

    /// <summary>The place of the first local, behind <see cref="Operand.NoLocal"/>.</summary>
    private const int FirstLocal = Operand.NoLocal + 1;

    private Local[] _locals = new Local[64];
    private int _localCount, _parameterCount;
    private bool _hasVectorLocals;
    private uint _saved;
    /// <summary>The locals in registers that calls do not preserve.</summary>
    private readonly int[] _pinned = new int[2 * MostPinned];
    private int _pinnedCount;
    private readonly int[] _hottest = new int[MostPinned];
    private int _resultBufferHome, _frameTop, _slotSize, _slots, _outgoing;
    private int _frameSizePatch, _stackCheckPatch;
    private bool _isLeaf;

    /// <summary>Where a slot is, of which the frame has as many as were asked for.</summary>
    private Address SlotAddress(int index)
    {
        if (index >= _slots) _slots = index + 1;
        return new(R.Rbp, -(_frameTop + _slotSize * (index + 1)));
    }

    private void DeclareLocals(FunctionBody body)
    {
        _localCount = _parameterCount = _type.Parameters.Length;
        foreach (LocalRun run in body.Locals) _localCount += run.Count;
        if (_locals.Length <= _localCount) _locals = new Local[_localCount * 2];
        _hasVectorLocals = false;
        int next = FirstLocal;
        foreach (Drydock.Wasm.ValueType type in _type.Parameters) DeclareLocal(next++, type.Kind);
        foreach (LocalRun run in body.Locals)
            for (int i = 0; i < run.Count; i++) DeclareLocal(next++, run.Type.Kind);
    }

    private void DeclareLocal(int index, ValueKind type)
    {
        ref Local local = ref _locals[index];
        local.Latest = Operand.OfLocal(type, index);
        local.Weight = 0;
        _hasVectorLocals |= local.IsVector;
    }

    /// <summary>Chooses the locals that live in registers, and gives the others their homes.</summary>
    private void AssignRegisters()
    {
        bool usesContext = _survey.UsesContext || _unit.Settings.EpochInterruption;
        _isLeaf = _survey.CallWeight == 0 && !_unit.Settings.EpochInterruption;
        uint preserved = 0x7000u | (usesContext
            ? 0
            : 1u << (int)Context) | (_survey.UsesMemory ? 0 : 1u << (int)MemoryBase);
        _saved = (usesContext ? 1u << (int)Context : 0) | (_survey.UsesMemory ? 1u << (int)MemoryBase : 0);
        uint volatiles = PinnableTemporary, vectors = PinnableVectors;
        _pinnedCount = 0;
        PinHottest(preserved, ref volatiles, ref vectors);
        _temporaries = AlwaysTemporary | volatiles;
        _vectorTemporaries = AlwaysTemporaryVectors | vectors;
        _free = _temporaries;
        _freeVectors = _vectorTemporaries;
        PlaceHomes();
        _height = _slots = 0;
        _registersFrom = _vectorsFrom = _localsFrom = 0;
        _outgoing = 0;
    }

    private void PinHottest(uint preserved, ref uint volatiles, ref uint vectors)
    {
        int volatileCost = _survey.CallWeight * 2;
        int count = RankLocals(areVectors: false, BitOperations.PopCount(preserved | volatiles)), next = 0;
        while (preserved != 0 || volatiles != 0)
        {
            if (next == count) break;
            int best = _hottest[next++];
            int weight = _locals[best].Weight;
            bool isCheap = weight > volatileCost && volatiles != 0 && (_isLeaf || preserved == 0);
            if (isCheap) Pin(best, ref volatiles, highest: true);
            else if (preserved != 0 && weight >= LeastWeightToSave) Pin(best, ref preserved, highest: false);
            else break;
        }
        count = _hasVectorLocals ? RankLocals(areVectors: true, BitOperations.PopCount(vectors)) : 0;
        for (int i = 0; i < count && vectors != 0 && _locals[_hottest[i]].Weight > volatileCost; i++)
            Pin(_hottest[i], ref vectors, highest: true);
    }

    /// <summary>
    /// Lists the locals used most, hottest first, and of equals the first; returns how many of <paramref name="most"/>.
    /// </summary>
    private int RankLocals(bool areVectors, int most)
    {
        int count = 0, least = 0;
        for (int i = FirstLocal; i <= _localCount; i++)
        {
            ref Local local = ref _locals[i];
            if (local.Weight <= least || local.IsVector != areVectors) continue;
            int at = count < most ? count++ : most - 1;
            for (; at > 0 && _locals[_hottest[at - 1]].Weight < local.Weight; at--) _hottest[at] = _hottest[at - 1];
            _hottest[at] = i;
            if (count == most) least = _locals[_hottest[most - 1]].Weight;
        }
        return count;
    }

    private void Pin(int local, ref uint pool, bool highest)
    {
        int number = highest ? BitOperations.Log2(pool) : BitOperations.TrailingZeroCount(pool);
        pool &= ~(1u << number);
        _locals[local].Pin = (byte)number;
        bool isVector = _locals[local].IsVector;
        if (!isVector && (1u << number & PinnableTemporary) == 0) _saved |= 1u << number;
        else _pinned[_pinnedCount++] = local;
    }

    private void PlaceHomes()
    {
        int offset = BitOperations.PopCount(_saved) * 8;
        if (_type.Results.Length > 1) _resultBufferHome = -(offset += 8);
        bool hasVectors = _survey.UsesVectors;
        for (int i = FirstLocal; i <= _localCount; i++)
        {
            ref Local local = ref _locals[i];
            hasVectors |= local.Type == ValueKind.V128;
            offset += local.Type == ValueKind.V128 ? 16 : 8;
            local.Home = new Address(R.Rbp, -offset);
        }
        _frameTop = offset;
        _slotSize = hasVectors || MayCarryVectors() ? 16 : 8;
    }

    /// <summary>Whether values of type v128 can come from elsewhere than locals and vector instructions.</summary>
    private bool MayCarryVectors() => _survey.UsesContext && ModuleMentionsVectors;

    private bool ModuleMentionsVectors
    {
        get
        {
            if (_vectorModule == _module) return _moduleMentionsVectors;
            _vectorModule = _module;
            bool found = false;
            foreach (SubType type in _module.Types)
                found |= Mentions(type.Composite);
            foreach (GlobalDefinition global in _module.Globals) found |= global.Type.Type.Kind == ValueKind.V128;
            return _moduleMentionsVectors = found;
        }
    }

    private WasmModule? _vectorModule;
    private bool _moduleMentionsVectors;

    private static bool Mentions(CompositeType type) => type switch
    {
        FunctionType function => Mentions(function.Parameters) || Mentions(function.Results),
        StructType structure => structure.Fields.ContainsAny(VectorFields),
        ArrayType array => array.Element.Type == Drydock.Wasm.ValueType.V128,
        _ => false,
    };

    private static readonly FieldType[] VectorFields =
        [new(Drydock.Wasm.ValueType.V128, 0, false), new(Drydock.Wasm.ValueType.V128, 0, true)];

    private static bool Mentions(ReadOnlySpan<Drydock.Wasm.ValueType> types) =>
        types.Contains(Drydock.Wasm.ValueType.V128);

    private void EnterFunction()
    {
        _assembler.Push(R.Rbp);
        _assembler.Mov(true, R.Rbp, R.Rsp);
        CheckStack();
        for (uint left = _saved; left != 0; left &= left - 1)
            _assembler.Push((R)BitOperations.TrailingZeroCount(left));
        _frameSizePatch = _assembler.SubRspLater();
        if (_survey.UsesMemory) _assembler.Mov(true, MemoryBase, new Address(R.Rdi, VmContextLayout.Memory0Base));
        if ((_saved >> (int)Context & 1) != 0 && (_survey.UsesContext || _unit.Settings.EpochInterruption))
            _assembler.Mov(true, Context, R.Rdi);
        ReceiveParameters();
        ZeroLocals();
        EmitEpochCheck();
        PushFunctionControl();
    }

    private void CheckStack()
    {
        _assembler.Mov(true, R.Rax, new Address(R.Rdi, VmContextLayout.StoreContext));
        _stackCheckPatch = _assembler.LeaRspLater(Scratch);
        _assembler.Alu(AluOperation.Cmp, true, Scratch, new Address(R.Rax, StoreContextLayout.StackLimit));
        TrapIf(Condition.Below, TrapCode.CallStackExhausted);
    }

    private void ReceiveParameters()
    {
        var places = new ArgumentPlaces(_type.Results.Length > 1);
        if (_type.Results.Length > 1) _assembler.Mov(true, new Address(R.Rbp, _resultBufferHome), R.Rsi);
        for (int i = FirstLocal; i <= _parameterCount; i++)
        {
            ref Local local = ref _locals[i];
            ValueLocation place = places.Next(local.Type);
            if (place.Kind == ValueLocationKind.Stack) _parameterOnStack.Add((i, place.Index));
            else if (local.IsPinned && local.Weight > 0) AddMove(local.IsVector, place.Index, local.Pin);
            else StoreParameter(local, place.Index);
        }
        EmitMoves();
        foreach ((int index, int offset) in _parameterOnStack) ReceiveFromStack(_locals[index], offset);
        _parameterOnStack.Clear();
    }

    private readonly List<(int Local, int Offset)> _parameterOnStack = [];

    private void StoreParameter(in Local local, int number)
    {
        if (local.IsVector) StoreVector(local.Type, local.Home, (VectorRegister)number);
        else _assembler.Mov(local.Type != ValueKind.I32, local.Home, (R)number);
    }

    private void ReceiveFromStack(in Local local, int offset)
    {
        var source = new Address(R.Rbp, 16 + offset);
        if (local.IsVector)
        {
            VectorRegister d = local.IsPinned ? (VectorRegister)local.Pin : ScratchVector;
            LoadVector(local.Type, d, source);
            if (!local.IsPinned) StoreVector(local.Type, local.Home, d);
        }
        else
        {
            R d = local.IsPinned ? (R)local.Pin : Scratch;
            bool isWide = local.Type != ValueKind.I32;
            _assembler.Mov(isWide, d, source);
            if (!local.IsPinned) _assembler.Mov(isWide, local.Home, d);
        }
    }

    private void ZeroLocals()
    {
        const int MostStores = 32;
        int unpinned = 0;
        for (int i = FirstLocal + _parameterCount; i <= _localCount; i++)
        {
            ref Local local = ref _locals[i];
            if (!local.IsPinned) unpinned++;
            else if (local.IsVector)
                _assembler.Vxorps((VectorRegister)local.Pin, (VectorRegister)local.Pin, (VectorRegister)local.Pin);
            else _assembler.Alu(AluOperation.Xor, false, (R)local.Pin, (R)local.Pin);
        }
        if (unpinned > MostStores) ZeroRange();
        else if (unpinned > 0) ZeroEach();
    }

    private void ZeroEach()
    {
        _assembler.Vxorps(ScratchVector, ScratchVector, ScratchVector);
        for (int i = FirstLocal + _parameterCount; i <= _localCount; i++)
        {
            ref Local local = ref _locals[i];
            if (local.IsPinned) continue;
            if (local.Type != ValueKind.V128 && i < _localCount && _locals[i + 1].Type != ValueKind.V128)
                _assembler.Vmovups(_locals[++i].Home, ScratchVector);
            else if (local.Type == ValueKind.V128) _assembler.Vmovups(local.Home, ScratchVector);
            else _assembler.Vmovsd(local.Home, ScratchVector);
        }
    }

    /// <summary>Zeroes the homes of all declared locals, pinned ones too; rdi may hold one of those.</summary>
    private void ZeroRange()
    {
        _assembler.Mov(true, Scratch, R.Rdi);
        _assembler.Lea(true, R.Rdi, new Address(R.Rbp, -_frameTop));
        _assembler.MovConstant(R.Rcx, DeclaredSize() / 8);
        _assembler.Alu(AluOperation.Xor, false, R.Rax, R.Rax);
        _assembler.RepStosq();
        _assembler.Mov(true, R.Rdi, Scratch);
    }

    private int DeclaredSize()
    {
        int size = 0;
        for (int i = FirstLocal + _parameterCount; i <= _localCount; i++)
            size += _locals[i].Type == ValueKind.V128 ? 16 : 8;
        return size;
    }

    private void LeaveFunction()
    {
        int results = _type.Results.Length;
        if (results > 1) ReturnThroughBuffer(results);
        RestoreSaved();
        _assembler.Leave();
        _assembler.Ret();
    }

    private void RestoreSaved()
    {
        int offset = 0;
        for (uint left = _saved; left != 0; left &= left - 1)
            _assembler.Mov(true, (R)BitOperations.TrailingZeroCount(left), new Address(R.Rbp, offset -= 8));
    }

    private void ReturnThroughBuffer(int results)
    {
        _assembler.Mov(true, R.Rcx, new Address(R.Rbp, _resultBufferHome));
        for (int i = 1; i < results; i++)
        {
            var target = new Address(R.Rcx, CallingConvention.ResultSlotSize * (i - 1));
            Store(target, Operand.InSlot(_type.Results[i].Kind, i));
        }
        var first = Operand.InSlot(_type.Results[0].Kind, 0);
        if (first.IsVector) LoadVector(VectorRegister.Xmm0, first);
        else Load(R.Rax, first);
    }

    private void FinishFrame()
    {
        int saved = BitOperations.PopCount(_saved) * 8;
        int size = (_frameTop + _slotSize * _slots + _outgoing + 15) & ~15;
        _assembler.PatchInt32(_frameSizePatch, size - saved);
        _assembler.PatchInt32(_stackCheckPatch, -size);
    }
}
