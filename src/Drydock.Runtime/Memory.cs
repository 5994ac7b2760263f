using System.Runtime.InteropServices;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A linear memory (spec: 4.2.8) as one store sees it.</summary>
public sealed unsafe class Memory : Extern, IDisposable
{
    private readonly MemoryStorage _storage;
    private bool _disposed;

    private Memory(Store store, MemoryStorage storage) : base(store)
    {
        _storage = storage;
        store.Own(this);
    }

    /// <summary>Makes a memory of the type's minimum size.</summary>
    /// <exception cref="LinkException">The store's limits or the system do not allow it.</exception>
    public static Memory Create(Store store, MemoryType type)
    {
        store.EnsureAlive();
        var memory = new Memory(store, MemoryStorage.Create(type));
        return memory.Grow(type.Limits.Minimum) == 0 ? memory : throw MemoryStorage.TooLarge(type);
    }

    internal static Memory OfShared(Store store, MemoryStorage storage)
    {
        store.EnsureAlive();
        storage.Hold();
        return new(store, storage);
    }

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Memory;
    /// <inheritdoc/>
    public override ExternType ExternType => new(Type);
    /// <summary>The type; the minimum is the current size.</summary>
    public MemoryType Type => _storage.Type with { Limits = _storage.Type.Limits with { Minimum = Size } };
    /// <summary>Current size in pages.</summary>
    public ulong Size => ByteLength >> _storage.Type.PageSizeLog2;

    /// <summary>Current size in bytes.</summary>
    public ulong ByteLength
    {
        get
        {
            Store.EnsureAlive();
            return _storage.ByteLength;
        }
    }

    /// <summary>
    /// The bytes, as many as there are now but at most 2 GiB - 1; larger memories are reached through
    /// <see cref="Read"/> and <see cref="Write"/>. Stale once the memory grows; not to be used after the store is
    /// disposed.
    /// </summary>
    public Span<byte> Span => new(_storage.Base, (int)Math.Min(ByteLength, int.MaxValue));

    /// <summary>The block that <see cref="Drydock.Compiler.MemoryLayout"/> declares.</summary>
    internal nint Block => _storage.Block;
    internal nint Base => (nint)_storage.Base;
    internal MemoryStorage Storage => _storage;

    /// <summary>A handle by which other stores can see the same memory; dispose it as well.</summary>
    /// <exception cref="InvalidOperationException">The memory is not shared.</exception>
    public SharedMemory Share()
    {
        Store.EnsureAlive();
        return _storage.Type.IsShared
            ? new SharedMemory(_storage)
            : throw new InvalidOperationException("cannot share a memory whose type is not shared");
    }

    /// <summary>Copies bytes from <paramref name="address"/> on out of the memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the memory.</exception>
    public void Read(ulong address, Span<byte> destination)
    {
        CheckRange(address, destination.Length);
        new ReadOnlySpan<byte>(_storage.Base + address, destination.Length).CopyTo(destination);
    }

    /// <summary>Copies bytes into the memory from <paramref name="address"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the memory.</exception>
    public void Write(ulong address, ReadOnlySpan<byte> source)
    {
        CheckRange(address, source.Length);
        source.CopyTo(new Span<byte>(_storage.Base + address, source.Length));
    }

    /// <summary>
    /// Grows by <paramref name="pages"/>; returns the old size in pages, or -1 if a limit is in the way.
    /// </summary>
    public long Grow(ulong pages)
    {
        Store.EnsureAlive();
        return _storage.Grow(pages, Store);
    }

    void IDisposable.Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _storage.Release();
        GC.SuppressFinalize(this);
    }

    /// <summary>
    /// Lets pages of the memory begin as those of a file, to be copied when they are written to; false if they are not
    /// within the memory or the system refuses.
    /// </summary>
    internal bool TryMap(ulong address, int length, int file, long offset)
    {
        const int Protection = Libc.ProtRead | Libc.ProtWrite, Flags = Libc.MapPrivate | Libc.MapFixed;
        if (Type.IsShared || !_storage.IsInside(address, (ulong)length)) return false;
        nint start = (nint)(_storage.Base + address);
        return Libc.Map(start, (nuint)length, Protection, Flags, file, offset) == start;
    }

    /// <summary>memory.fill; false if the range is not within the memory.</summary>
    internal bool TryFill(ulong destination, byte value, ulong length)
    {
        if (!_storage.IsInside(destination, length)) return false;
        NativeMemory.Fill(_storage.Base + destination, (nuint)length, value);
        return true;
    }

    /// <summary>memory.init; false if a range is not within the segment or the memory.</summary>
    internal bool TryInitialize(ulong destination, ReadOnlySpan<byte> segment, ulong source, ulong length)
    {
        if (!_storage.IsInside(destination, length)) return false;
        if (source > (ulong)segment.Length || length > (ulong)segment.Length - source) return false;
        segment.Slice((int)source, (int)length).CopyTo(new Span<byte>(_storage.Base + destination, (int)length));
        return true;
    }

    /// <summary>memory.copy; false if a range is not within its memory.</summary>
    internal static bool TryCopy(Memory to, Memory from, ulong destination, ulong source, ulong length)
    {
        if (!to._storage.IsInside(destination, length) || !from._storage.IsInside(source, length)) return false;
        Buffer.MemoryCopy(from._storage.Base + source, to._storage.Base + destination, length, length);
        return true;
    }

    /// <summary>memory.atomic.wait32 and wait64, at an address that was checked.</summary>
    internal WaitResult Wait(ulong address, int size, long expected, long nanoseconds)
    {
        byte* place = _storage.Base + address;
        return _storage.Waiters.Wait(
            address,
            () =>
                size == 4
                    ? Volatile.Read(ref *(int*)place) == (int)expected
                    : Volatile.Read(ref *(long*)place) == expected,
            nanoseconds,
            Store.Engine.Options.EpochInterruption ? () => Store.IsInterrupted : null);
    }

    private void CheckRange(ulong address, int length)
    {
        Store.EnsureAlive();
        if (!_storage.IsInside(address, (ulong)length))
        {
            throw new ArgumentOutOfRangeException(
                nameof(address), $"{length} bytes at {address} are not within a memory of {ByteLength} bytes");
        }
    }
}
