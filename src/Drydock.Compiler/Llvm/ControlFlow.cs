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

    /// <summary>Whether a value is another and a constant added.</summary>
    public static bool IsSum(nint value, out nint left, out long right)
    {
        (left, right) = (0, 0);
        if (AsInstruction(value) == 0 || OpcodeOf(value) != IrOpcode.Add) return false;
        nint constant = AsConstantInt(Operand(value, 1));
        if (constant == 0) return false;
        (left, right) = (Operand(value, 0), GetSignedConstant(constant));
        return true;
    }
}
