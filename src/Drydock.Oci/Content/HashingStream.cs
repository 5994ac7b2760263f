namespace Drydock.Oci;

/// <summary>More was read than was agreed.</summary>
internal sealed class ExpansionException(long limit) : Exception
{
    public long Limit => limit;
}

/// <summary>
/// Hashes what is read or written through it, and ends the reading where there is too much. The stream beneath stays
/// open.
/// </summary>
internal sealed class HashingStream(Stream inner, long limit = long.MaxValue) : ForwardStream
{
    private readonly Sha256 _hash = new();
    private long _read;

    public override bool CanRead => inner.CanRead;
    public override bool CanWrite => inner.CanWrite;

    /// <summary>The digest of everything; reads what is left first.</summary>
    public Digest Finish()
    {
        Span<byte> rest = stackalloc byte[4096];
        while (CanRead && Read(rest) > 0)
        {
        }
        return _hash.Finish();
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _hash.Append(buffer);
        inner.Write(buffer);
    }

    public override int Read(Span<byte> buffer)
    {
        var read = inner.Read(buffer);
        if ((_read += read) > limit)
            throw new ExpansionException(limit);
        _hash.Append(buffer[..read]);
        return read;
    }

    public override void Flush() => inner.Flush();
}
