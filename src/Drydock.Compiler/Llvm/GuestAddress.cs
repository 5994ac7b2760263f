using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>A native address as translation makes them: the start of a memory, a widened index, a constant.</summary>
internal readonly record struct GuestAddress(nint Start, nint Index, long Offset)
{
    /// <summary>The parts of a pointer; null if it is no address with one 32-bit index.</summary>
    public static GuestAddress? Of(IrBuilder ir, nint pointer)
    {
        long offset = 0;
        nint index = 0;
        while (IsOffset(ir, pointer))
        {
            nint part = Operand(pointer, 1);
            if (AsConstantInt(part) != 0) offset += GetSignedConstant(part);
            else if (index != 0 || !IrValue.IsWidened(ir, part)) return null;
            else index = Operand(part, 0);
            pointer = Operand(pointer, 0);
        }
        return index == 0 ? null : new(pointer, index, offset);
    }

    private static bool IsOffset(IrBuilder ir, nint pointer) => AsInstruction(pointer) != 0
        && OpcodeOf(pointer) == IrOpcode.Index && CountOperands(pointer) == 2 && ElementOf(pointer) == ir.I8;
}
