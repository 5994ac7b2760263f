using Drydock.Wasi.Host;

namespace Drydock.Wasi.Preview1;

/// <summary>What <c>path_open</c> is asked for.</summary>
internal readonly record struct OpenRequest(Rights Base, Rights Inheriting, OpenFlags OpenFlags, FdFlags FdFlags)
{
    /// <summary>Whether flags from a guest are ones that have a meaning.</summary>
    public static bool AreKnown(uint openFlags, uint fdFlags) =>
        (openFlags & ~(uint)OpenFlags.All) == 0 && (fdFlags & ~(uint)FdFlags.All) == 0;

    /// <summary>Checks the request against what the directory allows.</summary>
    public Errno Check(Descriptor directory)
    {
        // Rights of sockets, and those that no snapshot knows, apply to nothing that has a path.
        if (((Base | Inheriting) & Rights.Inheritable & ~directory.Inheriting) != 0) return Errno.NotCapable;
        var needed = Rights.None;
        if (OpenFlags.HasFlag(OpenFlags.Create)) needed |= Rights.PathCreateFile;
        if (OpenFlags.HasFlag(OpenFlags.Truncate)) needed |= Rights.PathFilestatSetSize;
        if ((directory.Base & needed) != needed) return Errno.NotCapable;
        return directory.IsReadOnly && Changes ? Errno.RoFs : Errno.Success;
    }

    /// <summary>Opens the file; rights that do not apply to its type are dropped, as the interface allows.</summary>
    public Errno Open(Descriptor directory, ReadOnlySpan<byte> path, bool follow, out Descriptor? descriptor)
    {
        descriptor = null;
        var fd = OpenOnHost(directory, path, HostFlags | (follow ? 0 : Libc.NoFollow));
        if (fd < 0) return Errnos.FromPath(fd);
        _ = Files.GetStatus(fd, out var status);
        var type = Filetypes.FromMode(status.Mode);
        descriptor = new Descriptor
        {
            HostFd = fd,
            Filetype = type,
            Base = Base & RightsOf(type),
            Inheriting = Inheriting & Rights.Inheritable,
            IsReadOnly = directory.IsReadOnly,
        };
        return Errno.Success;
    }

    private bool Writes => (Base & Rights.NeedsWriteAccess) != 0;
    private bool Changes => Writes || OpenFlags.HasFlag(OpenFlags.Truncate);

    private int HostFlags =>
        AccessMode | FdFlagsOnHost.ToHost(FdFlags) | Libc.NoControllingTerminal
        | (OpenFlags.HasFlag(OpenFlags.Create) ? Libc.Create : 0)
        | (OpenFlags.HasFlag(OpenFlags.Directory) ? Libc.Directory : 0)
        | (OpenFlags.HasFlag(OpenFlags.Exclusive) ? Libc.Exclusive : 0)
        | (OpenFlags.HasFlag(OpenFlags.Truncate) ? Libc.Truncate : 0);

    private int AccessMode =>
        !Writes ? Libc.ReadOnly
        : (Base & (Rights.FdRead | Rights.FdReaddir)) != 0 ? Libc.ReadWrite
        : Libc.WriteOnly;

    // Beneath a read-only directory a file that exists can be opened, also by those who would create it otherwise.
    private static int OpenOnHost(Descriptor directory, ReadOnlySpan<byte> path, int flags)
    {
        if (!directory.IsReadOnly || (flags & Libc.Create) == 0) return Directories.Open(directory.HostFd, path, flags);
        var fd = Directories.Open(directory.HostFd, path, flags & ~(Libc.Create | Libc.Exclusive));
        if (fd < 0) return fd == -Libc.ENOENT ? -Libc.EROFS : fd;
        if ((flags & Libc.Exclusive) == 0) return fd;
        Files.Close(fd);
        return -Libc.EEXIST;
    }

    private static Rights RightsOf(Filetype type) => type switch
    {
        Filetype.Directory => Rights.Directory,
        Filetype.RegularFile or Filetype.BlockDevice => Rights.File,
        Filetype.CharacterDevice => Rights.Stream | Rights.FdSeek | Rights.FdTell,
        _ => Rights.Stream,
    };
}
