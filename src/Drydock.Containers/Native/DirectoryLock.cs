using Microsoft.Win32.SafeHandles;

namespace Drydock.Containers.Native;

/// <summary>A lock on a directory that the kernel releases with the process, however it ends.</summary>
internal sealed class DirectoryLock : IDisposable
{
    private readonly SafeFileHandle _directory;

    private DirectoryLock(SafeFileHandle directory) => _directory = directory;

    /// <summary>Takes the lock, or returns null when another process has it or the directory is gone.</summary>
    public static DirectoryLock? TryTake(string path)
    {
        var directory = new SafeFileHandle(Libc.Open(path, Libc.OpenDirectory, 0), ownsHandle: true);
        if (!directory.IsInvalid && Libc.Lock(directory, Libc.LockExclusive | Libc.LockNonBlocking) == 0)
            return new(directory);
        directory.Dispose();
        return null;
    }

    public void Dispose() => _directory.Dispose();
}
