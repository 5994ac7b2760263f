using Drydock.Wasm;
using Drydock.Wasm.Binary;
using static Drydock.Compiler.Llvm.LlvmNative;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.Compiler.Llvm;

/// <content>Structured control: a label becomes a block with a phi for each value that a branch carries.</content>
internal sealed partial class FunctionTranslation
{
    private sealed class Label
    {
        /// <summary>Types a branch carries.</summary>
        public required ValueKind[] Carries;
        /// <summary>Types at the end.</summary>
        public required ValueKind[] Results;
        public required int Height;
        /// <summary>The target of branches; made when the first one needs it.</summary>
        public nint Target;
        public nint[] Phis = [];
        public bool IsLoop;
        /// <summary>
        /// Where an <c>if</c> goes otherwise, until its <c>else</c> is met, with what it carries there.
        /// </summary>
        public nint Else;
        public nint[] ElseValues = [];
        public Handling Handling;
        /// <summary>Where exceptions go that are to be handled here, or that no clause has been for yet.</summary>
        public nint Handler;
        public Clause[] Clauses = [];
        /// <summary>What is being handled, for <c>rethrow</c>.</summary>
        public nint Exception;
    }

    private readonly List<Label> _labels = [];

    private Label LabelAt(int depth) => _labels[_labels.Count - 1 - depth];

    private void PushFunctionLabel()
    {
        var results = Kinds(_type.Results);
        _labels.Add(new Label { Carries = results, Results = results, Height = 0 });
    }

    private static ValueKind[] Kinds(ReadOnlySpan<ValueType> types)
    {
        var kinds = new ValueKind[types.Length];
        for (int i = 0; i < kinds.Length; i++) kinds[i] = types[i].Kind;
        return kinds;
    }

    private (ValueKind[] Parameters, ValueKind[] Results) ReadBlockType(ref InstructionReader reader)
    {
        var type = reader.ReadBlockType();
        if (type.IsEmpty) return ([], []);
        if (!type.HasTypeIndex) return ([], [type.Result.Kind]);
        var function = (FunctionType)_module.Types[type.TypeIndex].Composite;
        return (Kinds(function.Parameters), Kinds(function.Results));
    }

    private void Block(ref InstructionReader reader)
    {
        var (parameters, results) = ReadBlockType(ref reader);
        _labels.Add(new Label { Carries = results, Results = results, Height = _stack.Count - parameters.Length });
    }

    private void Loop(ref InstructionReader reader)
    {
        var (parameters, results) = ReadBlockType(ref reader);
        var label = new Label
        {
            Carries = parameters,
            Results = results,
            Height = _stack.Count - parameters.Length,
            IsLoop = true,
        };
        JumpTo(label);
        EnterTarget(label);
        _labels.Add(label);
        CheckEpoch();
    }

    private void If(ref InstructionReader reader)
    {
        nint condition = IsTrue(Pop());
        var (parameters, results) = ReadBlockType(ref reader);
        nint then = _ir.NewBlock(_function), otherwise = _ir.NewBlock(_function);
        _ir.Branch(condition, then, otherwise);
        _ir.MoveTo(then);
        _labels.Add(new Label
        {
            Carries = results,
            Results = results,
            Height = _stack.Count - parameters.Length,
            Else = otherwise,
            ElseValues = [.. _stack[^parameters.Length..]],
        });
    }

    private void Else()
    {
        var label = _labels[^1];
        if (_isReachable) JumpTo(label);
        StartElse(label);
    }

    private void StartElse(Label label)
    {
        Cut(label.Height);
        _ir.MoveTo(label.Else);
        label.Else = 0;
        _stack.AddRange(label.ElseValues);
        _isReachable = true;
    }

    private void End()
    {
        var label = _labels[^1];
        if (label.Else != 0)
        {
            if (_isReachable) JumpTo(label);
            StartElse(label);
        }
        EndHandler(label);
        _labels.RemoveAt(_labels.Count - 1);
        if (!label.IsLoop && label.Target != 0)
        {
            if (_isReachable) JumpTo(label);
            EnterTarget(label);
        }
        if (_labels.Count == 0 && _isReachable) EmitReturn();
        if (!_isReachable) Cut(label.Height);
    }

    /// <summary>Goes on at a label's block, its values on the stack.</summary>
    private void EnterTarget(Label label)
    {
        Cut(label.Height);
        _ir.MoveTo(label.Target);
        _stack.AddRange(label.Phis);
        _isReachable = true;
    }

    private void Cut(int height) => _stack.RemoveRange(height, _stack.Count - height);

    /// <summary>The block of a label, with its phis.</summary>
    private nint TargetOf(Label label)
    {
        if (label.Target != 0) return label.Target;
        nint here = _ir.Block;
        label.Target = _ir.NewBlock(_function);
        _ir.MoveTo(label.Target);
        label.Phis = Array.ConvertAll(label.Carries, kind => _ir.Phi(TypeOf(kind)));
        _ir.MoveTo(here);
        return label.Target;
    }

    /// <summary>Adds the edge from here to a label: the topmost operands are what it carries.</summary>
    private nint Edge(Label label)
    {
        nint target = TargetOf(label), here = _ir.Block;
        for (int i = 0; i < label.Phis.Length; i++)
            IrBuilder.AddIncoming(label.Phis[i], _stack[_stack.Count - label.Phis.Length + i], here);
        return target;
    }

    private void JumpTo(Label label) => _ir.Branch(Edge(label));

    private void EndPath()
    {
        _isReachable = false;
        Cut(_labels[^1].Height);
    }

    private void Branch(int depth)
    {
        JumpTo(LabelAt(depth));
        EndPath();
    }

    private void BranchIf(int depth) => BranchWhen(IsTrue(Pop()), depth);

    private void BranchWhen(nint condition, int depth)
    {
        nint next = _ir.NewBlock(_function);
        _ir.Branch(condition, Edge(LabelAt(depth)), next);
        _ir.MoveTo(next);
    }

    /// <summary>Takes the branch, without the reference, when it is null.</summary>
    private void BranchOnNull(int depth)
    {
        nint reference = Pop();
        BranchWhen(IsNull(reference), depth);
        Push(reference);
    }

    /// <summary>Takes the branch, with the reference as last operand, when it is not null.</summary>
    private void BranchOnNonNull(int depth)
    {
        nint isNull = IsNull(_stack[^1]);
        BranchWhen(_ir.Compare(IntegerPredicate.Equal, isNull, _ir.Bool(false)), depth);
        Pop();
    }

    private void BranchTable(ref InstructionReader reader)
    {
        int count = reader.ReadIndex();
        nint index = Pop();
        var depths = new int[count + 1];
        for (int i = 0; i <= count; i++) depths[i] = reader.ReadIndex();
        nint @switch = _ir.Switch(index, Edge(LabelAt(depths[count])), count);
        for (int i = 0; i < count; i++) AddCase(@switch, _ir.Int32(i), Edge(LabelAt(depths[i])));
        EndPath();
    }

    private void Return() => Branch(_labels.Count - 1);

    private void EmitReturn()
    {
        int count = _type.Results.Length;
        for (int i = 1; i < count; i++)
        {
            nint slot = _ir.Offset(GetParam(_function, 1), CallingConvention.ResultSlotSize * (i - 1));
            _ir.Store(Widen(_stack[i], _type.Results[i].Kind), slot, AliasClass.Results);
        }
        if (count == 0) _ir.Return();
        else _ir.Return(Widen(_stack[0], _type.Results[0].Kind));
    }

    private nint IsTrue(nint value) => _ir.Compare(IntegerPredicate.NotEqual, value, _ir.Int32(0));

    private readonly Dictionary<TrapCode, nint> _traps = [];

    /// <summary>Traps when a condition holds; all traps of a kind share their block.</summary>
    private void TrapIf(nint condition, TrapCode code)
    {
        nint next = _ir.NewBlock(_function);
        _ir.Branch(condition, TrapBlock(code), next);
        _ir.MoveTo(next);
    }

    private nint TrapBlock(TrapCode code)
    {
        if (_traps.TryGetValue(code, out nint block)) return block;
        nint here = _ir.Block;
        _traps[code] = block = _ir.NewBlock(_function);
        _ir.MoveTo(block);
        _ir.Intrinsic("llvm.ubsantrap", [], ConstInt(_ir.I8, (ulong)code, 0));
        _ir.Unreachable();
        _ir.MoveTo(here);
        return block;
    }

    private void Trap(TrapCode code)
    {
        _ir.Branch(TrapBlock(code));
        EndPath();
    }

    private void CheckStack()
    {
        nint frame = _ir.Cast(CastOperation.PtrToInt, _ir.Intrinsic("llvm.frameaddress", _ir.Pointer, _ir.Int32(0)),
            _ir.I64);
        nint limit = _ir.Load(_ir.I64, _ir.Offset(_store, StoreContextLayout.StackLimit), AliasClass.Store);
        TrapIf(_ir.Compare(IntegerPredicate.Below, frame, limit), TrapCode.CallStackExhausted);
    }

    private void CheckEpoch()
    {
        if (!_unit.Settings.EpochInterruption) return;
        nint counter = _ir.Load(_ir.Pointer, _ir.Offset(_store, StoreContextLayout.EpochCounter), AliasClass.Constant);
        nint now = _ir.Load(_ir.I64, counter, AliasClass.Store);
        SetVolatile(now, 1);
        nint deadline = _ir.Load(_ir.I64, _ir.Offset(_store, StoreContextLayout.EpochDeadline), AliasClass.Store);
        nint expired = _ir.NewBlock(_function), next = _ir.NewBlock(_function);
        _ir.Branch(_ir.Compare(IntegerPredicate.AboveOrEqual, now, deadline), expired, next);
        _ir.MoveTo(expired);
        TrapIf(IsTrue(CallBuiltin(Builtin.EpochExpired, _ir.I32)), TrapCode.Pending);
        _ir.Branch(next);
        _ir.MoveTo(next);
    }
}
