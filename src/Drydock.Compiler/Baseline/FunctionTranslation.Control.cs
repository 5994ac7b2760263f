using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>
/// Structured control. Where paths meet, what lies beneath the block is in slots, a single result in rax or xmm0, and
/// several results, or a loop's parameters, in slots.
/// </content>
internal sealed partial class FunctionTranslation
{
    private enum ControlKind : byte { Block, Loop, If, TryTable, Try, Catch }

    private struct Control
    {
        public ControlKind Kind;
        /// <summary>The result, if there is one only; if there are several, see <see cref="TypeIndex"/>.</summary>
        public ValueKind Result;
        public int Height;
        public int Parameters, Results;
        /// <summary>The type in the module that names parameters and results, or -1.</summary>
        public int TypeIndex;
        public int LoopHead;
        /// <summary>Head of the list of jumps to the end, or -1.</summary>
        public int Patches;
        /// <summary>Head of the list of jumps to the <c>else</c>, or to the next <c>catch</c>, or -1.</summary>
        public int ElsePatches;
        /// <summary>Head of the list of jumps of exceptions thrown in the block, or -1.</summary>
        public int Throws;
        /// <summary>The clauses of a <c>try_table</c>.</summary>
        public int FirstClause, ClauseCount;

        /// <summary>How many values a branch here takes along, and whether it leaves them in slots.</summary>
        public int Arity;
        public bool TakesSlots;
    }

    private Control[] _controls = new Control[32];
    private int _controlCount;

    private void PushFunctionControl()
    {
        ref Control control = ref NewControl(ControlKind.Block);
        control.Results = _type.Results.Length;
        if (control.Results > 0) control.Result = _type.Results[0].Kind;
        control.TypeIndex = _module.Functions[_functionIndex];
        SetArity(ref control);
        _controlCount++;
    }

    /// <summary>The next entry of the stack of controls, for <see cref="StartBlock"/> to take.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ref Control NewControl(ControlKind kind)
    {
        if (_controlCount == _controls.Length) GrowControls();
        ref Control control = ref _controls[_controlCount];
        control = new Control { Kind = kind, TypeIndex = -1, Patches = -1, ElsePatches = -1, Throws = -1 };
        return ref control;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void GrowControls() => Array.Resize(ref _controls, _controlCount * 2);

    private static void SetArity(ref Control control)
    {
        bool isLoop = control.Kind == ControlKind.Loop;
        control.Arity = isLoop ? control.Parameters : control.Results;
        control.TakesSlots = control.Arity > (isLoop ? 0 : 1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StartBlock(ref Control control)
    {
        Flush(control.Parameters);
        control.Height = _height - control.Parameters;
        _controlCount++;
    }

    private ValueKind ParameterOf(in Control control, int index) => TypeOf(control).Parameters[index].Kind;

    private ValueKind ResultOf(in Control control, int index) =>
        control.Results == 1 ? control.Result : TypeOf(control).Results[index].Kind;

    private FunctionType TypeOf(in Control control) => (FunctionType)_module.Types[control.TypeIndex].Composite;

    /// <summary>
    /// Adds a jump to those that lead to the same place; each has the next in the room for its displacement.
    /// </summary>
    private void AddPatch(ref int list, int offset)
    {
        _assembler.PatchInt32(offset, list);
        list = offset;
    }

    private void Bind(int list)
    {
        while (list >= 0) list = _assembler.BindForward(list);
    }

    private ref Control ReadControl(ref InstructionReader reader, ControlKind kind)
    {
        ref Control control = ref NewControl(kind);
        if (!reader.TryReadEmptyBlockType()) ReadType(ref reader, ref control);
        return ref control;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReadType(ref InstructionReader reader, ref Control control)
    {
        BlockType type = reader.ReadBlockType();
        if (type.HasTypeIndex)
        {
            control.TypeIndex = type.TypeIndex;
            FunctionType named = TypeOf(control);
            control.Parameters = named.Parameters.Length;
            control.Results = named.Results.Length;
            if (control.Results > 0) control.Result = named.Results[0].Kind;
        }
        else
        {
            control.Results = 1;
            control.Result = type.Result.Kind;
        }
        SetArity(ref control);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Block(ref InstructionReader reader) => StartBlock(ref ReadControl(ref reader, ControlKind.Block));

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Loop(ref InstructionReader reader)
    {
        ref Control control = ref ReadControl(ref reader, ControlKind.Loop);
        StartBlock(ref control);
        control.LoopHead = _assembler.Length;
        EmitEpochCheck();
    }

    private void If(ref InstructionReader reader, Condition condition)
    {
        ref Control control = ref ReadControl(ref reader, ControlKind.If);
        StartBlock(ref control);
        JumpForward(Invert(condition), ref control.ElsePatches);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Else()
    {
        ref Control control = ref _controls[_controlCount - 1];
        if (_isReachable)
        {
            TakeResults(control);
            AddPatch(ref control.Patches, _assembler.Jmp());
        }
        StartElse(ref control);
    }

    private void StartElse(ref Control control)
    {
        DropTo(control.Height);
        Bind(control.ElsePatches);
        control.Kind = ControlKind.Block;
        for (int i = 0; i < control.Parameters; i++)
            Push(Operand.InSlot(ParameterOf(control, i), _height));
        _isReachable = true;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void End()
    {
        ref Control control = ref _controls[_controlCount - 1];
        if (control.Kind == ControlKind.If) EndWithoutElse(ref control);
        else if (control.Kind >= ControlKind.TryTable) EndHandler(ref control);
        bool isTarget = control.Kind != ControlKind.Loop && control.Patches >= 0;
        if (_controlCount == 1) EndFunction(ref control);
        else if (isTarget) Join(control);
        else if (!_isReachable) DropTo(control.Height);
        _controlCount--;
    }

    /// <summary>An absent <c>else</c> passes the parameters on as results.</summary>
    private void EndWithoutElse(ref Control control)
    {
        if (control.Parameters > 0) Else();
        else if (control.Patches < 0) control.Patches = control.ElsePatches;
        else JoinLists(ref control);
        control.Kind = ControlKind.Block;
    }

    private void JoinLists(ref Control control)
    {
        int last = control.ElsePatches, next;
        while ((next = _assembler.Int32At(last)) >= 0) last = next;
        _assembler.PatchInt32(last, control.Patches);
        control.Patches = control.ElsePatches;
    }

    private void Join(in Control control)
    {
        if (_isReachable) TakeResults(control);
        DropTo(control.Height);
        Bind(control.Patches);
        _isReachable = true;
        if (control.Results == 1) PushResult(control.Result);
        else for (int i = 0; i < control.Results; i++) Push(Operand.InSlot(ResultOf(control, i), _height));
    }

    private void EndFunction(ref Control control)
    {
        if (_isReachable) TakeResults(control);
        DropTo(0);
        if (!_isReachable && control.Patches < 0) return;
        Bind(control.Patches);
        LeaveFunction();
        _isReachable = false;
    }

    /// <summary>
    /// Puts the topmost operands where the target of a branch expects them, when nothing else is needed after.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void TakeResults(in Control control)
    {
        if (control.Arity != 0) TakeAllResults(control);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TakeAllResults(in Control control)
    {
        if (control.TakesSlots) CopyToSlots(control.Arity, control.Height);
        else LoadResult(_stack[_height - 1]);
    }

    private void LoadResult(Operand operand)
    {
        if (operand.IsVector) LoadVector(VectorRegister.Xmm0, operand);
        else Load(R.Rax, operand);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Branch(int depth)
    {
        ref Control control = ref _controls[_controlCount - 1 - depth];
        TakeResults(control);
        JumpTo(ref control);
        EndPath();
    }

    private void Return() => Branch(_controlCount - 1);

    private void EndPath()
    {
        _isReachable = false;
        DropTo(_controls[_controlCount - 1].Height);
    }

    private void JumpTo(ref Control control)
    {
        if (control.Kind == ControlKind.Loop) _assembler.JmpBack(control.LoopHead);
        else AddPatch(ref control.Patches, _assembler.Jmp());
    }

    private void JumpTo(ref Control control, Condition condition)
    {
        if (control.Kind == ControlKind.Loop) JumpBack(condition, control.LoopHead);
        else JumpForward(condition, ref control.Patches);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void JumpForward(Condition condition, ref int list)
    {
        if (condition >= Condition.OrderedEqual) JumpForwardOnFloats(condition, ref list);
        else AddPatch(ref list, _assembler.Jcc(condition));
    }

    /// <summary>Jumps on what takes two conditions of the machine.</summary>
    private void JumpForwardOnFloats(Condition condition, ref int list)
    {
        if (condition == Condition.OrderedEqual)
        {
            int skip = _assembler.JccShort(Condition.Parity);
            AddPatch(ref list, _assembler.Jcc(Condition.Equal));
            _assembler.BindShort(skip);
            return;
        }
        AddPatch(ref list, _assembler.Jcc(Condition.Parity));
        AddPatch(ref list, _assembler.Jcc(Condition.NotEqual));
    }

    private void JumpBack(Condition condition, int target)
    {
        if (condition == Condition.OrderedEqual)
        {
            int skip = _assembler.JccShort(Condition.Parity);
            _assembler.JccBack(Condition.Equal, target);
            _assembler.BindShort(skip);
            return;
        }
        if (condition == Condition.UnorderedNotEqual)
        {
            _assembler.JccBack(Condition.Parity, target);
            condition = Condition.NotEqual;
        }
        _assembler.JccBack(condition, target);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void BranchIf(int depth) => BranchOn(PopCondition(), depth);

    /// <summary>Branches when the flags say so; the operands stay for the code that follows.</summary>
    private void BranchOn(Condition condition, int depth)
    {
        ref Control control = ref _controls[_controlCount - 1 - depth];
        if (control.TakesSlots)
        {
            int over = -1;
            JumpForward(Invert(condition), ref over);
            CopyToSlots(control.Arity, control.Height);
            JumpTo(ref control);
            Bind(over);
            return;
        }
        if (control.Arity == 1) HoldResult();
        JumpTo(ref control, condition);
    }

    /// <summary>Moves the top operand to the register of results, where it stays; the flags survive.</summary>
    private void HoldResult()
    {
        Operand operand = Pop();
        bool isThere = operand.Kind == OperandKind.Register && operand.Number == 0;
        if (!isThere && operand.IsVector)
        {
            ClaimVector(VectorRegister.Xmm0);
            LoadVector(VectorRegister.Xmm0, operand);
        }
        else if (!isThere)
        {
            Claim(R.Rax);
            Load(R.Rax, operand);
        }
        if (!isThere) Release(operand);
        PushResult(operand.Type);
    }

    private ref Control ControlAt(int depth) => ref _controls[_controlCount - 1 - depth];
}
