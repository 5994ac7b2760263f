namespace Drydock.Oci.Registry;

/// <summary>
/// Brings one blob to a registry: not at all where it is there, by mounting where another repository has it, in one
/// piece where it is small, and in several, which can be resumed, where it is not.
/// </summary>
internal sealed class BlobUploader(RegistryClient client, RegistryOptions options)
{
    /// <summary>Sees to it that the repository has a blob; returns whether it was sent.</summary>
    /// <param name="blob">Which.</param>
    /// <param name="path">Its file.</param>
    /// <param name="mountFrom">Another repository of the registry that may have it, or null.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<bool> UploadAsync(Descriptor blob, string path, string? mountFrom, CancellationToken cancel)
    {
        if (await client.HasBlobAsync(blob.Digest, cancel).ConfigureAwait(false))
        {
            Report(blob, TransferState.Exists, blob.Size);
            return false;
        }
        var backoff = new Backoff(options.Limits);
        while (true)
        {
            try
            {
                var isSent = await SendAsync(blob, path, mountFrom, cancel).ConfigureAwait(false);
                Report(blob, isSent ? TransferState.Done : TransferState.Mounted, blob.Size);
                return isSent;
            }
            catch (ImageException e) when (MayPass(e) && backoff.Next() is { } pause)
            {
                Report(blob, TransferState.Retrying, 0);
                await Task.Delay(pause, cancel).ConfigureAwait(false);
            }
        }
    }

    private async Task<bool> SendAsync(Descriptor blob, string path, string? mountFrom, CancellationToken cancel)
    {
        if (await client.StartUploadAsync(blob.Digest, mountFrom, cancel).ConfigureAwait(false) is not { } upload)
            return false;
        var session = upload.Session;
        try
        {
            var isWhole = blob.Size <= options.Limits.Chunk;
            if (!isWhole)
                await SendPiecesAsync(upload, blob, path, next => session = next, cancel).ConfigureAwait(false);
            await client.FinishUploadAsync(session, blob.Digest, isWhole ? Piece(blob, path, 0, blob.Size) : null,
                cancel).ConfigureAwait(false);
            return true;
        }
        catch
        {
            await client.CancelUploadAsync(session).ConfigureAwait(false);
            throw;
        }
    }

    private async Task SendPiecesAsync(
        Upload upload, Descriptor blob, string path, Action<Uri> moved, CancellationToken cancel)
    {
        var (session, size) = (upload.Session, Math.Max(options.Limits.Chunk, upload.SmallestPiece));
        var backoff = new Backoff(options.Limits);
        for (var start = 0L; start < blob.Size;)
        {
            var end = Math.Min(start + size, blob.Size);
            try
            {
                session = await client.SendPieceAsync(session, blob.Digest, start, end, Piece(blob, path, start, end),
                    cancel).ConfigureAwait(false);
                moved(session);
                start = end;
                backoff.Reset();
            }
            catch (ImageException e) when (MayPass(e) && backoff.Next() is { } pause)
            {
                Report(blob, TransferState.Retrying, start);
                await Task.Delay(pause, cancel).ConfigureAwait(false);
                (session, start) = await client.UploadStatusAsync(session, blob.Digest, cancel).ConfigureAwait(false);
                moved(session);
            }
        }
    }

    private Func<StallGuard, HttpContent> Piece(Descriptor blob, string path, long start, long end) =>
        guard => new FilePiece(path, start, end, guard, sent => Report(blob, TransferState.Running, sent));

    private static bool MayPass(ImageException e) => e.InnerException is { } inner && NetworkFailure.MayPass(inner);

    private void Report(Descriptor blob, TransferState state, long transferred) =>
        options.Progress?.Report(new(blob.Digest, state, transferred, blob.Size));
}
