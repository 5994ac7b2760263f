using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>What single values of code that is already there are.</summary>
internal static class IrValue
{
    private const int LargestStep = 1 << 16;

    /// <summary>
    /// Whether a loop's variable may grow by this in a turn, so that the growth of some turns fits any type.
    /// </summary>
    public static bool IsStep(long growth) => growth is not 0 and >= -LargestStep and <= LargestStep;

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

    /// <summary>The number that a value is, if it is one.</summary>
    public static bool TryGetConstant(nint value, out ulong number)
    {
        nint constant = AsConstantInt(value);
        number = constant == 0 ? 0 : GetConstant(constant);
        return constant != 0;
    }

    /// <summary>Whether a value is one of 32 bits with zeros before it.</summary>
    public static bool IsWidened(IrBuilder ir, nint value) => AsInstruction(value) != 0
        && OpcodeOf(value) == IrOpcode.ZExt && TypeOf(Operand(value, 0)) == ir.I32;
}
