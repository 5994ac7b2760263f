namespace Drydock.Runtime.Native;

/// <summary>
/// Address space for one memory. All of it is inaccessible until it is committed, so an address a guest forms beyond
/// the memory's size faults.
/// </summary>
internal sealed unsafe class MemoryReservation : IDisposable
{
    /// <summary>
    /// What a 32-bit memory needs: 4 GiB of addresses, 4 GiB of constant offset, and the widest access.
    /// </summary>
    public const ulong Size32 = (8UL << 30) + GuardSize;
    private const ulong GuardSize = 64 << 10;
    private const ulong PageMask = 4095;
    /// <summary>The size from which a memory grows by large pages where the system has them.</summary>
    private const ulong LargePagesFrom = 8 << 20;
    private readonly nuint _size;
    private ulong _committed;
    private bool _disposed;

    /// <summary>Reserves <paramref name="size"/> bytes.</summary>
    /// <exception cref="LinkException">The system has not that much address space to give.</exception>
    public MemoryReservation(ulong size)
    {
        _size = (nuint)(size + GuardSize + PageMask & ~PageMask);
        const int Flags = Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve;
        nint address = Libc.Map(0, _size, Libc.ProtNone, Flags, -1, 0);
        if (address == Libc.MapFailed)
        {
            throw new LinkException($"cannot reserve {_size >> 20} MiB of address space for a memory: "
                + "raise the limit of the address space (ulimit -v) or run fewer instances");
        }
        Base = (byte*)address;
        Capacity = size;
        MemoryRanges.Add(address, (nint)_size);
    }

    /// <summary>
    /// Reserves <paramref name="most"/> bytes, or if the system refuses less, but not below <paramref name="least"/>.
    /// </summary>
    /// <exception cref="LinkException">The system has not even that.</exception>
    public static MemoryReservation Largest(ulong least, ulong most)
    {
        for (; ; most = Math.Max(least, most / 4))
        {
            try
            {
                return new MemoryReservation(most);
            }
            catch (LinkException) when (most > least)
            {
            }
        }
    }

    /// <summary>Byte 0.</summary>
    public byte* Base { get; }
    /// <summary>Bytes that can be committed.</summary>
    public ulong Capacity { get; }

    /// <summary>Makes the first <paramref name="size"/> bytes accessible; false if the system refuses.</summary>
    public bool TryCommit(ulong size)
    {
        ulong end = size + PageMask & ~PageMask;
        if (end <= _committed) return true;
        if (size > Capacity) return false;
        nint start = (nint)Base + (nint)_committed;
        if (Libc.Protect(start, (nuint)(end - _committed), Libc.ProtRead | Libc.ProtWrite) != 0) return false;
        // What a large guest asks for later it uses soon: large pages spare it faults, and misses of the TLB.
        if (_committed > 0 && end >= LargePagesFrom)
            _ = Libc.Advise(start, (nuint)(end - _committed), Libc.AdviseHugePages);
        _committed = end;
        return true;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        MemoryRanges.Remove((nint)Base);
        _ = Libc.Unmap((nint)Base, _size);
    }
}
