using Drydock.Compiler.X64;
using Drydock.Runtime.Native;
using static Drydock.Compiler.X64.Register;
using static Drydock.Runtime.Native.ThunkInstructions;

namespace Drydock.Runtime.Heap;

/// <summary>Emitted code around the heap: what must not, or must, see every register.</summary>
internal static unsafe class HeapThunks
{
    private const int VectorSize = 16 * 16;
    private static readonly Register[] Saved = [Rax, Rcx, Rdx, Rbx, Rsi, Rdi, R8, R9, R10, R12, R13, R14, R15];

    /// <summary>Made when a heap is first collected.</summary>
    private static class Stack
    {
        public static readonly nint Call = EmitWithStack();
    }

    /// <summary>
    /// Makes the code behind <see cref="Drydock.Compiler.Builtin.Allocate"/>: keeps all registers, where the collector
    /// finds them too, and calls <paramref name="allocate"/> with the context and the size.
    /// </summary>
    public static nint EmitAllocate(delegate* unmanaged<byte*, long, nint> allocate)
    {
        var code = new Assembler();
        code.Push(Rbp);
        code.Copy(Rbp, Rsp);
        foreach (var register in Saved) code.Push(register);
        code.Arithmetic(5, Rsp, VectorSize + 8);
        for (int i = 0; i < 16; i++) code.StoreVector(Rsp, i * 16, i);
        code.Copy(Rdi, Rbx);
        code.Copy(Rsi, R11);
        code.Immediate(Rax, (nint)allocate);
        code.CallRegister(Rax);
        code.Copy(R11, Rax);
        for (int i = 0; i < 16; i++) code.LoadVector(i, Rsp, i * 16);
        code.Arithmetic(0, Rsp, VectorSize + 8);
        for (int i = Saved.Length - 1; i >= 0; i--) code.Pop(Saved[i]);
        code.Pop(Rbp);
        code.Return();
        return FaultHandler.Append(code.Text);
    }

    /// <summary>
    /// Calls <paramref name="function"/> with <paramref name="argument"/> and a stack pointer above which is all that
    /// the callers hold, the registers they expect to be kept included.
    /// </summary>
    public static void CallWithStack(delegate* unmanaged<nint, nint, void> function, nint argument) =>
        ((delegate* unmanaged<delegate* unmanaged<nint, nint, void>, nint, void>)Stack.Call)(function, argument);

    private static nint EmitWithStack()
    {
        var code = new Assembler();
        code.Push(Rbp);
        code.Copy(Rbp, Rsp);
        foreach (var register in (ReadOnlySpan<Register>)[Rbx, R12, R13, R14, R15]) code.Push(register);
        code.Arithmetic(5, Rsp, 8);
        code.Copy(Rax, Rdi);
        code.Copy(Rdi, Rsi);
        code.Copy(Rsi, Rsp);
        code.CallRegister(Rax);
        code.Raw(0xC9); // leave
        code.Return();
        return FaultHandler.Append(code.Text);
    }
}
