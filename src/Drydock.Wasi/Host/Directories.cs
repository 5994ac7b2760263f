namespace Drydock.Wasi.Host;

/// <summary>
/// Operations on paths beneath a directory. The kernel resolves them (openat2 with RESOLVE_BENEATH): whatever other
/// processes rename meanwhile, nothing outside the directory is reached. Calls that create, remove or rename act on
/// the last component within its parent, which the kernel does not follow; calls that look at a file act on a
/// descriptor of it. Each returns 0 or a useful number, or a negative errno; EXDEV says that the path leads outside.
/// </summary>
internal static unsafe class Directories
{
    private const int OpenAt2 = 437;
    private const int MaxRaces = 1000;

    /// <summary>Opens a directory of the host by its path: the root of what a guest may reach.</summary>
    public static int OpenRoot(string path)
    {
        Span<byte> buffer = new byte[System.Text.Encoding.UTF8.GetMaxByteCount(path.Length) + 1];
        System.Text.Encoding.UTF8.GetBytes(path, buffer);
        fixed (byte* bytes = buffer)
        {
            var fd = Libc.Check(Libc.Open(bytes, Libc.Directory | Libc.CloseOnExec));
            // A directory that cannot be listed can still be walked through.
            return fd != -Libc.EACCES ? fd
                : Libc.Check(Libc.Open(bytes, Libc.Directory | Libc.CloseOnExec | Libc.PathOnly));
        }
    }

    /// <summary>Opens a path with the flags of open(2). The descriptor, or a negative errno.</summary>
    public static int Open(int directory, ReadOnlySpan<byte> path, int flags)
    {
        var buffer = stackalloc byte[HostPath.MaxLength];
        var error = HostPath.Create(path, buffer, out var hostPath);
        return error < 0 ? error : OpenBeneath(directory, hostPath.Pointer, flags);
    }

    /// <summary>Opens the file itself for nothing but being looked at.</summary>
    public static int OpenForStatus(int directory, ReadOnlySpan<byte> path, bool follow) =>
        Open(directory, path, Libc.PathOnly | (follow ? 0 : Libc.NoFollow));

    public static int GetStatus(int directory, ReadOnlySpan<byte> path, bool follow, out Libc.Stat status)
    {
        status = default;
        var fd = OpenForStatus(directory, path, follow);
        if (fd < 0) return fd;
        var error = Files.GetStatus(fd, out status);
        Files.Close(fd);
        return error;
    }

    public static int SetTimes(
        int directory, ReadOnlySpan<byte> path, bool follow, Libc.TimeSpec access, Libc.TimeSpec modification)
    {
        var fd = OpenForStatus(directory, path, follow);
        if (fd < 0) return fd;
        var error = Files.SetTimes(fd, access, modification);
        Files.Close(fd);
        return error;
    }

    /// <summary>Reads where a symbolic link points; the number of bytes, cut to the buffer.</summary>
    public static long ReadLink(int directory, ReadOnlySpan<byte> path, byte* buffer, nuint length)
    {
        var fd = OpenForStatus(directory, path, follow: false);
        if (fd < 0) return fd;
        byte empty = 0;
        // The kernel refuses an empty buffer, where the answer is that nothing fits.
        byte spare;
        var count = Libc.Check(Libc.ReadLinkAt(fd, &empty, length == 0 ? &spare : buffer, Math.Max(1, length)));
        Files.Close(fd);
        // On what is not a link, an empty name means "not found"; with a name it would have been "invalid".
        if (count == -Libc.ENOENT) return -Libc.EINVAL;
        return length == 0 ? Math.Min(0, count) : count;
    }

    public static int CreateDirectory(int directory, ReadOnlySpan<byte> path)
    {
        using var entry = new Entry(directory, path, stackalloc byte[HostPath.MaxLength]);
        return entry.Error < 0 ? entry.Error
            : Libc.Check(Libc.CreateDirectoryAt(entry.Directory, entry.Name, 0x1FF));
    }

    public static int RemoveDirectory(int directory, ReadOnlySpan<byte> path) =>
        Unlink(directory, path, Libc.AtRemoveDirectory);

    public static int RemoveFile(int directory, ReadOnlySpan<byte> path) => Unlink(directory, path, 0);

    public static int Rename(int oldDirectory, ReadOnlySpan<byte> oldPath, int newDirectory, ReadOnlySpan<byte> newPath)
    {
        using var source = new Entry(oldDirectory, oldPath, stackalloc byte[HostPath.MaxLength]);
        if (source.Error < 0) return source.Error;
        using var target = new Entry(newDirectory, newPath, stackalloc byte[HostPath.MaxLength]);
        return target.Error < 0 ? target.Error
            : Libc.Check(Libc.RenameAt(source.Directory, source.Name, target.Directory, target.Name));
    }

    /// <summary>Makes a hard link to the file itself, also where that is a symbolic link.</summary>
    public static int Link(int oldDirectory, ReadOnlySpan<byte> oldPath, int newDirectory, ReadOnlySpan<byte> newPath)
    {
        // "name/" and ".." would be followed by linkat; both can only name directories, which have no hard links.
        if (oldPath is [.., (byte)'/']) return RefuseDirectory(oldDirectory, oldPath);
        using var source = new Entry(oldDirectory, oldPath, stackalloc byte[HostPath.MaxLength]);
        if (source.Error < 0) return source.Error;
        if (HostPath.IsDots(source.Name)) return -Libc.EPERM;
        using var target = new Entry(newDirectory, newPath, stackalloc byte[HostPath.MaxLength]);
        return target.Error < 0 ? target.Error
            : Libc.Check(Libc.LinkAt(source.Directory, source.Name, target.Directory, target.Name, 0));
    }

    /// <summary>
    /// Makes a symbolic link. One that starts at a root is refused with EXDEV: no guest could follow it, but a process
    /// of the host that is less careful would.
    /// </summary>
    public static int CreateSymbolicLink(ReadOnlySpan<byte> target, int directory, ReadOnlySpan<byte> path)
    {
        var buffer = stackalloc byte[HostPath.MaxLength];
        var error = HostPath.Create(target, buffer, out var content);
        if (error < 0) return error;
        using var entry = new Entry(directory, path, stackalloc byte[HostPath.MaxLength]);
        return entry.Error < 0 ? entry.Error
            : Libc.Check(Libc.SymbolicLinkAt(content.Pointer, entry.Directory, entry.Name));
    }

    private static int Unlink(int directory, ReadOnlySpan<byte> path, int flags)
    {
        using var entry = new Entry(directory, path, stackalloc byte[HostPath.MaxLength]);
        return entry.Error < 0 ? entry.Error : Libc.Check(Libc.UnlinkAt(entry.Directory, entry.Name, flags));
    }

    private static int RefuseDirectory(int directory, ReadOnlySpan<byte> path)
    {
        var fd = Open(directory, path, Libc.PathOnly | Libc.Directory);
        if (fd < 0) return fd;
        Files.Close(fd);
        return -Libc.EPERM;
    }

    private static int OpenBeneath(int directory, byte* path, int flags)
    {
        var how = new Libc.OpenHow
        {
            Flags = (ulong)(flags | Libc.CloseOnExec),
            Mode = (flags & Libc.Create) != 0 ? 0x1B6u : 0,
            Resolve = Libc.ResolveBeneath | Libc.ResolveNoMagicLinks,
        };
        // The kernel gives up with EAGAIN when a rename elsewhere races with a "..", and with EINTR on some devices.
        for (var attempt = 0; ; attempt++)
        {
            var fd = (int)Libc.Check(Libc.Syscall(OpenAt2, directory, path, &how, sizeof(Libc.OpenHow)));
            if (fd is not (-Libc.EAGAIN or -Libc.EINTR) || attempt == MaxRaces) return fd;
        }
    }

    /// <summary>The last component of a path and a descriptor of the directory that holds it.</summary>
    private readonly ref struct Entry
    {
        private readonly Span<byte> _buffer;
        private readonly bool _ownsDirectory;

        /// <summary>Resolves all but the last component. <paramref name="buffer"/> lies on the stack.</summary>
        public Entry(int directory, ReadOnlySpan<byte> path, Span<byte> buffer)
        {
            _buffer = buffer;
            var bytes = (byte*)System.Runtime.CompilerServices.Unsafe.AsPointer(ref _buffer[0]);
            Directory = directory;
            Error = HostPath.Create(path, bytes, out var hostPath);
            if (Error < 0) return;
            hostPath.Split(out var parent, out var name);
            Name = name;
            if (parent == null) return;
            Directory = OpenBeneath(directory, parent, Libc.PathOnly | Libc.Directory);
            Error = Math.Min(0, Directory);
            _ownsDirectory = Error == 0;
        }

        /// <summary>0, or the negative errno that ended resolution.</summary>
        public int Error { get; }
        /// <summary>The directory.</summary>
        public int Directory { get; }
        /// <summary>The name in it, ended with a NUL.</summary>
        public byte* Name { get; }

        public void Dispose()
        {
            if (_ownsDirectory) Files.Close(Directory);
        }
    }
}
