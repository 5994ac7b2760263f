using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>How blocks of code that is already there lead to each other.</summary>
internal static class ControlFlow
{
    /// <summary>Whether a block may be followed by another.</summary>
    public static bool JumpsTo(nint block, nint target)
    {
        nint end = Terminator(block);
        for (uint i = 0, count = CountSuccessors(end); i < count; i++)
            if (Successor(end, i) == target) return true;
        return false;
    }

    /// <summary>Makes a branch lead to another block wherever it led to one.</summary>
    public static void Redirect(nint branch, nint from, nint to)
    {
        for (uint i = 0, count = CountSuccessors(branch); i < count; i++)
            if (Successor(branch, i) == from) SetSuccessor(branch, i, to);
    }

    /// <summary>The first instruction of a block that is no phi.</summary>
    public static nint AfterPhis(nint block)
    {
        nint at = GetFirstInstruction(block);
        while (OpcodeOf(at) == IrOpcode.Phi) at = NextInstruction(at);
        return at;
    }

    /// <summary>What a phi is when it is come to from a block; zero if that does not lead there.</summary>
    public static nint ValueFrom(nint block, nint phi)
    {
        for (uint i = 0, count = CountIncoming(phi); i < count; i++)
            if (IncomingBlock(phi, i) == block) return IncomingValue(phi, i);
        return 0;
    }

    /// <summary>Whether an instruction follows another in the same block, at most so many later.</summary>
    public static bool IsSoonAfter(nint first, nint later, int most)
    {
        for (int i = 0; i < most && first != 0; i++, first = NextInstruction(first))
            if (first == later) return true;
        return false;
    }

    /// <summary>Whether one instruction has always run when another does.</summary>
    public static bool Dominates(nint first, nint later)
    {
        nint block = BlockOf(first), other = BlockOf(later);
        if (block == other) return IsSoonAfter(first, later, int.MaxValue);
        var seen = new HashSet<nint> { block };
        var open = new Stack<nint>();
        open.Push(FirstBlock(FunctionOf(block)));
        while (open.TryPop(out nint at))
        {
            if (!seen.Add(at)) continue;
            if (at == other) return false;
            nint end = Terminator(at);
            for (uint i = 0, count = CountSuccessors(end); i < count; i++) open.Push(Successor(end, i));
        }
        return true;
    }
}
