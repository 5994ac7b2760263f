using Drydock.Compiler;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using static Drydock.Compiler.X64.Register;
using static Drydock.Runtime.Native.ThunkInstructions;

namespace Drydock.Runtime.Native;

/// <summary>
/// What code of a module that knows nothing of exceptions calls in place of a function that may throw: calls it, and
/// when an exception is pending afterwards, ends the guest as a trap does, since that code would take garbage for
/// results. The context is the callee's function reference. One piece of code per shape of signature.
/// </summary>
internal static class GuardThunk
{
    private const int StackArgumentsFromRbp = 16, SavedFromRbp = -8;

    public static void Emit(Assembler code, FunctionType type)
    {
        int stackSize = new CallingConvention(type).StackSize;
        code.Push(Rbp);
        code.Copy(Rbp, Rsp);
        code.Push(Rbx);
        code.Arithmetic(5, Rsp, stackSize + 8);
        for (int i = 0; i < stackSize; i += 8)
        {
            code.Load(Rax, Rbp, StackArgumentsFromRbp + i);
            code.Store(Rsp, i, Rax);
        }
        code.Load(Rax, Rdi, FunctionReferenceLayout.ThrowingCode);
        code.Load(Rdi, Rdi, FunctionReferenceLayout.ThrowingContext);
        code.Copy(Rbx, Rdi);
        code.CallRegister(Rax);
        code.Load(Rcx, Rbx, VmContextLayout.StoreContext);
        code.Load(Rcx, Rcx, StoreContextLayout.PendingException);
        code.Test(Rcx);
        int failed = code.JumpIf(NotEqual);
        code.Load(Rbx, Rbp, SavedFromRbp);
        code.Raw(0xC9); // leave
        code.Return();
        code.Bind(failed);
        code.Undefined();
    }
}
