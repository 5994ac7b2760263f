using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A linear memory (spec: 4.2.8).</summary>
public sealed unsafe class Memory : Extern
{
    private const ulong MostBytes32 = 4UL << 30, MostBytes64 = 256UL << 30;
    private readonly MemoryReservation _reservation;
    private readonly MemoryType _type;
    private readonly byte* _block;
    private readonly ulong _mostBytes;

    private Memory(Store store, MemoryType type, MemoryReservation reservation, ulong mostBytes) : base(store)
    {
        _type = type;
        _reservation = reservation;
        _mostBytes = mostBytes;
        _block = store.Blocks.Allocate(MemoryLayout.Size);
        VmContext.Word(_block, MemoryLayout.Base) = (nint)reservation.Base;
    }

    /// <summary>Makes a memory of the type's minimum size.</summary>
    /// <exception cref="LinkException">The store's limits or the system do not allow it.</exception>
    public static Memory Create(Store store, MemoryType type)
    {
        store.EnsureAlive();
        ulong largest = type.Limits.Is64Bit ? MostBytes64 : MostBytes32;
        ulong minimum = Bytes(type.Limits.Minimum, type.PageSizeLog2);
        ulong most = Math.Min(largest, type.Limits.Maximum is { } pages ? Bytes(pages, type.PageSizeLog2) : ulong.MaxValue);
        if (minimum > most) throw TooLarge(type);
        var reservation = new MemoryReservation(type.Limits.Is64Bit ? most : MemoryReservation.Size32);
        store.Own(reservation);
        var memory = new Memory(store, type, reservation, most);
        return memory.Grow(type.Limits.Minimum) == 0 ? memory : throw TooLarge(type);
    }

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Memory;
    /// <inheritdoc/>
    public override ExternType ExternType => new(Type);
    /// <summary>The type; the minimum is the current size.</summary>
    public MemoryType Type => _type with { Limits = _type.Limits with { Minimum = Size } };
    /// <summary>Current size in pages.</summary>
    public ulong Size => ByteLength >> _type.PageSizeLog2;

    /// <summary>Current size in bytes.</summary>
    public ulong ByteLength
    {
        get
        {
            Store.EnsureAlive();
            return VmContext.UInt64(_block, MemoryLayout.ByteLength);
        }
    }

    /// <summary>
    /// The bytes, as many as there are now but at most 2 GiB - 1; larger memories are reached through
    /// <see cref="Read"/> and <see cref="Write"/>. Stale once the memory grows; not to be used after the store is disposed.
    /// </summary>
    public Span<byte> Span => new(_reservation.Base, (int)Math.Min(ByteLength, int.MaxValue));

    /// <summary>The block that <see cref="MemoryLayout"/> declares.</summary>
    internal nint Block => (nint)_block;
    internal nint Base => (nint)_reservation.Base;

    /// <summary>Copies bytes from <paramref name="address"/> on out of the memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the memory.</exception>
    public void Read(ulong address, Span<byte> destination)
    {
        CheckRange(address, destination.Length);
        new ReadOnlySpan<byte>(_reservation.Base + address, destination.Length).CopyTo(destination);
    }

    /// <summary>Copies bytes into the memory from <paramref name="address"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the memory.</exception>
    public void Write(ulong address, ReadOnlySpan<byte> source)
    {
        CheckRange(address, source.Length);
        source.CopyTo(new Span<byte>(_reservation.Base + address, source.Length));
    }

    /// <summary>Grows by <paramref name="pages"/>; returns the old size in pages, or -1 if a limit is in the way.</summary>
    public long Grow(ulong pages)
    {
        ulong length = ByteLength;
        ulong more = Bytes(pages, _type.PageSizeLog2);
        if (more > _mostBytes - length || !Store.TryCountMemory(more)) return -1;
        if (!_reservation.TryCommit(length + more))
        {
            Store.UncountMemory(more);
            return -1;
        }
        VmContext.UInt64(_block, MemoryLayout.ByteLength) = length + more;
        return (long)(length >> _type.PageSizeLog2);
    }

    /// <summary>memory.fill; false if the range is not within the memory.</summary>
    internal bool TryFill(ulong destination, byte value, ulong length)
    {
        if (!IsInside(destination, length)) return false;
        NativeMemory.Fill(_reservation.Base + destination, (nuint)length, value);
        return true;
    }

    /// <summary>memory.init; false if a range is not within the segment or the memory.</summary>
    internal bool TryInitialize(ulong destination, ReadOnlySpan<byte> segment, ulong source, ulong length)
    {
        if (!IsInside(destination, length)) return false;
        if (source > (ulong)segment.Length || length > (ulong)segment.Length - source) return false;
        segment.Slice((int)source, (int)length).CopyTo(new Span<byte>(_reservation.Base + destination, (int)length));
        return true;
    }

    /// <summary>memory.copy; false if a range is not within its memory.</summary>
    internal static bool TryCopy(Memory to, Memory from, ulong destination, ulong source, ulong length)
    {
        if (!to.IsInside(destination, length) || !from.IsInside(source, length)) return false;
        Buffer.MemoryCopy(from._reservation.Base + source, to._reservation.Base + destination, length, length);
        return true;
    }

    private bool IsInside(ulong address, ulong length)
    {
        ulong size = VmContext.UInt64(_block, MemoryLayout.ByteLength);
        return address <= size && length <= size - address;
    }

    private void CheckRange(ulong address, int length)
    {
        Store.EnsureAlive();
        if (!IsInside(address, (ulong)length))
        {
            throw new ArgumentOutOfRangeException(
                nameof(address), $"{length} bytes at {address} are not within a memory of {ByteLength} bytes");
        }
    }

    private static ulong Bytes(ulong pages, int pageSizeLog2) =>
        pages > ulong.MaxValue >> pageSizeLog2 ? ulong.MaxValue : pages << pageSizeLog2;

    private static LinkException TooLarge(MemoryType type) =>
        new($"cannot make a memory of {type.Limits.Minimum} pages: the store's limits or the system do not allow it");
}
