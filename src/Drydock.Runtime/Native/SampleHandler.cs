using Drydock.Compiler.X64;
using static Drydock.Compiler.X64.Register;
using static Drydock.Runtime.Native.ThunkInstructions;

namespace Drydock.Runtime.Native;

/// <summary>
/// The handler of a profiling signal: emitted code that notes where the thread is, and for a profile the return
/// addresses of the guest's active functions. It touches nothing but its buffer and the thread's stack, so it may
/// interrupt anything.
/// </summary>
/// <remarks>
/// The buffer begins with the number of samples that were taken (u64), which may be more than it has room for; at
/// <see cref="FirstSample"/> follow samples of a fixed size: number of return addresses, pc, return addresses,
/// innermost first; eight bytes each.
/// </remarks>
internal static unsafe class SampleHandler
{
    /// <summary>Offset of the first sample.</summary>
    public const int FirstSample = 64;
    private const int FramesAt = 16;

    /// <summary>Handles the signal from now on.</summary>
    /// <param name="buffer">The buffer.</param>
    /// <param name="capacityLog2">How many samples there is room for.</param>
    /// <param name="sizeLog2">Bytes of a sample.</param>
    /// <param name="isRing">Whether new samples take the places of the oldest once it is full; else they are
    /// lost.</param>
    public static void Install(nint buffer, int capacityLog2, int sizeLog2, bool isRing)
    {
        var code = new Assembler();
        Emit(code, buffer, 1 << capacityLog2, sizeLog2, isRing);
        Libc.SignalAction action = default;
        action.Handler = FaultHandler.Append(code.Text);
        action.Flags = Libc.SignalInfo | Libc.SignalOnStack | Libc.SignalRestart;
        if (Libc.SetSignalAction(Libc.SignalProfile, &action, null) != 0)
            throw Libc.Failed("cannot handle the profiling signal");
    }

    /// <summary>rdx = ucontext_t*.</summary>
    private static void Emit(Assembler code, nint buffer, int capacity, int sizeLog2, bool isRing)
    {
        int noThread = FaultHandler.EmitFindThread(code);
        code.Load(R11, R10, ThreadRecord.InnermostOffset);
        // Zero for a thread that runs no guests, as in r11 when none is found.
        code.Bind(noThread);
        code.Immediate(R9, buffer);
        code.Raw(0xB8, 1, 0, 0, 0); // mov eax, 1
        code.Raw(0xF0, 0x49, 0x0F, 0xC1, 0x01); // lock xadd [r9], rax
        int? full = null;
        if (isRing) code.Arithmetic(4, Rax, capacity - 1);
        else
        {
            code.Arithmetic(7, Rax, capacity);
            full = code.JumpIf(AboveOrEqual);
        }
        code.Shift(4, Rax, sizeLog2);
        code.Raw(0x49, 0x01, 0xC1); // add r9, rax
        code.Arithmetic(0, R9, FirstSample);
        code.Load(R8, Rdx, FaultHandler.ContextRip);
        code.Store(R9, 8, R8);
        EmitWalk(code, ((1 << sizeLog2) - FramesAt) / 8);
        if (full is { } jump) code.Bind(jump);
        code.Return();
    }

    /// <summary>
    /// The chain of frame pointers, as far as it lies between the stack pointer and the entry frame (r11), each above
    /// the one before: only mapped stack is read whatever rbp holds.
    /// </summary>
    private static void EmitWalk(Assembler code, int most)
    {
        code.Load(Rax, Rdx, FaultHandler.ContextRbp);
        code.Load(Rsi, Rdx, FaultHandler.ContextRsp);
        code.Clear(Rcx);
        int next = code.Length;
        code.Compare(Rax, Rsi);
        int below = code.JumpIf(Below);
        code.Compare(Rax, R11);
        int above = code.JumpIf(AboveOrEqual);
        code.Arithmetic(7, Rcx, most);
        int full = code.JumpIf(AboveOrEqual);
        code.Load(R8, Rax, 8);
        code.Raw(0x4D, 0x89, 0x44, 0xC9, FramesAt); // mov [r9 + rcx * 8 + 16], r8
        code.Arithmetic(0, Rcx, 1);
        code.AddressOf(Rsi, Rax, 16);
        code.Load(Rax, Rax, 0);
        code.JumpBack(next);
        code.Bind(below);
        code.Bind(above);
        code.Bind(full);
        code.Store(R9, 0, Rcx);
    }
}
