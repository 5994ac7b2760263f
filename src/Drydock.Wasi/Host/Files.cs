namespace Drydock.Wasi.Host;

/// <summary>Operations on open files. Each returns 0 or a useful number, or a negative errno.</summary>
internal static unsafe class Files
{
    private static ReadOnlySpan<byte> Empty => "\0"u8;

    public static int GetStatus(int fd, out Libc.Stat status)
    {
        fixed (byte* empty = Empty)
        fixed (Libc.Stat* stat = &status)
            return Libc.Check(Libc.StatAt(fd, empty, Libc.AtEmptyPath, Libc.StatBasic, stat));
    }

    public static long Seek(int fd, long offset, int whence) => Libc.Check(Libc.Seek(fd, offset, whence));

    public static int Sync(int fd) => Libc.Check(Libc.SyncAll(fd));

    public static int SyncData(int fd) => Libc.Check(Libc.SyncData(fd));

    public static int SetSize(int fd, long size) => Libc.Check(Libc.SetSize(fd, size));

    public static int Allocate(int fd, long offset, long length) => Libc.Check(Libc.Allocate(fd, 0, offset, length));

    // posix_fadvise returns the error instead of setting errno.
    public static int Advise(int fd, long offset, long length, int advice) =>
        -Libc.Advise(fd, offset, length, advice);

    public static int GetFlags(int fd) => Libc.Check(Libc.Control(fd, Libc.GetFlags, 0));

    public static int SetFlags(int fd, int flags) => Libc.Check(Libc.Control(fd, Libc.SetFlags, flags));

    /// <summary>Sets the times, also through a descriptor that only names the file (O_PATH).</summary>
    public static int SetTimes(int fd, Libc.TimeSpec access, Libc.TimeSpec modification)
    {
        var times = stackalloc Libc.TimeSpec[2] { access, modification };
        fixed (byte* empty = Empty)
            return Libc.Check(Libc.SetTimesAt(fd, empty, times, Libc.AtEmptyPath));
    }

    public static void Close(int fd) => _ = Libc.Close(fd);
}
