using System.Net;

namespace Drydock.Oci.Registry;

/// <summary>A part of a file as the body of a request; tells the guard and the progress how it goes.</summary>
internal sealed class FilePiece : HttpContent
{
    private const int Buffer = 1 << 18;

    private readonly string _path;
    private readonly long _start;
    private readonly long _length;
    private readonly StallGuard _guard;
    private readonly Action<long> _sent;

    public FilePiece(string path, long start, long end, StallGuard guard, Action<long> sent)
    {
        (_path, _start, _length, _guard, _sent) = (path, start, end - start, guard, sent);
        Headers.TryAddWithoutValidation("Content-Type", "application/octet-stream");
    }

    protected override bool TryComputeLength(out long length)
    {
        length = _length;
        return true;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, default);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context,
        CancellationToken cancellationToken)
    {
        using var file = File.OpenHandle(_path, options: FileOptions.SequentialScan);
        var buffer = new byte[(int)Math.Min(Buffer, Math.Max(1, _length))];
        for (var done = 0L; done < _length;)
        {
            var wanted = (int)Math.Min(buffer.Length, _length - done);
            var read = RandomAccess.Read(file, buffer.AsSpan(0, wanted), _start + done);
            if (read == 0)
                throw new ImageException(ImageError.Corrupt,
                    $"{Path.GetFileName(_path)} in the store is shorter than it should be");
            await stream.WriteAsync(buffer.AsMemory(0, read), cancellationToken).ConfigureAwait(false);
            done += read;
            _guard.Advance(read);
            _sent(_start + done);
        }
    }
}
