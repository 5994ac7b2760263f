using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Drydock.Wasi.Preview1;

/// <summary>
/// The guest's memory while a call lasts. Every address from the guest goes through <see cref="At"/>, which checks the
/// whole range; the memory does not move, so what it returns stays valid during the call.
/// </summary>
internal readonly unsafe ref struct GuestMemory
{
    private readonly byte* _start;
    private readonly ulong _length;

    /// <summary>Wraps bytes that do not move: an engine's memory, or a pinned array.</summary>
    public GuestMemory(Span<byte> bytes) : this(bytes, (ulong)bytes.Length) { }

    /// <summary>Wraps a memory of which <paramref name="bytes"/> are the start.</summary>
    public GuestMemory(Span<byte> bytes, ulong length)
        : this((byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes)), length) { }

    private GuestMemory(byte* start, ulong length)
    {
        _start = start;
        _length = length;
    }

    /// <summary>The host's address of a range of the guest, or null if a byte of it lies outside the memory.</summary>
    public byte* At(uint address, ulong length) =>
        length <= _length && address <= _length - length ? _start + address : null;

    /// <summary>The bytes of a range that <see cref="At"/> accepts and that a span can hold.</summary>
    public bool TryGetBytes(uint address, uint length, out ReadOnlySpan<byte> bytes)
    {
        var start = At(address, length);
        var fits = start != null && length <= int.MaxValue;
        bytes = fits ? new ReadOnlySpan<byte>(start, (int)length) : default;
        return fits;
    }

    /// <summary>Stores a number, little endian, at any alignment; EFAULT outside the memory.</summary>
    public Errno Store<T>(uint address, T value) where T : unmanaged
    {
        var target = At(address, (ulong)sizeof(T));
        if (target == null) return Errno.Fault;
        Unsafe.WriteUnaligned(target, value);
        return Errno.Success;
    }
}
