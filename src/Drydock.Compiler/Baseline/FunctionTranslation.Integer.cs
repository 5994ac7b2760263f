using System.Numerics;
using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Integer arithmetic.</content>
internal sealed partial class FunctionTranslation
{
    /// <summary>i32, or the type numbered before it, i64.</summary>
    private static ValueKind IntegerType(bool wide) => ValueKind.I32 - Unsafe.BitCast<bool, byte>(wide);

    /// <summary>Applies an operation whose right operand may be a constant, in a register or in memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Apply(AluOperation operation, bool wide, R d, Operand right)
    {
        R r = RegisterOf(right);
        if (r != None) _assembler.Alu(operation, wide, d, r);
        else ApplyFromElsewhere(operation, wide, d, right);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ApplyFromElsewhere(AluOperation operation, bool wide, R d, Operand right)
    {
        if (right.IsImmediate) _assembler.Alu(operation, wide, d, (int)right.Bits);
        else if (right.Kind == OperandKind.Constant) ApplyWideConstant(operation, d, right.Bits);
        else _assembler.Alu(operation, wide, d, HomeOf(right));
    }

    private void ApplyWideConstant(AluOperation operation, R d, long bits)
    {
        _assembler.MovConstant(Scratch, bits);
        _assembler.Alu(operation, true, d, Scratch);
    }

    private void Commutative(ref InstructionReader reader, AluOperation operation, bool wide)
    {
        Operand right = Pop();
        if (right.IsImmediate) ApplyImmediate(ref reader, operation, wide, (int)right.Bits);
        else ApplyOperands(ref reader, operation, wide, right);
    }

    /// <summary>An operation on the top operand and a constant; <c>lea</c> where that saves a move.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ApplyImmediate(ref InstructionReader reader, AluOperation operation, bool wide, int right)
    {
        Operand left = Pop();
        R l = RegisterOf(left);
        if (operation == AluOperation.And && l != None && IsTested(ref reader, wide))
        {
            _assembler.Test(wide, l, right);
            Free(l);
            PushTest(ref reader);
            return;
        }
        R target = PeekTarget(ref reader), d;
        if (operation == AluOperation.Add && l != None && l != target && (target != None || !IsTemporary(l)))
        {
            d = target != None ? target : Allocate();
            _assembler.Lea(wide, d, new Address(l, right));
            Free(l);
        }
        else
        {
            d = StartIn(target, left);
            _assembler.Alu(operation, wide, d, right);
        }
        PushOrSet(ref reader, IntegerType(wide), d);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ApplyOperands(ref InstructionReader reader, AluOperation operation, bool wide, Operand right)
    {
        Operand left = Pop();
        R l = RegisterOf(left), r = RegisterOf(right);
        if (operation == AluOperation.And && l != None && r != None && IsTested(ref reader, wide))
        {
            _assembler.Test(wide, l, r);
            Free(l);
            Free(r);
            PushTest(ref reader);
            return;
        }
        R target = PeekTarget(ref reader);
        bool swap = left.Kind == OperandKind.Constant
            || r != None && r == target && l != target
            || r != None && IsTemporary(r) && (l == None || !IsTemporary(l)) && l != target;
        if (swap) (left, right) = (right, left);
        if (operation == AluOperation.Add && TryLea(ref reader, target, wide, left, right)) return;
        R d = StartIn(target, left);
        Apply(operation, wide, d, right);
        Release(right);
        PushOrSet(ref reader, IntegerType(wide), d);
    }

    /// <summary>An addition into a register that is neither operand's.</summary>
    private bool TryLea(ref InstructionReader reader, R target, bool wide, Operand left, Operand right)
    {
        R l = RegisterOf(left), r = RegisterOf(right);
        if (l == None || r == None || l == target || target == None && IsTemporary(l)) return false;
        R d = target != None ? target : Allocate();
        _assembler.Lea(wide, d, new Address(l, r, 1, 0));
        Free(l);
        Release(right);
        PushOrSet(ref reader, IntegerType(wide), d);
        return true;
    }

    /// <summary>Whether the branch or comparison with zero that follows can be fused with <c>and</c>.</summary>
    private static bool IsTested(ref InstructionReader reader, bool wide)
    {
        var next = (Opcode)reader.PeekByte();
        return wide ? next == Opcode.I64Eqz : next is Opcode.I32Eqz or Opcode.BrIf or Opcode.If;
    }

    /// <summary>Pushes whether the flags tell of bits that are set, or none if the next instruction asks for that.</summary>
    private void PushTest(ref InstructionReader reader)
    {
        bool isOfZero = (Opcode)reader.PeekByte() is Opcode.I32Eqz or Opcode.I64Eqz;
        if (isOfZero) reader.Skip(1);
        PushFlags(ref reader, isOfZero ? Condition.Equal : Condition.NotEqual);
    }

    /// <summary>
    /// A register holding the left operand that the instruction may overwrite: the target, or a temporary.
    /// </summary>
    private R StartIn(R target, Operand left)
    {
        if (target == None) return ToTemporary(left);
        Load(target, left);
        Release(left);
        return target;
    }

    private void Subtract(ref InstructionReader reader, bool wide)
    {
        Operand right = Pop();
        if (right.IsImmediate && (int)right.Bits != int.MinValue)
        {
            ApplyImmediate(ref reader, AluOperation.Add, wide, -(int)right.Bits);
            return;
        }
        Operand left = Pop();
        R target = PeekTarget(ref reader);
        if (target != None && IsIn(right, target)) target = None;
        R d = StartIn(target, left);
        Apply(AluOperation.Sub, wide, d, right);
        Release(right);
        PushOrSet(ref reader, IntegerType(wide), d);
    }

    private void Multiply(ref InstructionReader reader, bool wide)
    {
        Operand right = Pop(), left = Pop();
        if (left.Kind == OperandKind.Constant) (left, right) = (right, left);
        R target = PeekTarget(ref reader);
        if (right.IsImmediate)
        {
            R source = ToRegister(left);
            Free(source);
            R d = target != None ? target : Allocate();
            _assembler.Imul(wide, d, source, (int)right.Bits);
            PushOrSet(ref reader, IntegerType(wide), d);
            return;
        }
        if (target != None && IsIn(right, target)) (left, right) = (right, left);
        if (target != None && IsIn(right, target) && !IsIn(left, target)) target = None;
        R product = StartIn(target, left);
        MultiplyBy(wide, product, right);
        Release(right);
        PushOrSet(ref reader, IntegerType(wide), product);
    }

    private void MultiplyBy(bool wide, R d, Operand right)
    {
        R r = RegisterOf(right);
        if (r == None && right.Kind == OperandKind.Constant) Load(r = Scratch, right);
        if (r != None) _assembler.Imul(wide, d, r);
        else _assembler.Imul(wide, d, HomeOf(right));
    }

    private void Shift(ref InstructionReader reader, ShiftOperation operation, bool wide)
    {
        Operand count = Pop(), value = Pop();
        if (count.Kind == OperandKind.Constant)
        {
            R target = PeekTarget(ref reader);
            R d = StartIn(target, value);
            int places = (int)count.Bits & (wide ? 63 : 31);
            if (places != 0) _assembler.Shift(operation, wide, d, places);
            PushOrSet(ref reader, IntegerType(wide), d);
            return;
        }
        bool isRotation = operation is ShiftOperation.RotateLeft or ShiftOperation.RotateRight;
        if (!isRotation && (_features & CpuFeatures.Bmi) != 0) ShiftWithBmi(ref reader, operation, wide, value, count);
        else ShiftByCl(operation, wide, value, count);
    }

    private void ShiftWithBmi(
        ref InstructionReader reader, ShiftOperation operation, bool wide, Operand value, Operand count)
    {
        R c = ToRegister(count), v = ToRegister(value);
        R target = PeekTarget(ref reader);
        Free(c);
        Free(v);
        R d = target != None ? target : Allocate();
        _assembler.ShiftBmi(operation, wide, d, v, c);
        PushOrSet(ref reader, IntegerType(wide), d);
    }

    private void ShiftByCl(ShiftOperation operation, bool wide, Operand value, Operand count)
    {
        R c = RegisterOf(count);
        if (c != R.Rcx)
        {
            if (IsIn(value, R.Rcx))
            {
                ShiftValueFromRcx(operation, wide, value, count);
                return;
            }
            Claim(R.Rcx);
            Load(R.Rcx, count);
            Release(count);
        }
        R d = ToTemporary(value);
        _assembler.Shift(operation, wide, d);
        Free(R.Rcx);
        Push(IntegerType(wide), d);
    }

    private void ShiftValueFromRcx(ShiftOperation operation, bool wide, Operand value, Operand count)
    {
        R d = Allocate();
        _assembler.Mov(wide, d, R.Rcx);
        Load(R.Rcx, count);
        Release(count);
        _assembler.Shift(operation, wide, d);
        Free(R.Rcx);
        Push(value.Type, d);
    }

    /// <summary>Division or remainder: rax and rdx are the machine's choice.</summary>
    private void Divide(bool wide, bool isSigned, bool isRemainder)
    {
        Operand right = Pop(), left = Pop();
        if (!isSigned && right.Kind == OperandKind.Constant && IsPowerOfTwo(wide, right.Bits))
        {
            DivideByPowerOfTwo(wide, isRemainder, left, right);
            return;
        }
        R divisor = Scratch;
        Load(Scratch, right);
        Release(right);
        TakeDividend(left);
        bool isConstant = right.Kind == OperandKind.Constant;
        long constant = wide ? right.Bits : (int)right.Bits;
        if (!isConstant || constant == 0) CheckDivisor(wide, divisor);
        int done = isSigned && (!isConstant || constant == -1) ? CheckMinusOne(wide, isRemainder, divisor) : -1;
        if (isSigned) _assembler.SignExtendAccumulator(wide);
        else _assembler.Alu(AluOperation.Xor, false, R.Rdx, R.Rdx);
        _assembler.Unary(isSigned ? UnaryOperation.Idiv : UnaryOperation.Div, wide, divisor);
        if (done >= 0) _assembler.BindShort(done);
        Free(isRemainder ? R.Rax : R.Rdx);
        Push(IntegerType(wide), isRemainder ? R.Rdx : R.Rax);
    }

    /// <summary>Puts the dividend in rax and frees rdx of other operands.</summary>
    private void TakeDividend(Operand left)
    {
        if (!IsIn(left, R.Rax))
        {
            if (IsIn(left, R.Rdx))
            {
                Claim(R.Rax);
                _assembler.Mov(true, R.Rax, R.Rdx);
                return;
            }
            Claim(R.Rax);
            Load(R.Rax, left);
            Release(left);
        }
        Claim(R.Rdx);
    }

    private void CheckDivisor(bool wide, R divisor)
    {
        _assembler.Test(wide, divisor, divisor);
        TrapIf(Condition.Equal, TrapCode.IntegerDivideByZero);
    }

    /// <summary>
    /// Division by -1 overflows for the least number, which traps; the remainder is zero for any number, without asking
    /// the machine, which would fault. Returns the jump to the end, or -1.
    /// </summary>
    private int CheckMinusOne(bool wide, bool isRemainder, R divisor)
    {
        _assembler.Alu(AluOperation.Cmp, wide, divisor, -1);
        int other = _assembler.JccShort(Condition.NotEqual);
        if (isRemainder) _assembler.Alu(AluOperation.Xor, false, R.Rdx, R.Rdx);
        else _assembler.Unary(UnaryOperation.Neg, wide, R.Rax);
        if (!isRemainder) TrapIf(Condition.Overflow, TrapCode.IntegerOverflow);
        int done = _assembler.JmpShort();
        _assembler.BindShort(other);
        return done;
    }

    private static bool IsPowerOfTwo(bool wide, long bits) => BitOperations.IsPow2(wide ? (ulong)bits : (uint)bits);

    private void DivideByPowerOfTwo(bool wide, bool isRemainder, Operand left, Operand right)
    {
        ulong divisor = wide ? (ulong)right.Bits : (uint)right.Bits;
        R d = ToTemporary(left);
        int shift = BitOperations.Log2(divisor);
        long mask = (long)(divisor - 1);
        if (!isRemainder && shift > 0) _assembler.Shift(ShiftOperation.LogicalRight, wide, d, shift);
        else if (isRemainder && mask <= int.MaxValue) _assembler.Alu(AluOperation.And, wide, d, (int)mask);
        else if (isRemainder) ApplyWideConstant(AluOperation.And, d, mask);
        Push(IntegerType(wide), d);
    }

    private void Extend(ref InstructionReader reader, ExtendOperation operation, bool wide)
    {
        R s = PopRegister();
        R target = PeekTarget(ref reader);
        Free(s);
        R d = target != None ? target : Allocate();
        _assembler.Extend(operation, wide, d, s);
        PushOrSet(ref reader, IntegerType(wide), d);
    }
}
