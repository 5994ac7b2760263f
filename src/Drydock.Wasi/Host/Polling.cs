namespace Drydock.Wasi.Host;

/// <summary>Waiting for descriptors and for time to pass.</summary>
internal static unsafe class Polling
{
    /// <summary>
    /// Waits until a descriptor is ready or <paramref name="timeout"/> nanoseconds have passed
    /// (<see cref="ulong.MaxValue"/>: for ever). The number of ready descriptors, or a negative errno.
    /// </summary>
    public static int Wait(Libc.PollDescriptor* descriptors, int count, ulong timeout)
    {
        var start = Clocks.Now(Clocks.Monotonic);
        var left = timeout;
        while (true)
        {
            var time = Libc.TimeSpec.FromNanoseconds(left);
            var waitsForEver = timeout == ulong.MaxValue;
            var result = Libc.Check(Libc.Poll(descriptors, (nuint)count, waitsForEver ? null : &time, null));
            if (result != -Libc.EINTR) return result;
            var passed = Clocks.Now(Clocks.Monotonic) - start;
            left = passed >= timeout ? 0 : timeout - passed;
        }
    }

    /// <summary>The bytes that a read would return now, 0 where the device cannot tell.</summary>
    public static ulong BytesReadable(int fd)
    {
        int count;
        return Libc.DeviceControl(fd, Libc.BytesReadable, &count) == 0 && count > 0 ? (ulong)count : 0;
    }
}
