using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Oci.Native;

/// <summary>
/// The system calls the framework does not offer: locks that wait, directories as handles, and operations relative to
/// them. All take handles and strings that the marshaller owns, so nothing here can touch foreign memory.
/// </summary>
internal static partial class Posix
{
    public const int ENOENT = 2, EINTR = 4, EEXIST = 17, EISDIR = 21, EINVAL = 22, ENOSPC = 28, EDQUOT = 122;

    public const int O_RDONLY = 0, O_WRONLY = 1, O_RDWR = 2, O_CREAT = 0x40, O_EXCL = 0x80, O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000, O_PATH = 0x200000;
    public static readonly int O_DIRECTORY = IsArm ? 0x4000 : 0x10000;
    public static readonly int O_NOFOLLOW = IsArm ? 0x8000 : 0x20000;

    private const int LOCK_SH = 1, LOCK_EX = 2, LOCK_NB = 4, LOCK_UN = 8;
    private const int AT_REMOVEDIR = 0x200;
    private const int PathMax = 4096;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;

    /// <summary>Opens a directory to lock or sync it, or to start a walk.</summary>
    public static SafeFileHandle OpenDirectory(string path)
    {
        var handle = Open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
        return handle.IsInvalid ? throw Failure("open", path) : handle;
    }

    /// <summary>Opens a directory; null where there is none any more.</summary>
    public static SafeFileHandle? TryOpenDirectory(string path) =>
        FoundOrNull(Open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), path);

    /// <summary>
    /// Opens a file to lock, making it if need be; the framework's own opening would lock it in its own way.
    /// </summary>
    public static SafeFileHandle OpenLockFile(string path)
    {
        var handle = Open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0x180);
        return handle.IsInvalid ? throw Failure("open", path) : handle;
    }

    /// <summary>
    /// Opens a file for reading; a pipe opens too, at once and empty, instead of waiting for a writer.
    /// </summary>
    public static SafeFileHandle OpenFile(string path)
    {
        var handle = Open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0);
        return handle.IsInvalid ? throw Failure("open", path) : handle;
    }

    /// <summary>Opens a file for reading; null where there is none.</summary>
    public static SafeFileHandle? TryOpenFile(string path) =>
        FoundOrNull(Open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0), path);

    /// <summary>Makes renames inside a directory durable.</summary>
    public static void SyncDirectory(string path)
    {
        using var directory = OpenDirectory(path);
        if (FSync(directory) != 0 && Marshal.GetLastPInvokeError() != EINVAL)
            throw Failure("sync", path);
    }

    /// <summary>Makes everything on the file system of a directory durable.</summary>
    public static void SyncFileSystem(SafeFileHandle directory, string path)
    {
        if (SyncFs(directory) != 0)
            throw Failure("sync", path);
    }

    /// <summary>Takes an exclusive lock, waiting for it.</summary>
    public static void Lock(SafeFileHandle file, string path) => Lock(file, path, LOCK_EX);

    /// <summary>Takes a lock beside others of its kind, waiting until nobody has an exclusive one.</summary>
    public static void LockShared(SafeFileHandle file, string path) => Lock(file, path, LOCK_SH);

    /// <summary>Takes an exclusive lock if nobody has it.</summary>
    public static bool TryLock(SafeFileHandle file) => FLock(file, LOCK_EX | LOCK_NB) == 0;

    /// <summary>
    /// Lets go of a lock. Closing the file is not enough where another thread starts a process at that moment: until
    /// its program runs the child has the file too, and the lock with it.
    /// </summary>
    public static void Unlock(SafeFileHandle file) => FLock(file, LOCK_UN);

    /// <summary>Whether nobody has a lock at this moment.</summary>
    public static bool IsUnlocked(SafeFileHandle file)
    {
        var free = TryLock(file);
        Unlock(file);
        return free;
    }

    /// <summary>The target of a symbolic link, or null where the name is none.</summary>
    public static string? ReadLink(SafeFileHandle directory, string name)
    {
        Span<byte> buffer = stackalloc byte[PathMax];
        var length = ReadLinkAt(directory, name, buffer, buffer.Length);
        return length < 0 ? null : System.Text.Encoding.UTF8.GetString(buffer[..(int)length]);
    }

    /// <summary>Opens a name beneath a directory; invalid on failure, with the last error set.</summary>
    public static SafeFileHandle OpenAt(SafeFileHandle directory, string name, int flags, int mode = 0) =>
        OpenAtCore(directory, name, flags | O_CLOEXEC, mode);

    /// <summary>Makes a directory; an existing one is left alone.</summary>
    public static void MakeDirectory(SafeFileHandle directory, string name, int mode)
    {
        if (MkDirAt(directory, name, mode) != 0 && Marshal.GetLastPInvokeError() != EEXIST)
            throw Failure("make directory", name);
    }

    /// <summary>Makes a symbolic link.</summary>
    public static void MakeSymbolicLink(string target, SafeFileHandle directory, string name) =>
        Check(SymlinkAt(target, directory, name), "make symbolic link", name);

    /// <summary>Makes a hard link to what a name is, a symbolic link included.</summary>
    public static void MakeHardLink(SafeFileHandle from, string oldName, SafeFileHandle to, string newName) =>
        Check(LinkAt(from, oldName, to, newName, 0), "make hard link", newName);

    /// <summary>Sets permission bits of an open file.</summary>
    public static void ChangeMode(SafeFileHandle file, int mode, string name) =>
        Check(FChMod(file, mode), "change mode of", name);

    /// <summary>Removes a name that is no directory; false if it is one; true too if it is not there.</summary>
    public static bool Unlink(SafeFileHandle directory, string name)
    {
        if (UnlinkAt(directory, name, 0) == 0)
            return true;
        return Marshal.GetLastPInvokeError() switch
        {
            ENOENT => true,
            EISDIR => false,
            _ => throw Failure("remove", name),
        };
    }

    /// <summary>Removes an empty directory.</summary>
    public static void RemoveDirectory(SafeFileHandle directory, string name) =>
        Check(UnlinkAt(directory, name, AT_REMOVEDIR), "remove directory", name);

    /// <summary>The exception for the last error, in the form the framework's own have.</summary>
    public static IOException Failure(string verb, string path)
    {
        var errno = Marshal.GetLastPInvokeError();
        return new IOException($"cannot {verb} {path}: {Marshal.GetPInvokeErrorMessage(errno)}", errno);
    }

    private static SafeFileHandle? FoundOrNull(SafeFileHandle handle, string path)
    {
        if (!handle.IsInvalid)
            return handle;
        return Marshal.GetLastPInvokeError() == ENOENT ? null : throw Failure("open", path);
    }

    private static void Lock(SafeFileHandle file, string path, int operation)
    {
        while (FLock(file, operation) != 0)
            if (Marshal.GetLastPInvokeError() != EINTR)
                throw Failure("lock", path);
    }

    private static void Check(int result, string verb, string path)
    {
        if (result != 0)
            throw Failure(verb, path);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "openat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial SafeFileHandle OpenAtCore(SafeFileHandle directory, string name, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "mkdirat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int MkDirAt(SafeFileHandle directory, string name, int mode);

    [LibraryImport("libc", EntryPoint = "symlinkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SymlinkAt(string target, SafeFileHandle directory, string name);

    [LibraryImport("libc", EntryPoint = "linkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int LinkAt(SafeFileHandle from, string oldName, SafeFileHandle to, string newName,
        int flags);

    [LibraryImport("libc", EntryPoint = "unlinkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int UnlinkAt(SafeFileHandle directory, string name, int flags);

    [LibraryImport("libc", EntryPoint = "readlinkat", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint ReadLinkAt(SafeFileHandle directory, string name, Span<byte> buffer, nint size);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int FChMod(SafeFileHandle file, int mode);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int FLock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int FSync(SafeFileHandle file);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFs(SafeFileHandle file);
}
