using Drydock.Compiler;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using static Drydock.Compiler.X64.Register;

namespace Drydock.Runtime.Native;

/// <summary>
/// What guests call in place of a function of another instance whose code uses <see cref="MemorySegment"/>: lets that
/// start at the callee's memory, calls, and sets it back. The context is the callee's own function reference. One piece
/// of code per shape of signature.
/// </summary>
internal static class CrossingThunk
{
    private const int StackArgumentsFromRbp = 16, SavedFromRbp = -8;

    /// <param name="code">Where to.</param>
    /// <param name="type">The signature.</param>
    /// <param name="throws">Whether the caller looks for exceptions.</param>
    public static void Emit(Assembler code, FunctionType type, bool throws)
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
        code.ReadSegment(Rbx);
        code.Load(R11, Rdi, FunctionReferenceLayout.ThrowingContext);
        code.Load(R11, R11, VmContextLayout.Memory0Base);
        code.SetSegment(R11, Rbx);
        code.Load(R11, Rdi, throws ? FunctionReferenceLayout.ThrowingCode : FunctionReferenceLayout.Code);
        code.Load(Rdi, Rdi, throws ? FunctionReferenceLayout.ThrowingContext : FunctionReferenceLayout.Context);
        code.CallRegister(R11);
        code.ReadSegment(R11);
        code.SetSegment(Rbx, R11);
        code.Load(Rbx, Rbp, SavedFromRbp);
        code.Raw(0xC9); // leave
        code.Return();
    }
}
