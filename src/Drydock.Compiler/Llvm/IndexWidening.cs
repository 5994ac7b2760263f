using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Keeps 32-bit values that are used as addresses in 64-bit registers from where they are made. An instruction of 32
/// bits clears the upper half of its register, so that widening costs nothing beside it; in another block, where the
/// code generator cannot see how a register was written, it costs an instruction for each access.
/// </summary>
internal sealed class IndexWidening(IrBuilder ir)
{
    private readonly Dictionary<nint, nint> _wide = [];
    private readonly List<nint> _narrow = [];
    private readonly Stack<nint> _unfinished = [];

    /// <summary>Rewrites a function.</summary>
    public void Run(nint function)
    {
        foreach (nint value in ValuesUsedWide(function)) Widen(value);
        while (_unfinished.TryPop(out nint phi)) FinishPhi(phi);
        foreach (nint value in _narrow) ReplaceWidenings(value);
        foreach (nint value in _narrow)
            if (OpcodeOf(value) == IrOpcode.Phi) ReplacePhi(value);
        _wide.Clear();
        _narrow.Clear();
    }

    private List<nint> ValuesUsedWide(nint function)
    {
        var found = new List<nint>();
        for (nint block = FirstBlock(function); block != 0; block = NextBlock(block))
            for (nint at = GetFirstInstruction(block); at != 0; at = NextInstruction(at))
                if (TypeOf(at) == ir.I32 && HasWidening(at)) found.Add(at);
        return found;
    }

    private bool HasWidening(nint value)
    {
        for (nint use = FirstUse(value); use != 0; use = NextUse(use))
            if (IsWidening(UserOf(use))) return true;
        return false;
    }

    private bool IsWidening(nint user) => OpcodeOf(user) == IrOpcode.ZExt && TypeOf(user) == ir.I64;

    private nint Widen(nint value)
    {
        if (_wide.TryGetValue(value, out nint wide)) return wide;
        _narrow.Add(value);
        return _wide[value] = OpcodeOf(value) == IrOpcode.Phi ? WidenPhi(value) : WidenAfter(value);
    }

    private nint WidenAfter(nint value)
    {
        if (IsExact(value)) return Operand(value, 0);
        ir.MoveBefore(NextInstruction(value));
        return ir.Cast(CastOperation.ZExt, value, ir.I64);
    }

    private bool IsExact(nint value) => LlvmLibrary.Version >= FunctionTranslation.FirstWithRanges
        && OpcodeOf(value) == IrOpcode.Trunc && TypeOf(Operand(value, 0)) == ir.I64 && GetNoUnsignedWrap(value) != 0;

    private nint WidenPhi(nint phi)
    {
        _unfinished.Push(phi);
        ir.MoveBefore(phi);
        return ir.Phi(ir.I64);
    }

    private void FinishPhi(nint phi)
    {
        for (uint i = 0, count = CountIncoming(phi); i < count; i++)
            IrBuilder.AddIncoming(_wide[phi], WidenIncoming(IncomingValue(phi, i)), IncomingBlock(phi, i));
    }

    /// <summary>A constant that is no number stands for any.</summary>
    private nint WidenIncoming(nint value) => AsInstruction(value) != 0
        ? Widen(value)
        : ir.Int64(AsConstantInt(value) != 0 ? (uint)GetConstant(value) : 0);

    private void ReplaceWidenings(nint value)
    {
        nint wide = _wide[value];
        for (nint use = FirstUse(value); use != 0;)
        {
            nint user = UserOf(use);
            use = NextUse(use);
            if (user == wide || !IsWidening(user)) continue;
            ReplaceUses(user, wide);
            Erase(user);
        }
    }

    /// <summary>Only the wide value goes round; what uses the narrow one takes its lower half.</summary>
    private void ReplacePhi(nint phi)
    {
        ir.MoveBefore(ControlFlow.AfterPhis(BlockOf(phi)));
        ReplaceUses(phi, ir.Cast(CastOperation.Trunc, _wide[phi], ir.I32));
        Erase(phi);
    }
}
