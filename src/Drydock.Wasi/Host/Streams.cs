namespace Drydock.Wasi.Host;

/// <summary>
/// Reading and writing of open descriptors. A call that a signal interrupts is made again; a blocking call on a
/// descriptor whose other holders made it non-blocking waits, as its caller expects.
/// </summary>
internal static unsafe class Streams
{
    /// <summary>The largest number of buffers one call takes (IOV_MAX).</summary>
    public const int MaxVectors = 1024;

    /// <summary>Reads into buffers; the number of bytes, or a negative errno.</summary>
    public static long Read(int fd, Libc.IoVector* vectors, int count, bool mayBlock)
    {
        long result;
        do result = Libc.Check(Libc.ReadVector(fd, vectors, count));
        while (result < 0 && IsRetried(fd, result, Libc.PollIn, mayBlock));
        return result;
    }

    /// <summary>Writes from buffers; the number of bytes, or a negative errno.</summary>
    public static long Write(int fd, Libc.IoVector* vectors, int count, bool mayBlock)
    {
        long result;
        do result = Libc.Check(Libc.WriteVector(fd, vectors, count));
        while (result < 0 && IsRetried(fd, result, Libc.PollOut, mayBlock));
        return result;
    }

    /// <summary>Reads at an offset; the number of bytes, or a negative errno.</summary>
    public static long ReadAt(int fd, Libc.IoVector* vectors, int count, long offset)
    {
        long result;
        do result = Libc.Check(Libc.ReadVectorAt(fd, vectors, count, offset));
        while (result == -Libc.EINTR);
        return result;
    }

    /// <summary>Writes at an offset; the number of bytes, or a negative errno.</summary>
    public static long WriteAt(int fd, Libc.IoVector* vectors, int count, long offset)
    {
        long result;
        do result = Libc.Check(Libc.WriteVectorAt(fd, vectors, count, offset));
        while (result == -Libc.EINTR);
        return result;
    }

    /// <summary>Whether a descriptor can be read or written (<paramref name="events"/>) at once.</summary>
    public static bool IsReady(int fd, short events)
    {
        var poll = new Libc.PollDescriptor { Fd = fd, Events = events };
        return Polling.Wait(&poll, 1, 0) != 0;
    }

    /// <summary>Whether a descriptor is a terminal.</summary>
    public static bool IsTerminal(int fd)
    {
        var attributes = stackalloc byte[256];
        return Libc.DeviceControl(fd, Libc.TerminalAttributes, attributes) == 0;
    }

    private static bool IsRetried(int fd, long error, short events, bool mayBlock)
    {
        if (error == -Libc.EINTR) return true;
        if (error != -Libc.EAGAIN || !mayBlock) return false;
        var poll = new Libc.PollDescriptor { Fd = fd, Events = events };
        return Polling.Wait(&poll, 1, ulong.MaxValue) > 0;
    }
}
