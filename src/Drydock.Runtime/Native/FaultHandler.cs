using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Compiler.X64;
using static Drydock.Compiler.X64.Register;
using static Drydock.Runtime.Native.ThunkInstructions;

namespace Drydock.Runtime.Native;

/// <summary>
/// Turns hardware faults of guests into traps. The handler is emitted code: a managed one would itself fault on the way
/// into the runtime when the fault is a null reference in managed code. It answers for faults whose pc is in
/// <see cref="CodeRanges"/> and, for memory faults, whose address is in <see cref="MemoryRanges"/>, of threads that
/// have an entry frame; every other fault goes to the handler that was there before, as if this one did not exist.
/// </summary>
internal static unsafe class FaultHandler
{
    // Offsets in siginfo_t and ucontext_t (x86-64 Linux).
    public const int ContextRbp = 120, ContextRsp = 160, ContextRip = 168;
    private const int FaultAddress = 16;

    private static readonly Lock Gate = new();
    private static readonly nint* Previous = (nint*)NativeMemory.AllocZeroed(64, 8);
    private static volatile bool _isInstalled;
    private static CodeMemory? _memory;
    private static nint _tailCallReturn;

    /// <summary>
    /// The code of <see cref="Drydock.Compiler.Builtin.TailCallReturn"/>, which lives with the handler's.
    /// </summary>
    public static nint TailCallReturn
    {
        get
        {
            Install();
            return _tailCallReturn;
        }
    }

    /// <summary>Adds a piece of code that lives as long as the process; its address.</summary>
    public static nint Append(ReadOnlySpan<byte> text)
    {
        Install();
        lock (Gate) return (nint)_memory!.Code + _memory.Append(text);
    }

    /// <summary>Installs the handler for the whole process, once.</summary>
    public static void Install()
    {
        if (_isInstalled) return;
        lock (Gate)
        {
            if (_isInstalled) return;
            var code = new Assembler();
            _memory = new CodeMemory(0, 4096);
            // Compiled code does not test references for null before it accesses objects.
            MemoryRanges.Add(0, HeapLayout.NullGuardSize);
            EmitLandingPad(code);
            nint landingPad = (nint)_memory.Code + _memory.Append(code.Text);
            code.Reset();
            EmitHandler(code, landingPad);
            nint handler = (nint)_memory.Code + _memory.Append(code.Text);
            _tailCallReturn = (nint)_memory.Code + _memory.Append([0xC9, 0xC3]); // leave; ret
            foreach (int signal in (ReadOnlySpan<int>)
                [Libc.SignalIllegal, Libc.SignalBus, Libc.SignalFloat, Libc.SignalSegment])
                Install(signal, handler);
            _isInstalled = true;
        }
    }

    private static void Install(int signal, nint handler)
    {
        Libc.SignalAction action;
        if (Libc.SetSignalAction(signal, null, &action) != 0)
            throw Libc.Failed($"cannot read the action of signal {signal}");
        Previous[signal] = action.Handler;
        action.Handler = handler;
        // The stack stays the one the previous handler asked for: .NET throws DivideByZeroException from within its
        // SIGFPE handler, for which a signal stack is too small. Guests always leave room for a signal frame on their
        // own.
        action.Flags |= Libc.SignalInfo;
        if (Libc.SetSignalAction(signal, &action, null) != 0) throw Libc.Failed($"cannot handle signal {signal}");
    }

    /// <summary>
    /// Where a trapped thread goes on, with the stack pointer at its entry frame: see <see cref="EntryThunk"/>.
    /// </summary>
    private static void EmitLandingPad(Assembler code)
    {
        code.Raw(0xFC); // cld
        code.Raw(0xC5, 0xF8, 0x77); // vzeroupper
        code.Raw(0xB8, 1, 0, 0, 0); // mov eax, 1
        EntryThunk.EmitLeave(code);
    }

    /// <summary>
    /// rdi = signal, rsi = siginfo_t*, rdx = ucontext_t*; these stay untouched for the previous handler.
    /// </summary>
    private static void EmitHandler(Assembler code, nint landingPad)
    {
        code.Load(R8, Rdx, ContextRip);
        int notOurCode = EmitFindRange(code, CodeRanges.Table, R8);
        code.Arithmetic(7, Rdi, Libc.SignalIllegal);
        int illegal = code.JumpIf(Equal);
        code.Arithmetic(7, Rdi, Libc.SignalFloat);
        int arithmetic = code.JumpIf(Equal);
        code.Load(R9, Rsi, FaultAddress);
        int notOurMemory = EmitFindRange(code, MemoryRanges.Table, R9);
        code.Bind(illegal);
        code.Bind(arithmetic);
        int noThread = EmitFindThread(code);
        code.Load(R11, R10, ThreadRecord.InnermostOffset);
        code.Test(R11);
        int noEntry = code.JumpIf(Equal);
        EmitRecord(code);
        EmitWalk(code);
        code.Store(Rdx, ContextRsp, R11);
        code.Immediate(Rax, landingPad);
        code.Store(Rdx, ContextRip, Rax);
        code.Return();
        code.Bind(notOurCode);
        code.Bind(notOurMemory);
        code.Bind(noThread);
        code.Bind(noEntry);
        EmitChain(code);
    }

    /// <summary>Goes on if <paramref name="address"/> is in the table, jumps away if not. Uses rax, rcx.</summary>
    private static int EmitFindRange(Assembler code, nint table, Register address)
    {
        code.Immediate(Rax, table);
        code.Load(Rcx, Rax, 0);
        int next = code.Length;
        code.Test(Rcx);
        int notFound = code.JumpIf(Equal);
        code.Arithmetic(0, Rax, 16);
        code.Arithmetic(5, Rcx, 1);
        code.CompareMemory(address, Rax, 0);
        code.JumpBackIf(Below, next);
        code.CompareMemory(address, Rax, 8);
        code.JumpBackIf(AboveOrEqual, next);
        return notFound;
    }

    /// <summary>Leaves the thread's record in r10. Uses rax, rcx, r11.</summary>
    public static int EmitFindThread(Assembler code)
    {
        code.Raw(0x64, 0x48, 0x8B, 0x04, 0x25, 0, 0, 0, 0); // mov rax, fs:[0]
        code.Copy(Rcx, Rax);
        code.Shift(5, Rcx, ThreadRecords.HashShift);
        int probe = code.Length;
        code.Arithmetic(4, Rcx, ThreadRecords.Capacity - 1);
        code.Copy(R11, Rcx);
        code.Shift(4, R11, 4);
        code.Immediate(R10, ThreadRecords.Table);
        code.Raw(0x4D, 0x01, 0xD3); // add r11, r10
        code.Load(R10, R11, 8);
        code.CompareMemory(Rax, R11, 0);
        int found = code.JumpIf(Equal);
        code.Load(R11, R11, 0);
        code.Test(R11);
        int absent = code.JumpIf(Equal);
        code.Arithmetic(0, Rcx, 1);
        code.JumpBack(probe);
        code.Bind(found);
        return absent;
    }

    private static void EmitRecord(Assembler code)
    {
        code.Store(R10, ThreadRecord.TrapPcOffset, R8);
        code.Load(Rax, Rsi, FaultAddress);
        code.Store(R10, ThreadRecord.TrapAddressOffset, Rax);
        code.Store(R10, ThreadRecord.TrapSignalOffset, Rdi);
    }

    /// <summary>
    /// Collects return addresses along the chain of frame pointers. Every frame must lie between the stack pointer and
    /// the entry frame (r11), each above the one before, so that only mapped stack is read whatever rbp holds.
    /// </summary>
    private static void EmitWalk(Assembler code)
    {
        code.Load(Rax, Rdx, ContextRbp);
        code.Load(R9, Rdx, ContextRsp);
        code.Clear(Rcx);
        int next = code.Length;
        code.Compare(Rax, R9);
        int below = code.JumpIf(Below);
        code.Compare(Rax, R11);
        int above = code.JumpIf(AboveOrEqual);
        code.Arithmetic(7, Rcx, ThreadRecord.MaxFrames);
        int full = code.JumpIf(AboveOrEqual);
        code.Load(R8, Rax, 8);
        code.Raw(0x4D, 0x89, 0x84, 0xCA); // mov [r10 + rcx * 8 + disp32], r8
        code.Reserve();
        code.Int32(ThreadRecord.FramesOffset);
        code.Arithmetic(0, Rcx, 1);
        code.AddressOf(R9, Rax, 16);
        code.Load(Rax, Rax, 0);
        code.JumpBack(next);
        code.Bind(below);
        code.Bind(above);
        code.Bind(full);
        code.Store(R10, ThreadRecord.FrameCountOffset, Rcx);
    }

    /// <summary>
    /// Jumps to the previous handler; without one, restores the default action and lets the fault repeat.
    /// </summary>
    private static void EmitChain(Assembler code)
    {
        code.Immediate(Rax, (nint)Previous);
        code.Raw(0x48, 0x8B, 0x04, 0xF8); // mov rax, [rax + rdi * 8]
        code.Arithmetic(7, Rax, 1);
        int none = code.JumpIf(BelowOrEqual);
        code.JumpRegister(Rax);
        code.Bind(none);
        code.Immediate(Rsi, (nint)NativeMemory.AllocZeroed(64));
        code.Clear(Rdx);
        code.Raw(0x41, 0xBA, 8, 0, 0, 0); // mov r10d, 8: size of the kernel's signal set
        code.Raw(0xB8, 13, 0, 0, 0); // mov eax, rt_sigaction
        code.Raw(0x0F, 0x05); // syscall
        code.Return();
    }
}
