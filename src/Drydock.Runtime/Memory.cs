using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A linear memory (spec: 4.2.8).</summary>
public sealed class Memory : Extern
{
    private Memory(Store store) : base(store) { }

    /// <summary>Makes a memory of the type's minimum size.</summary>
    public static Memory Create(Store store, MemoryType type) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Memory;
    /// <inheritdoc/>
    public override ExternType ExternType => new(Type);
    /// <summary>The type; the minimum is the current size.</summary>
    public MemoryType Type => throw new NotImplementedException();
    /// <summary>Current size in pages.</summary>
    public ulong Size => throw new NotImplementedException();
    /// <summary>Current size in bytes.</summary>
    public ulong ByteLength => throw new NotImplementedException();

    /// <summary>
    /// The bytes, as many as there are now but at most 2 GiB - 1; larger memories are reached through
    /// <see cref="Read"/> and <see cref="Write"/>. Stale once the memory grows; not to be used after the store is disposed.
    /// </summary>
    public Span<byte> Span => throw new NotImplementedException();

    /// <summary>Copies bytes from <paramref name="address"/> on out of the memory.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the memory.</exception>
    public void Read(ulong address, Span<byte> destination) => throw new NotImplementedException();

    /// <summary>Copies bytes into the memory from <paramref name="address"/> on.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The range is not within the memory.</exception>
    public void Write(ulong address, ReadOnlySpan<byte> source) => throw new NotImplementedException();

    /// <summary>Grows by <paramref name="pages"/>; returns the old size in pages, or -1 if a limit is in the way.</summary>
    public long Grow(ulong pages) => throw new NotImplementedException();
}
