namespace Drydock.Oci;

/// <summary>Writes a blob and hashes it on the way. Nothing exists under its digest before it is complete.</summary>
internal sealed class BlobWriter : ForwardStream
{
    private readonly FileStream _file;
    private readonly Sha256 _hash = new();
    private readonly string _path;
    private readonly Action<Digest, string> _completed;

    public BlobWriter(string path, Action<Digest, string> completed)
    {
        _path = path;
        _completed = completed;
        _file = new FileStream(path, FileMode.CreateNew, FileAccess.Write, FileShare.None, bufferSize: 1 << 16);
    }

    public override bool CanRead => false;
    public override bool CanWrite => true;
    public override long Length => _file.Length;

    public override long Position
    {
        get => _file.Position;
        set => throw new NotSupportedException();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.Append(buffer);
        _file.Write(buffer);
    }

    /// <summary>Makes the blob durable and stages it.</summary>
    public Digest Complete()
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        var digest = _hash.Finish();
        _completed(digest, _path);
        return digest;
    }

    /// <summary>Makes the blob durable and stages it, if it is what it was said to be.</summary>
    /// <param name="declared">What was said of it.</param>
    /// <exception cref="ImageException"><see cref="ImageError.Corrupt"/> for another digest or size.</exception>
    public void Complete(Descriptor declared)
    {
        var length = _file.Position;
        if (length != declared.Size)
            throw new ImageException(ImageError.Corrupt,
                $"{declared.DigestText} has {length} bytes where {declared.Size} are declared");
        _file.Flush(flushToDisk: true);
        _file.Dispose();
        var digest = _hash.Finish();
        if (digest != declared.Digest)
            throw new ImageException(ImageError.Corrupt,
                $"what should be {declared.DigestText} has the digest {digest}");
        _completed(digest, _path);
    }

    public override void Flush() => _file.Flush();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
            _file.Dispose();
        base.Dispose(disposing);
    }
}
