using System.Runtime.InteropServices;

namespace Drydock.Runtime.Native;

/// <summary>
/// What emitted code knows of a thread. Found by the fault handler through <see cref="ThreadRecords"/>. A record
/// outlives its thread and serves the next one that gets the same thread pointer, so their number stays bounded.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct ThreadRecord
{
    public const int MaxFrames = 64;

    /// <summary>Offsets for emitted code; the fields below are declared in the same order.</summary>
    public const int InnermostOffset = 0, TrapPcOffset = 8, TrapAddressOffset = 16, TrapSignalOffset = 24,
        FrameCountOffset = 32, FramesOffset = 64;

    /// <summary>Stack pointer of the innermost entry frame, or zero when no guest is running.</summary>
    public nint Innermost;
    /// <summary>Where the last trap happened.</summary>
    public nint TrapPc;
    /// <summary>The address that faulted.</summary>
    public nint TrapAddress;
    /// <summary>The signal.</summary>
    public long TrapSignal;
    /// <summary>How many of <see cref="Frames"/> are filled.</summary>
    public long FrameCount;
    /// <summary>Lowest address of the thread's stack.</summary>
    public nint StackBottom;
    /// <summary>The signal stack that was installed for the thread, or null.</summary>
    public void* SignalStack;
    private readonly nint _reserved;
    /// <summary>Return addresses of the active functions, innermost first.</summary>
    public fixed long Frames[MaxFrames];
}

/// <summary>The records of all threads that ran guests: an open-addressed table keyed by thread pointer.</summary>
internal static unsafe class ThreadRecords
{
    public const int Capacity = 1 << 14;
    public const int HashShift = 12;
    private const int SignalStackSize = 64 << 10;

    private static readonly Lock Gate = new();
    private static readonly nint* Entries = (nint*)NativeMemory.AllocZeroed(Capacity, 16);
    [ThreadStatic] private static ThreadRecord* _current;

    /// <summary>Address of pairs of thread pointer and record.</summary>
    public static nint Table => (nint)Entries;

    /// <summary>The current thread's record.</summary>
    public static ThreadRecord* Current => _current != null ? _current : Attach();

    private static ThreadRecord* Attach()
    {
        FaultHandler.Install();
        var record = FindOrAdd(Libc.CurrentThread());
        record->Innermost = 0;
        record->StackBottom = StackBottom();
        EnsureSignalStack(record);
        return _current = record;
    }

    private static ThreadRecord* FindOrAdd(nint thread)
    {
        lock (Gate)
        {
            nint index = thread >>> HashShift & (Capacity - 1);
            for (int probes = 0; probes < Capacity / 2; probes++, index = index + 1 & (Capacity - 1))
            {
                if (Entries[index * 2] == thread) return (ThreadRecord*)Entries[index * 2 + 1];
                if (Entries[index * 2] == 0) return Add(index, thread);
            }
        }
        throw new InvalidOperationException($"too many threads run guests: the limit is {Capacity / 2}");
    }

    private static ThreadRecord* Add(nint index, nint thread)
    {
        var record = (ThreadRecord*)NativeMemory.AllocZeroed((nuint)sizeof(ThreadRecord));
        Entries[index * 2 + 1] = (nint)record;
        Volatile.Write(ref Entries[index * 2], thread);
        return record;
    }

    private static nint StackBottom()
    {
        Libc.ThreadAttributes attributes;
        if (Libc.GetThreadAttributes(Libc.CurrentThread(), &attributes) != 0)
            throw new InvalidOperationException("cannot find out where the thread's stack is");
        nint lowest;
        nuint size;
        _ = Libc.GetStack(&attributes, &lowest, &size);
        _ = Libc.DestroyThreadAttributes(&attributes);
        return lowest;
    }

    /// <summary>
    /// The fault handler runs on a stack of its own, which .NET gives its threads; others get one here.
    /// </summary>
    private static void EnsureSignalStack(ThreadRecord* record)
    {
        Libc.SignalStack stack;
        if (Libc.SetSignalStack(null, &stack) == 0 && (stack.Flags & Libc.StackDisabled) == 0) return;
        if (record->SignalStack == null) record->SignalStack = NativeMemory.Alloc(SignalStackSize);
        stack = new() { Address = (nint)record->SignalStack, Size = SignalStackSize };
        if (Libc.SetSignalStack(&stack, null) != 0) throw Libc.Failed("cannot set the thread's signal stack");
    }
}
