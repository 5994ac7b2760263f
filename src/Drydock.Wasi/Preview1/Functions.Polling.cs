using System.Runtime.CompilerServices;
using Drydock.Wasi.Host;

namespace Drydock.Wasi.Preview1;

/// <summary>Waiting for events.</summary>
internal sealed unsafe partial class Functions
{
    private const int EventSize = 32;
    private const int MaxSubscriptions = 1 << 16;
    private const int SubscriptionsOnStack = 64;

    // The older snapshot names a clock by one more number, which moves what follows.
    private int SubscriptionSize => snapshot == Snapshot.Preview1 ? 48 : 56;
    private int ClockOffset => snapshot == Snapshot.Preview1 ? 16 : 24;

    public Errno PollOneoff(GuestMemory memory, uint subscriptions, uint events, uint count, uint result)
    {
        if (count is 0 or > MaxSubscriptions) return Errno.Inval;
        var source = memory.At(subscriptions, (ulong)count * (uint)SubscriptionSize);
        var target = memory.At(events, (ulong)count * EventSize);
        if (source == null || target == null || memory.At(result, 4) == null) return Errno.Fault;
        // Events may overwrite subscriptions, so these are copied first.
        var bytes = (int)count * SubscriptionSize;
        Span<byte> copy = count <= SubscriptionsOnStack ? stackalloc byte[bytes] : new byte[bytes];
        new ReadOnlySpan<byte>(source, bytes).CopyTo(copy);
        Span<Libc.PollDescriptor> descriptors = count <= SubscriptionsOnStack
            ? stackalloc Libc.PollDescriptor[(int)count] : new Libc.PollDescriptor[count];
        var poll = new Poll(this, copy, descriptors, target);
        var error = poll.Run();
        return error != Errno.Success ? error : memory.Store(result, poll.EventCount);
    }

    /// <summary>One call: what it waits for, and the events that it has found.</summary>
    private ref struct Poll(
        Functions functions, ReadOnlySpan<byte> subscriptions, Span<Libc.PollDescriptor> descriptors, byte* events)
    {
        private readonly Functions _functions = functions;
        private readonly ReadOnlySpan<byte> _subscriptions = subscriptions;
        private readonly Span<Libc.PollDescriptor> _descriptors = descriptors;
        private readonly byte* _events = events;
        private ulong _timeout = ulong.MaxValue;

        /// <summary>The events stored.</summary>
        public uint EventCount { get; private set; }

        public Errno Run()
        {
            var start = Clocks.Now(Clocks.Monotonic);
            for (var i = 0; i < _descriptors.Length; i++)
            {
                var error = Prepare(i);
                if (error != Errno.Success) return error;
            }
            // What failed is an event already, so there is nothing to wait for.
            var ready = Wait(EventCount > 0 ? 0 : _timeout);
            if (ready < 0) return Errnos.FromHost(ready);
            var passed = Clocks.Now(Clocks.Monotonic) - start;
            if (ready == 0 && EventCount == 0) passed = Math.Max(passed, _timeout);
            for (var i = 0; i < _descriptors.Length; i++) Collect(i, passed);
            return Errno.Success;
        }

        private readonly ReadOnlySpan<byte> Subscription(int index) =>
            _subscriptions.Slice(index * _functions.SubscriptionSize, _functions.SubscriptionSize);

        private readonly T Read<T>(int index, int offset) where T : unmanaged =>
            Unsafe.ReadUnaligned<T>(in Subscription(index)[offset]);

        private readonly EventType Type(int index) => (EventType)Read<byte>(index, 8);

        private readonly int Wait(ulong timeout)
        {
            fixed (Libc.PollDescriptor* descriptors = _descriptors)
                return Polling.Wait(descriptors, _descriptors.Length, timeout);
        }

        private Errno Prepare(int index)
        {
            _descriptors[index] = new Libc.PollDescriptor { Fd = -1 };
            switch (Type(index))
            {
                case EventType.Clock: PrepareClock(index); return Errno.Success;
                case EventType.FdRead: PrepareDescriptor(index, Rights.FdRead, Libc.PollIn); return Errno.Success;
                case EventType.FdWrite: PrepareDescriptor(index, Rights.FdWrite, Libc.PollOut); return Errno.Success;
                default: return Errno.Inval;
            }
        }

        private void PrepareClock(int index)
        {
            var error = TryGetTimeout(index, out var timeout);
            if (error != Errno.Success) Fail(index, error);
            else _timeout = Math.Min(_timeout, timeout);
        }

        private void PrepareDescriptor(int index, Rights right, short events)
        {
            var fd = Read<uint>(index, 16);
            var error = _functions.Descriptors.Get(fd, Rights.PollFdReadwrite | right, out var descriptor);
            if (error != Errno.Success) Fail(index, error);
            else _descriptors[index] = new Libc.PollDescriptor { Fd = descriptor.HostFd, Events = events };
        }

        /// <summary>The nanoseconds until a clock's event, from now on.</summary>
        private readonly Errno TryGetTimeout(int index, out ulong timeout)
        {
            var offset = _functions.ClockOffset;
            var clock = Read<uint>(index, offset);
            timeout = Read<ulong>(index, offset + 8);
            var flags = Read<ushort>(index, offset + 24);
            if (clock > Clocks.ThreadCpu || flags > 1) return Errno.Inval;
            // Time of the processor does not pass while waiting.
            if (clock > Clocks.Monotonic) return Errno.NotSup;
            if (flags == 0) return Errno.Success;
            var now = Clocks.Now((int)clock);
            timeout = timeout > now ? timeout - now : 0;
            return Errno.Success;
        }

        private void Collect(int index, ulong passed)
        {
            if (Type(index) == EventType.Clock) CollectClock(index, passed);
            else if (_descriptors[index].Returned != 0) CollectDescriptor(index, _descriptors[index]);
        }

        private void CollectClock(int index, ulong passed)
        {
            if (TryGetTimeout(index, out var timeout) != Errno.Success) return;
            var isAbsolute = Read<ushort>(index, _functions.ClockOffset + 24) != 0;
            // An absolute time has been compared with the clock just now; the rest of a wait that ended early counts.
            if (isAbsolute ? timeout == 0 || passed >= _timeout && EventCount == 0 : timeout <= passed)
                Add(index, Errno.Success, 0, 0);
        }

        private void CollectDescriptor(int index, Libc.PollDescriptor descriptor)
        {
            if ((descriptor.Returned & Libc.PollInvalid) != 0)
            {
                Fail(index, Errno.BadF);
                return;
            }
            var bytes = Type(index) == EventType.FdRead ? Polling.BytesReadable(descriptor.Fd) : 0;
            var hangUp = (descriptor.Returned & Libc.PollHangUp) != 0 ? 1 : 0;
            Add(index, (descriptor.Returned & Libc.PollError) != 0 ? Errno.Pipe : Errno.Success, bytes, (ushort)hangUp);
        }

        private void Fail(int index, Errno error) => Add(index, error, 0, 0);

        private void Add(int index, Errno error, ulong bytes, ushort flags)
        {
            var target = _events + EventCount++ * EventSize;
            Unsafe.InitBlockUnaligned(target, 0, EventSize);
            Unsafe.WriteUnaligned(target, Read<ulong>(index, 0));
            Unsafe.WriteUnaligned(target + 8, (ushort)error);
            target[10] = (byte)Type(index);
            Unsafe.WriteUnaligned(target + 16, bytes);
            Unsafe.WriteUnaligned(target + 24, flags);
        }
    }
}
