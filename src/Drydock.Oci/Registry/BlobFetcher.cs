using System.Net;

namespace Drydock.Oci.Registry;

/// <summary>Brings one blob here, going on where a broken connection stopped.</summary>
internal sealed class BlobFetcher(Downloads downloads, RegistryOptions options)
{
    private const int Buffer = 1 << 18;

    /// <summary>
    /// Sees to it that a blob is here, complete and checked; returns whether this process transferred it.
    /// </summary>
    public async Task<bool> FetchAsync(RegistryClient client, Descriptor blob, CancellationToken cancel)
    {
        using var partial = await downloads.ClaimAsync(blob.Digest, () =>
            Report(blob, TransferState.Waiting, 0), cancel).ConfigureAwait(false);
        if (partial is null)
        {
            Report(blob, TransferState.Exists, blob.Size);
            return false;
        }
        partial.Resume(blob.Size);
        var isResumed = partial.Length > 0;
        var digest = await TransferAsync(client, blob, partial, cancel).ConfigureAwait(false);
        if (digest != blob.Digest && isResumed)
        {
            // What was there before may have been the wrong part: a crash leaves holes in files that were not synced.
            partial.Restart(blob.Size);
            digest = await TransferAsync(client, blob, partial, cancel).ConfigureAwait(false);
        }
        if (digest != blob.Digest)
        {
            partial.Discard();
            throw new ImageException(ImageError.Corrupt,
                $"{client.Endpoint.Host} sent a wrong blob: its digest is {digest}, not {blob.Digest}");
        }
        Report(blob, TransferState.Done, blob.Size);
        return true;
    }

    private async Task<Digest> TransferAsync(RegistryClient client, Descriptor blob, PartialBlob partial,
        CancellationToken cancel)
    {
        var backoff = new Backoff(options.Limits);
        while (partial.Length < blob.Size)
        {
            var before = partial.Length;
            try
            {
                await ReceiveAsync(client, blob, partial, cancel).ConfigureAwait(false);
            }
            catch (Exception e) when ((e is IOException or HttpRequestException or TimeoutException)
                && !StoreErrors.IsFull(e))
            {
                // Who sends a few bytes each time would be waited for as long as it likes.
                if (partial.Length - before >= options.Limits.MinimumBytes && e is not TimeoutException)
                    backoff.Reset();
                if (backoff.Next() is not { } pause)
                    throw new ImageException(ImageError.Registry,
                        $"cannot fetch blob {blob.DigestText} from {client.Endpoint.Host}: "
                        + $"{NetworkFailure.Describe(e)} ({partial.Length} of {blob.Size} bytes are here; the next pull goes on from there)", e);
                Report(blob, TransferState.Retrying, partial.Length);
                await Task.Delay(pause, cancel).ConfigureAwait(false);
            }
        }
        return partial.Finish(blob.Digest);
    }

    private async Task ReceiveAsync(RegistryClient client, Descriptor blob, PartialBlob partial,
        CancellationToken cancel)
    {
        using var response = await client.OpenBlobAsync(blob.Digest, partial.Length, cancel).ConfigureAwait(false);
        if (!Continues(response, partial.Length))
        {
            partial.Restart(blob.Size);
            if (response.StatusCode != HttpStatusCode.OK)
                throw new IOException("it does not send the rest of the blob");
        }
        var stream = await response.Content.ReadAsStreamAsync(cancel).ConfigureAwait(false);
        using var guard = new StallGuard(options.Limits, cancel);
        var buffer = new byte[(int)Math.Min(Buffer, blob.Size + 1)];
        while (await guard.ReadAsync(stream, buffer).ConfigureAwait(false) is > 0 and var read)
        {
            if (read > blob.Size - partial.Length)
            {
                partial.Discard();
                throw new ImageException(ImageError.Corrupt,
                    $"{client.Endpoint.Host} sent more for blob {blob.DigestText} than the {blob.Size} bytes it is said to have");
            }
            partial.Write(buffer.AsSpan(0, read));
            Report(blob, TransferState.Running, partial.Length);
        }
        if (partial.Length < blob.Size)
            throw new IOException($"it ended after {partial.Length} of {blob.Size} bytes");
    }

    /// <summary>
    /// Whether the answer begins where we stand. A registry that knows no ranges sends everything again.
    /// </summary>
    private static bool Continues(HttpResponseMessage response, long length) => response.StatusCode == HttpStatusCode.OK
        ? length == 0
        : response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == length;

    private void Report(Descriptor blob, TransferState state, long transferred) =>
        options.Progress?.Report(new(blob.Digest, state, transferred, blob.Size));
}
