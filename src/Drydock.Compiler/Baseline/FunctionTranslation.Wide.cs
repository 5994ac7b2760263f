using Drydock.Compiler.X64;
using Drydock.Wasm;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Arithmetic on 128-bit numbers, which are two operands each, the low half first.</content>
internal sealed partial class FunctionTranslation
{
    /// <summary>
    /// Addition or subtraction: an operation of the low halves, and one of the high halves that takes the carry.
    /// </summary>
    private void AddWide(AluOperation low, AluOperation high)
    {
        Operand rightHigh = Pop(), rightLow = Pop(), leftHigh = Pop(), leftLow = Pop();
        R upper = ToTemporary(leftHigh), lower = ToTemporary(leftLow);
        Apply(low, true, lower, rightLow);
        Apply(high, true, upper, rightHigh);
        Release(rightLow);
        Release(rightHigh);
        Push(ValueKind.I64, lower);
        Push(ValueKind.I64, upper);
    }

    private void MultiplyWide(UnaryOperation operation)
    {
        Operand right = Pop(), left = Pop();
        Load(Scratch, right);
        Release(right);
        TakeDividend(left);
        _assembler.Unary(operation, true, Scratch);
        Push(ValueKind.I64, R.Rax);
        Push(ValueKind.I64, R.Rdx);
    }
}
