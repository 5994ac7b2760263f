using Drydock.Oci.Native;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Oci;

/// <summary>
/// The lock that whoever changes the store holds, across processes. Readers need none: what they read is replaced by
/// renames. The kernel drops it when its holder dies.
/// </summary>
internal sealed class StoreLock : IDisposable
{
    private readonly SafeFileHandle _file;

    private StoreLock(SafeFileHandle file) => _file = file;

    /// <summary>Waits for the lock; makes the store if it is not there.</summary>
    public static StoreLock Take(StoreLayout layout)
    {
        Trees.Make(layout.Root);
        var file = Posix.OpenLockFile(layout.LockFile);
        var taken = new StoreLock(file);
        try
        {
            Posix.Lock(file, layout.LockFile);
            StoreIndex.EnsureLayout(layout);
            return taken;
        }
        catch
        {
            taken.Dispose();
            throw;
        }
    }

    /// <summary>Takes the lock of a store that is there if nobody has it; else null.</summary>
    public static StoreLock? TryTake(StoreLayout layout)
    {
        var file = Posix.OpenLockFile(layout.LockFile);
        if (Posix.TryLock(file))
            return new(file);
        file.Dispose();
        return null;
    }

    public void Dispose()
    {
        if (_file.IsClosed)
            return;
        Posix.Unlock(_file);
        _file.Dispose();
    }
}
