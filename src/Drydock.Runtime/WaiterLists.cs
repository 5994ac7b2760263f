using System.Diagnostics;

namespace Drydock.Runtime;

/// <summary>How a wait ended; the values are those of the instruction's result.</summary>
internal enum WaitResult
{
    Woken = 0,
    NotEqual = 1,
    TimedOut = 2,
    /// <summary>The host interrupted the guest.</summary>
    Interrupted = 3,
}

/// <summary>
/// The threads that wait on the addresses of one shared memory, first come first served (threads proposal, waiter
/// queues).
/// </summary>
internal sealed class WaiterLists
{
    private const int SliceMilliseconds = 10;
    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, LinkedList<Waiter>> _lists = [];

    private sealed class Waiter : IDisposable
    {
        private readonly SemaphoreSlim _signal = new(0, 1);
        public bool IsWoken { get; set; }
        public void Wake() => _signal.Release();
        public void Sleep(int milliseconds) => _signal.Wait(milliseconds);
        public void Dispose() => _signal.Dispose();
    }

    /// <summary>
    /// Waits at <paramref name="address"/> while <paramref name="isExpected"/> holds at the start. A negative
    /// <paramref name="nanoseconds"/> is for ever. <paramref name="isInterrupted"/>, if given, is asked now and then.
    /// </summary>
    public WaitResult Wait(ulong address, Func<bool> isExpected, long nanoseconds, Func<bool>? isInterrupted)
    {
        using var waiter = new Waiter();
        LinkedListNode<Waiter> node;
        lock (_gate)
        {
            // Looked at under the lock that notifications take, so that none gets lost in between.
            if (!isExpected()) return WaitResult.NotEqual;
            if (!_lists.TryGetValue(address, out var list)) _lists[address] = list = new();
            node = list.AddLast(waiter);
        }
        var end = Sleep(waiter, nanoseconds, isInterrupted);
        lock (_gate)
        {
            if (waiter.IsWoken) return WaitResult.Woken;
            Remove(address, node);
            return end;
        }
    }

    /// <summary>
    /// Wakes at most <paramref name="count"/> threads that wait at <paramref name="address"/>; tells how many.
    /// </summary>
    public uint Notify(ulong address, uint count)
    {
        lock (_gate)
        {
            uint woken = 0;
            for (; woken < count && _lists.TryGetValue(address, out var list); woken++)
            {
                var first = list.First!;
                first.Value.IsWoken = true;
                first.Value.Wake();
                Remove(address, first);
            }
            return woken;
        }
    }

    private static WaitResult Sleep(Waiter waiter, long nanoseconds, Func<bool>? isInterrupted)
    {
        long start = Stopwatch.GetTimestamp();
        while (!waiter.IsWoken)
        {
            if (isInterrupted is not null && isInterrupted()) return WaitResult.Interrupted;
            long left = nanoseconds < 0
                ? long.MaxValue
                : nanoseconds / 1000 - (long)Stopwatch.GetElapsedTime(start).TotalMicroseconds;
            if (left <= 0) return WaitResult.TimedOut;
            long longest = isInterrupted is null ? int.MaxValue : SliceMilliseconds;
            waiter.Sleep((int)Math.Min(longest, left / 1000 + 1));
        }
        return WaitResult.Woken;
    }

    private void Remove(ulong address, LinkedListNode<Waiter> node)
    {
        var list = _lists[address];
        list.Remove(node);
        if (list.Count == 0) _lists.Remove(address);
    }
}
