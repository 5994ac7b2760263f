using System.Runtime.InteropServices;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>Hears of a descriptor that can be read or written.</summary>
public interface IReadyHandler
{
    /// <summary>Called on the loop's thread.</summary>
    void OnReady();
}

/// <summary>
/// One thread that waits for everything: calls, children, terminals, timers. Whatever is awaited on it goes on on it,
/// so that nothing here needs a lock.
/// </summary>
public sealed unsafe class EventLoop
{
    private const int Batch = 32, Forever = -1;
    /// <summary>Milliseconds without anything to do after which memory is given back.</summary>
    private const int Quiet = 500;

    private readonly int _poll = Kernel.CreatePoll(Kernel.CloseOnExec);
    private readonly Dictionary<int, object> _handlers = [];
    private readonly List<(long Due, Action Action)> _timers = [];
    private readonly Queue<Action> _posted = [];
    private bool _isStopped, _isTrimmed;

    /// <summary>Reports a descriptor from now on whenever it can be read.</summary>
    public void AddReader(int descriptor, IReadyHandler handler) =>
        Control(Kernel.Add, descriptor, Kernel.EventIn, handler);

    /// <summary>Reports a descriptor whenever it can be written.</summary>
    public void AddWriter(int descriptor, IReadyHandler handler) =>
        Control(Kernel.Add, descriptor, Kernel.EventOut, handler);

    /// <summary>Reports a descriptor that is known already also, or not any longer, when it can be written.</summary>
    public void AwaitWriting(int descriptor, bool isAwaited)
    {
        if (_handlers.TryGetValue(descriptor, out object? handler))
            Control(Kernel.Modify, descriptor, Kernel.EventIn | (isAwaited ? Kernel.EventOut : 0),
                (IReadyHandler)handler);
    }

    /// <summary>Reports a descriptor no longer; it has to be removed before it is closed.</summary>
    public void Remove(int descriptor)
    {
        if (_handlers.Remove(descriptor)) _ = Kernel.ControlPoll(_poll, Kernel.Remove, descriptor, null);
    }

    /// <summary>Calls <paramref name="action"/> once, after a time.</summary>
    public void After(TimeSpan time, Action action) =>
        _timers.Add((Environment.TickCount64 + (long)time.TotalMilliseconds, action));

    /// <summary>Runs until <see cref="Stop"/> is called.</summary>
    public void Run()
    {
        SynchronizationContext? outer = SynchronizationContext.Current;
        SynchronizationContext.SetSynchronizationContext(new Context(this));
        try
        {
            RunUntilStopped();
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(outer);
        }
    }

    /// <summary>Ends <see cref="Run"/> as soon as what is going on is done.</summary>
    public void Stop() => _isStopped = true;

    private void RunUntilStopped()
    {
        var events = stackalloc Kernel.Event[Batch];
        while (!_isStopped)
        {
            int count = Kernel.WaitPoll(_poll, events, Batch, Timeout());
            for (int i = 0; i < count; i++)
                if (_handlers.TryGetValue(events[i].Descriptor, out object? handler))
                    ((IReadyHandler)handler).OnReady();
            bool isQuiet = !RunTimers() && count == 0;
            while (_posted.TryDequeue(out Action? posted)) posted();
            if (isQuiet && !_isTrimmed) ResidentMemory.Trim();
            _isTrimmed = isQuiet;
        }
    }

    private void Control(int operation, int descriptor, uint events, IReadyHandler handler)
    {
        _handlers[descriptor] = handler;
        var change = new Kernel.Event { Events = events, Descriptor = descriptor };
        if (Kernel.ControlPoll(_poll, operation, descriptor, &change) < 0)
            throw new TaskException(TaskError.Failed,
                $"cannot wait for a descriptor: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    private int Timeout()
    {
        if (_timers.Count == 0) return _isTrimmed ? Forever : Quiet;
        long first = long.MaxValue;
        foreach ((long due, _) in _timers) first = Math.Min(first, due);
        return (int)Math.Clamp(first - Environment.TickCount64, 0, _isTrimmed ? int.MaxValue : Quiet);
    }

    private bool RunTimers()
    {
        long now = Environment.TickCount64;
        bool hasRun = false;
        for (int i = _timers.Count - 1; i >= 0; i--)
        {
            if (_timers[i].Due > now) continue;
            Action action = _timers[i].Action;
            _timers.RemoveAt(i);
            action();
            hasRun = true;
            i = Math.Min(i, _timers.Count);
        }
        return hasRun;
    }

    /// <summary>
    /// Keeps on the loop what the framework would hand to a thread of its own: where several await the same, all but
    /// one of them. Whatever is awaited is done on the loop's thread, so that nobody else posts.
    /// </summary>
    private sealed class Context(EventLoop loop) : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state) => loop._posted.Enqueue(() => d(state));

        public override SynchronizationContext CreateCopy() => this;
    }
}
