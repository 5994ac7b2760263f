using Drydock.Wasi.Host;

namespace Drydock.Wasi.Preview1;

/// <summary>The functions that take a path beneath a directory.</summary>
internal sealed unsafe partial class Functions
{
    public Errno PathCreateDirectory(GuestMemory memory, uint fd, uint path, uint length)
    {
        var error = GetPath(memory, fd, Rights.PathCreateDirectory, path, length, out var directory, out var bytes);
        if (error != Errno.Success) return error;
        return directory.IsReadOnly ? Errno.RoFs
            : Errnos.FromPath(Directories.CreateDirectory(directory.HostFd, bytes));
    }

    public Errno PathRemoveDirectory(GuestMemory memory, uint fd, uint path, uint length)
    {
        var error = GetPath(memory, fd, Rights.PathRemoveDirectory, path, length, out var directory, out var bytes);
        if (error != Errno.Success) return error;
        return directory.IsReadOnly ? Errno.RoFs
            : Errnos.FromPath(Directories.RemoveDirectory(directory.HostFd, bytes));
    }

    public Errno PathUnlinkFile(GuestMemory memory, uint fd, uint path, uint length)
    {
        var error = GetPath(memory, fd, Rights.PathUnlinkFile, path, length, out var directory, out var bytes);
        if (error != Errno.Success) return error;
        return directory.IsReadOnly ? Errno.RoFs
            : Errnos.FromPath(Directories.RemoveFile(directory.HostFd, bytes));
    }

    public Errno PathFilestatGet(GuestMemory memory, uint fd, uint flags, uint path, uint length, uint result)
    {
        var error = GetPath(memory, fd, Rights.PathFilestatGet, path, length, out var directory, out var bytes);
        if (error != Errno.Success) return error;
        if (!TryGetFollow(flags, out var follow)) return Errno.Inval;
        var failure = Directories.GetStatus(directory.HostFd, bytes, follow, out var status);
        return failure < 0 ? Errnos.FromPath(failure) : StoreStatus(memory, result, status);
    }

    public Errno PathFilestatSetTimes(
        GuestMemory memory, uint fd, uint flags, uint path, uint length, ulong access, ulong modification,
        uint timeFlags)
    {
        var error = GetPath(memory, fd, Rights.PathFilestatSetTimes, path, length, out var directory, out var bytes);
        if (error != Errno.Success) return error;
        if (!TryGetFollow(flags, out var follow)
            || !TryGetTimes(access, modification, timeFlags, out var hostAccess, out var hostModification))
            return Errno.Inval;
        return directory.IsReadOnly ? Errno.RoFs
            : Errnos.FromPath(Directories.SetTimes(directory.HostFd, bytes, follow, hostAccess, hostModification));
    }

    public Errno PathLink(
        GuestMemory memory, uint oldFd, uint flags, uint oldPath, uint oldLength, uint newFd, uint newPath,
        uint newLength)
    {
        var error = GetPath(memory, oldFd, Rights.PathLinkSource, oldPath, oldLength, out var source, out var oldBytes);
        if (error != Errno.Success) return error;
        error = GetPath(memory, newFd, Rights.PathLinkTarget, newPath, newLength, out var target, out var newBytes);
        if (error != Errno.Success) return error;
        // A link at the end of the source cannot be followed and named in one step, so a race could lead outside.
        if (!TryGetFollow(flags, out var follow) || follow) return Errno.Inval;
        if (target.IsReadOnly) return Errno.RoFs;
        // A second name in a directory that is writable would open the file to change.
        if (source.IsReadOnly) return Errno.XDev;
        return Errnos.FromPath(Directories.Link(source.HostFd, oldBytes, target.HostFd, newBytes));
    }

    public Errno PathRename(
        GuestMemory memory, uint oldFd, uint oldPath, uint oldLength, uint newFd, uint newPath, uint newLength)
    {
        var error = GetPath(memory, oldFd, Rights.PathRenameSource, oldPath, oldLength, out var source,
            out var oldBytes);
        if (error != Errno.Success) return error;
        error = GetPath(memory, newFd, Rights.PathRenameTarget, newPath, newLength, out var target, out var newBytes);
        if (error != Errno.Success) return error;
        return source.IsReadOnly || target.IsReadOnly ? Errno.RoFs
            : Errnos.FromPath(Directories.Rename(source.HostFd, oldBytes, target.HostFd, newBytes));
    }

    public Errno PathSymlink(GuestMemory memory, uint content, uint contentLength, uint fd, uint path, uint length)
    {
        var error = GetPath(memory, fd, Rights.PathSymlink, path, length, out var directory, out var bytes);
        if (error != Errno.Success) return error;
        if (!memory.TryGetBytes(content, contentLength, out var target)) return Errno.Fault;
        return directory.IsReadOnly ? Errno.RoFs
            : Errnos.FromPath(Directories.CreateSymbolicLink(target, directory.HostFd, bytes));
    }

    public Errno PathReadlink(
        GuestMemory memory, uint fd, uint path, uint length, uint buffer, uint bufferLength, uint result)
    {
        var error = GetPath(memory, fd, Rights.PathReadlink, path, length, out var directory, out var bytes);
        if (error != Errno.Success) return error;
        var target = memory.At(buffer, bufferLength);
        if (target == null) return Errno.Fault;
        var count = Directories.ReadLink(directory.HostFd, bytes, target, bufferLength);
        return count < 0 ? Errnos.FromPath(count) : memory.Store(result, (uint)count);
    }

    public Errno PathOpen(
        GuestMemory memory, uint fd, uint lookupFlags, uint path, uint length, uint openFlags, ulong rights,
        ulong inheriting, uint fdFlags, uint result)
    {
        var error = GetPath(memory, fd, Rights.PathOpen, path, length, out var directory, out var bytes);
        if (error != Errno.Success) return error;
        if (memory.At(result, 4) == null) return Errno.Fault;
        if (!TryGetFollow(lookupFlags, out var follow) || !OpenRequest.AreKnown(openFlags, fdFlags)) return Errno.Inval;
        var request = new OpenRequest((Rights)rights, (Rights)inheriting, (OpenFlags)openFlags, (FdFlags)fdFlags);
        error = request.Check(directory);
        if (error != Errno.Success) return error;
        error = request.Open(directory, bytes, follow, out var descriptor);
        if (error != Errno.Success) return error;
        error = Descriptors.Add(descriptor!, out var opened);
        return error != Errno.Success ? error : memory.Store(result, opened);
    }

    private Errno GetPath(
        GuestMemory memory, uint fd, Rights rights, uint path, uint length, out Descriptor directory,
        out ReadOnlySpan<byte> bytes)
    {
        bytes = default;
        if (Descriptors[fd] is not { } found)
        {
            directory = null!;
            return Errno.BadF;
        }
        directory = found;
        if (found.Filetype != Filetype.Directory) return Errno.NotDir;
        if ((found.Base & rights) != rights) return Errno.NotCapable;
        return memory.TryGetBytes(path, length, out bytes) ? Errno.Success : Errno.Fault;
    }

    private static bool TryGetFollow(uint flags, out bool follow)
    {
        follow = (flags & (uint)LookupFlags.SymlinkFollow) != 0;
        return (flags & ~(uint)LookupFlags.SymlinkFollow) == 0;
    }
}
