using System.Buffers;

namespace Drydock.Runtime.Native;

/// <summary>
/// A file mapped to be read, with its descriptor, from which parts of it can be mapped in other ways. Only for files
/// that nobody changes in place: those of the code cache.
/// </summary>
internal sealed unsafe class MappedFile : MemoryManager<byte>
{
    private readonly byte* _address;
    private readonly int _length;
    private bool _disposed;

    private MappedFile(int descriptor, byte* address, FileStatus status)
    {
        _address = address;
        (Descriptor, _length, Status) = (descriptor, (int)status.Size, status);
    }

    /// <summary>The open file.</summary>
    public int Descriptor { get; }
    /// <summary>What the file was when it was opened.</summary>
    public FileStatus Status { get; }

    /// <summary>
    /// Maps a file of this user's that no one else may touch; null if there is none, or not such a one.
    /// </summary>
    public static MappedFile? TryOpenPrivate(string path)
    {
        int descriptor = Libc.Open(path,
            Libc.OpenReadOnly | Libc.OpenCloseOnExec | Libc.OpenNoFollow | Libc.OpenNonBlocking, 0);
        if (descriptor < 0) return null;
        if (FileStatus.Of(descriptor) is { IsPrivateFile: true }) return TryMap(descriptor);
        _ = Libc.Close(descriptor);
        return null;
    }

    /// <summary>Maps an open file, whoever may touch it; closes it and returns null if it cannot be mapped.</summary>
    public static MappedFile? TryMap(int descriptor)
    {
        if (FileStatus.Of(descriptor) is { IsFile: true, Size: > 0 and <= int.MaxValue } status)
        {
            nint address = Libc.Map(0, (nuint)status.Size, Libc.ProtRead, Libc.MapPrivate, descriptor, 0);
            if (address != Libc.MapFailed) return new MappedFile(descriptor, (byte*)address, status);
        }
        _ = Libc.Close(descriptor);
        return null;
    }

    /// <summary>The content. What was taken from it is not to be used after disposal.</summary>
    public override Span<byte> GetSpan() => new(_address, _length);

    /// <inheritdoc/>
    public override MemoryHandle Pin(int elementIndex = 0) => new(_address + elementIndex);

    /// <inheritdoc/>
    public override void Unpin() { }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (_disposed) return;
        _disposed = true;
        _ = Libc.Unmap((nint)_address, (nuint)_length);
        _ = Libc.Close(Descriptor);
    }
}
