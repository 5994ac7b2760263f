using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>References of any type: null is zero.</content>
internal sealed partial class FunctionTranslation
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ReferenceFunction(int index) =>
        CallBuiltin(Builtin.ReferenceFunction, [index], 0, ValueKind.Reference);

    private void ReferenceNull(ref InstructionReader reader)
    {
        reader.ReadHeapType();
        PushConstant(ValueKind.NullableReference, 0);
    }

    private void ReferenceIsNull(ref InstructionReader reader)
    {
        TestZero(Pop(), wide: true);
        PushFlags(ref reader, Condition.Equal);
    }

    private void ReferenceAsNonNull()
    {
        R r = ToTemporary(Pop());
        _assembler.Test(true, r, r);
        TrapIf(Condition.Equal, TrapCode.NullReference);
        Push(ValueKind.Reference, r);
    }

    /// <summary>Takes the branch, without the reference, when it is null.</summary>
    private void BranchOnNull(int depth)
    {
        R reference = PopOutsideRax();
        _assembler.Test(true, reference, reference);
        BranchOn(Condition.Equal, depth);
        Push(ValueKind.Reference, reference);
    }

    /// <summary>Takes the branch, with the reference as last operand, when it is not null.</summary>
    private void BranchOnNonNull(int depth)
    {
        R reference = PopOutsideRax();
        _assembler.Test(true, reference, reference);
        Push(ValueKind.NullableReference, reference);
        BranchOn(Condition.NotEqual, depth);
        Drop();
    }

    /// <summary>Pops a reference into a temporary register that branches do not put their result in.</summary>
    private R PopOutsideRax()
    {
        R r = ToTemporary(Pop());
        if (r != R.Rax) return r;
        R other = Allocate();
        _assembler.Mov(true, other, R.Rax);
        Free(R.Rax);
        return other;
    }
}
