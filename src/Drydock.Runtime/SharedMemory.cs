using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>
/// A memory that guests of several stores, each on a thread of its own, use at the same time (threads proposal). It
/// belongs to no store: <see cref="In"/> gives the <see cref="Memory"/> by which one store sees it. Thread-safe. Its
/// bytes are freed once it and all stores that saw it are disposed.
/// </summary>
public sealed class SharedMemory : IDisposable
{
    private readonly MemoryStorage _storage;
    private int _disposed;

    /// <summary>Makes a memory of the type's minimum size.</summary>
    /// <exception cref="ArgumentException">The type is not shared, or has no maximum.</exception>
    /// <exception cref="LinkException">The system does not allow it.</exception>
    public SharedMemory(MemoryType type)
    {
        if (!type.IsShared || type.Limits.Maximum is null)
            throw new ArgumentException("a shared memory needs a shared type with a maximum", nameof(type));
        _storage = MemoryStorage.Create(type);
        if (_storage.Grow(type.Limits.Minimum, null) == 0) return;
        _storage.Release();
        throw MemoryStorage.TooLarge(type);
    }

    internal SharedMemory(MemoryStorage storage)
    {
        storage.Hold();
        _storage = storage;
    }

    /// <summary>The type; the minimum is the current size.</summary>
    public MemoryType Type =>
        _storage.Type with { Limits = _storage.Type.Limits with { Minimum = _storage.ByteLength >> _storage.Type.PageSizeLog2 } };

    /// <summary>The memory as <paramref name="store"/> sees it, for as long as that lives.</summary>
    public Memory In(Store store)
    {
        ObjectDisposedException.ThrowIf(_disposed != 0, this);
        return Memory.OfShared(store, _storage);
    }

    /// <summary>Lets go of the memory; stores that see it keep it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _storage.Release();
    }
}
