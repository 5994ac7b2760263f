using Drydock.Runtime.Native;

namespace Drydock.Runtime;

/// <summary>
/// Looks again and again where one thread is, by a timer that runs while the thread does: a system call that blocks is
/// not interrupted. One of a process at a time.
/// </summary>
public sealed unsafe class Sampler : IDisposable
{
    private const int ThreadProcessorTime = 3, SignalThread = 4;
    /// <summary>Counts keep the last 65536 places; a profile keeps the first 131072 stacks.</summary>
    private const int CountsLog2 = 16, CountSizeLog2 = 4, StacksLog2 = 17, StackSizeLog2 = 9;
    private static int _used;

    private readonly byte* _buffer;
    private readonly nuint _size;
    private readonly int _capacityLog2, _sizeLog2;
    private nint _timer;
    private bool _isRunning;

    private Sampler(bool withStacks, TimeSpan interval)
    {
        (_capacityLog2, _sizeLog2) = withStacks ? (StacksLog2, StackSizeLog2) : (CountsLog2, CountSizeLog2);
        Interval = interval;
        _size = SampleHandler.FirstSample + ((nuint)1 << (_capacityLog2 + _sizeLog2));
        const int Flags = Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve;
        nint address = Libc.Map(0, _size, Libc.ProtRead | Libc.ProtWrite, Flags, -1, 0);
        if (address == Libc.MapFailed) throw Libc.Failed("cannot reserve memory for samples");
        _buffer = (byte*)address;
    }

    /// <summary>Processor time between samples; the system may take longer.</summary>
    public TimeSpan Interval { get; }
    /// <summary>How many samples there were no room for.</summary>
    public long Lost => Math.Max(0, Taken - (1L << _capacityLog2));
    private long Taken => Volatile.Read(ref *(long*)_buffer);

    /// <summary>
    /// Starts to sample this thread; null if that is not possible, or was done before in this process.
    /// </summary>
    /// <param name="withStacks">Whether to keep the stack of each sample rather than the place alone.</param>
    /// <param name="interval">Processor time between samples.</param>
    public static Sampler? TryStart(bool withStacks, TimeSpan interval)
    {
        if (Interlocked.Exchange(ref _used, 1) != 0) return null;
        _ = ThreadRecords.Current;
        try
        {
            var sampler = new Sampler(withStacks, interval);
            SampleHandler.Install((nint)sampler._buffer, sampler._capacityLog2, sampler._sizeLog2, isRing: !withStacks);
            return sampler.TryStartTimer() ? sampler : null;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Takes no more samples. Those there are can still be read.</summary>
    public void Dispose()
    {
        // The buffer stays: a last signal may be on its way.
        if (_isRunning) _ = Libc.SystemCall(Libc.CallTimerDelete, _timer, 0, 0, 0);
        _isRunning = false;
    }

    /// <summary>How often each function that the module defines was met.</summary>
    public uint[] Count(Module module)
    {
        var counts = new uint[module.Definition.Bodies.Length];
        int imported = module.Definition.ImportedFunctionCount;
        for (long i = 0; i < Kept; i++)
            if (module.Code.TryFind(SampleAt(i)[1], out int function, out _)) counts[function - imported]++;
        return counts;
    }

    /// <summary>
    /// Calls <paramref name="visit"/> with the functions of each sample, outermost first: indices in the module's
    /// function index space, and -1 for what is no function of the module.
    /// </summary>
    public void Visit(Module module, Action<ReadOnlyMemory<int>> visit)
    {
        var functions = new int[1 << _sizeLog2];
        for (long i = 0; i < Kept; i++)
        {
            nint* sample = SampleAt(i);
            int count = 0;
            for (long frame = sample[0]; frame >= 0; frame--)
            {
                bool isFound = module.Code.TryFind(sample[1 + frame], out int function, out _);
                if (isFound || frame == 0) functions[count++] = isFound ? function : -1;
            }
            visit(functions.AsMemory(0, count));
        }
    }

    private long Kept => Math.Min(Taken, 1L << _capacityLog2);

    private nint* SampleAt(long index) => (nint*)(_buffer + SampleHandler.FirstSample + (index << _sizeLog2));

    private bool TryStartTimer()
    {
        // struct sigevent: value, signal, how to notify, thread. struct itimerspec: interval, first; seconds,
        // nanoseconds.
        var request = stackalloc int[16];
        new Span<int>(request, 16).Clear();
        (request[2], request[3]) = (Libc.SignalProfile, SignalThread);
        request[4] = (int)Libc.SystemCall(Libc.CallThreadId, 0, 0, 0, 0);
        int timer;
        if (Libc.SystemCall(Libc.CallTimerCreate, ThreadProcessorTime, (nint)request, (nint)(&timer), 0) != 0)
            return false;
        _timer = timer;
        long nanoseconds = Interval.Ticks * 100, second = 1_000_000_000;
        var times = stackalloc long[] { nanoseconds / second, nanoseconds % second, nanoseconds / second,
            nanoseconds % second };
        return _isRunning = Libc.SystemCall(Libc.CallTimerSet, _timer, 0, (nint)times, 0) == 0;
    }
}
