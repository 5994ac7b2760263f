using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>
/// The bytes of a linear memory, and the block by which compiled code finds them. They never move. A shared memory's
/// are held by every store that uses them, and freed with the last.
/// </summary>
internal sealed unsafe class MemoryStorage
{
    private const ulong MostBytes32 = 4UL << 30, MostBytes64 = 256UL << 30;
    private readonly MemoryReservation _reservation;
    private readonly byte* _block;
    private readonly ulong _mostBytes;
    private readonly Lock _gate = new();
    private WaiterLists? _waiters;
    private int _holders = 1;

    private MemoryStorage(MemoryType type, ulong mostBytes, MemoryReservation reservation)
    {
        Type = type;
        _mostBytes = mostBytes;
        _reservation = reservation;
        _block = (byte*)NativeMemory.AlignedAlloc(MemoryLayout.Size, 64);
        VmContext.Word(_block, MemoryLayout.Base) = (nint)reservation.Base;
        VmContext.UInt64(_block, MemoryLayout.ByteLength) = 0;
    }

    /// <summary>Reserves room for a memory that is empty until it grows to its minimum.</summary>
    /// <exception cref="LinkException">The system has not that much address space to give.</exception>
    public static MemoryStorage Create(MemoryType type)
    {
        ulong minimum = Bytes(type.Limits.Minimum, type.PageSizeLog2);
        ulong largest = type.Limits.Is64Bit ? MostBytes64 : MostBytes32;
        ulong most = Math.Min(largest, type.Limits.Maximum is { } pages
            ? Bytes(pages, type.PageSizeLog2)
            : ulong.MaxValue);
        if (minimum > most) throw TooLarge(type);
        if (MemoryLayout.IsGuarded(type)) return new(type, most, new MemoryReservation(MemoryReservation.Size32));
        var reservation = MemoryReservation.Largest(minimum, most);
        return new(type, reservation.Capacity, reservation);
    }

    public MemoryType Type { get; }
    public nint Block => (nint)_block;
    public byte* Base => _reservation.Base;
    public ulong ByteLength => Volatile.Read(ref VmContext.UInt64(_block, MemoryLayout.ByteLength));
    /// <summary>Who waits for notifications.</summary>
    public WaiterLists Waiters =>
        Volatile.Read(ref _waiters) ?? Interlocked.CompareExchange(ref _waiters, new(), null) ?? _waiters!;

    /// <summary>
    /// Grows by <paramref name="pages"/> on account of <paramref name="store"/>; the old size in pages, or -1.
    /// </summary>
    public long Grow(ulong pages, Store? store)
    {
        ulong more = Bytes(pages, Type.PageSizeLog2);
        lock (_gate)
        {
            ulong length = ByteLength;
            if (more > _mostBytes - length || store?.TryCountMemory(more) == false) return -1;
            if (!_reservation.TryCommit(length + more))
            {
                store?.UncountMemory(more);
                return -1;
            }
            Volatile.Write(ref VmContext.UInt64(_block, MemoryLayout.ByteLength), length + more);
            return (long)(length >> Type.PageSizeLog2);
        }
    }

    /// <summary>
    /// Whether <paramref name="length"/> bytes from <paramref name="address"/> on are within the memory.
    /// </summary>
    public bool IsInside(ulong address, ulong length)
    {
        ulong size = ByteLength;
        return address <= size && length <= size - address;
    }

    /// <summary>Holds the bytes for one more store.</summary>
    /// <exception cref="ObjectDisposedException">They have been freed.</exception>
    public void Hold()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_holders == 0, typeof(SharedMemory));
            _holders++;
        }
    }

    /// <summary>Frees the bytes if nobody else holds them.</summary>
    public void Release()
    {
        lock (_gate)
            if (--_holders > 0) return;
        _reservation.Dispose();
        NativeMemory.AlignedFree(_block);
    }

    public static LinkException TooLarge(MemoryType type) =>
        new($"cannot make a memory of {type.Limits.Minimum} pages: the store's limits or the system do not allow it");

    private static ulong Bytes(ulong pages, int pageSizeLog2) =>
        pages > ulong.MaxValue >> pageSizeLog2 ? ulong.MaxValue : pages << pageSizeLog2;
}
