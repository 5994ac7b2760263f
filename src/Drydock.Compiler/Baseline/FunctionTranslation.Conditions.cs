using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Comparisons, and what consumes them.</content>
internal sealed partial class FunctionTranslation
{
    private static Condition Invert(Condition condition) => (Condition)((int)condition ^ 1);

    /// <summary>The condition that holds of exchanged operands.</summary>
    private static Condition Swap(Condition condition) => condition switch
    {
        Condition.Below => Condition.Above,
        Condition.Above => Condition.Below,
        Condition.AboveOrEqual => Condition.BelowOrEqual,
        Condition.BelowOrEqual => Condition.AboveOrEqual,
        Condition.Less => Condition.Greater,
        Condition.Greater => Condition.Less,
        Condition.LessOrEqual => Condition.GreaterOrEqual,
        Condition.GreaterOrEqual => Condition.LessOrEqual,
        _ => condition,
    };

    private void Compare(ref InstructionReader reader, Condition condition, bool wide)
    {
        Operand right = Pop(), left = Pop();
        if (left.Kind == OperandKind.Constant)
        {
            (left, right) = (right, left);
            condition = Swap(condition);
        }
        R r = RegisterOf(left);
        if (r == None && (left.Kind == OperandKind.Constant || RegisterOf(right) == None && !right.IsImmediate))
            r = ToRegister(left);
        if (r == None) CompareMemory(left, right, wide);
        else if (right.IsZero) _assembler.Test(wide, r, r);
        else Apply(AluOperation.Cmp, wide, r, right);
        if (r != None) Free(r);
        Release(right);
        PushFlags(ref reader, condition);
    }

    private void CompareMemory(Operand left, Operand right, bool wide)
    {
        if (right.IsImmediate) _assembler.Alu(AluOperation.Cmp, wide, HomeOf(left), (int)right.Bits);
        else _assembler.Alu(AluOperation.Cmp, wide, HomeOf(left), RegisterOf(right));
    }

    private void EqualZero(ref InstructionReader reader, bool wide)
    {
        TestZero(Pop(), wide);
        PushFlags(ref reader, Condition.Equal);
    }

    private void TestZero(Operand operand, bool wide)
    {
        R r = RegisterOf(operand);
        if (r == None && operand.Kind != OperandKind.Constant)
        {
            _assembler.Alu(AluOperation.Cmp, wide, HomeOf(operand), 0);
            return;
        }
        r = ToRegister(operand);
        _assembler.Test(wide, r, r);
        Free(r);
    }

    /// <summary>
    /// Hands a condition to the next instruction if that consumes it: a branch is translated at once, a selection finds
    /// it in the flags, and a test against zero only turns it round.
    /// </summary>
    private void PushFlags(ref InstructionReader reader, Condition condition)
    {
        for (; reader.PeekByte() == (byte)Opcode.I32Eqz; reader.Skip(1)) condition = Invert(condition);
        switch ((Opcode)reader.PeekByte())
        {
            case Opcode.BrIf: reader.Skip(1); BranchOn(condition, reader.ReadIndex()); break;
            case Opcode.If: reader.Skip(1); If(ref reader, condition); break;
            case Opcode.Select or Opcode.SelectT: Push(Operand.InFlags(condition)); break;
            default: SetFrom(ref reader, condition); break;
        }
    }

    private void SetFrom(ref InstructionReader reader, Condition condition)
    {
        R d = PeekTarget(ref reader);
        if (d == None) d = Allocate();
        if (condition >= Condition.OrderedEqual)
        {
            bool isEqual = condition == Condition.OrderedEqual;
            _assembler.Setcc(isEqual ? Condition.NoParity : Condition.Parity, Scratch);
            _assembler.Setcc(isEqual ? Condition.Equal : Condition.NotEqual, d);
            _assembler.Alu(isEqual ? AluOperation.And : AluOperation.Or, false, d, Scratch);
        }
        else
        {
            _assembler.Setcc(condition, d);
        }
        _assembler.Extend(ExtendOperation.ZeroByte, false, d, d);
        PushOrSet(ref reader, ValueKind.I32, d);
    }

    private Condition PopCondition()
    {
        Operand operand = Pop();
        if (operand.Kind == OperandKind.Flags) return (Condition)operand.Number;
        TestZero(operand, wide: false);
        return Condition.NotEqual;
    }

    private void CompareFloats(ref InstructionReader reader, Condition condition, bool isDouble, bool swap)
    {
        Operand right = Pop(), left = Pop();
        if (swap) (left, right) = (right, left);
        VectorRegister l = ToVector(left);
        if (isDouble) _assembler.Vucomisd(l, ToVectorOperand(right));
        else _assembler.Vucomiss(l, ToVectorOperand(right));
        Free(l);
        Release(right);
        PushFlags(ref reader, condition);
    }

    private void Select(ref InstructionReader reader)
    {
        Condition condition = PopCondition();
        Operand right = Pop(), left = Pop();
        if (left.IsVector) SelectVector(condition, left, right);
        else SelectInteger(condition, left, right);
    }

    private void SelectVector(Condition condition, Operand left, Operand right)
    {
        VectorRegister d = ToTemporaryVector(left);
        int over = -1;
        JumpForward(condition, ref over);
        LoadVector(d, right);
        Bind(over);
        Release(right);
        Push(left.Type, d);
    }

    private void SelectInteger(Condition condition, Operand left, Operand right)
    {
        R d = ToTemporary(left);
        R r = ToRegister(right);
        Condition otherwise = Invert(condition);
        if (otherwise == Condition.OrderedEqual)
        {
            // Takes the right operand when equal and ordered: goes by way of what it is otherwise.
            _assembler.Mov(true, Scratch, d);
            _assembler.Cmov(Condition.Equal, true, d, r);
            _assembler.Cmov(Condition.Parity, true, d, Scratch);
        }
        else if (otherwise == Condition.UnorderedNotEqual)
        {
            _assembler.Cmov(Condition.NotEqual, true, d, r);
            _assembler.Cmov(Condition.Parity, true, d, r);
        }
        else
        {
            _assembler.Cmov(otherwise, true, d, r);
        }
        Free(r);
        Push(left.Type, d);
    }
}
