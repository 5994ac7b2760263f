using System.Net;

namespace Drydock.Oci.Registry;

/// <summary>An upload that was started.</summary>
/// <param name="Session">Where it goes.</param>
/// <param name="SmallestPiece">The least bytes that a piece may have which is not the last; 0 where the registry does
/// not say.</param>
internal sealed record Upload(Uri Session, long SmallestPiece);

/// <content>Uploads of blobs: started, sent in pieces, ended or let go of.</content>
internal sealed partial class RegistryClient
{
    private static readonly TimeSpan CancelPatience = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Starts an upload. Where the blob could be mounted from another repository instead, the answer is null and it is
    /// done.
    /// </summary>
    public async Task<Upload?> StartUploadAsync(Digest digest, string? mountFrom, CancellationToken cancel)
    {
        var mount = mountFrom is null ? "" : $"?mount={digest}&from={Uri.EscapeDataString(mountFrom)}";
        var scope = mountFrom is null ? PullPush : $"{PullPush} repository:{mountFrom}:pull";
        using var response = await connection.SendAsync(
            new() { Method = HttpMethod.Post, Target = $"{_repository}/blobs/uploads/{mount}", Scope = scope }, cancel)
                .ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.Created && mountFrom is not null)
            return null;
        var smallest = response.Headers.TryGetValues("OCI-Chunk-Min-Length", out var values)
            && long.TryParse(values.FirstOrDefault(), out var length) ? Math.Max(0, length) : 0;
        return new(await LocationAsync(response, digest, null).ConfigureAwait(false), smallest);
    }

    /// <summary>Sends a piece of an upload; returns where the next one goes.</summary>
    public async Task<Uri> SendPieceAsync(
        Uri session, Digest digest, long start, long end, Func<StallGuard, HttpContent> content,
        CancellationToken cancel)
    {
        using var response = await connection.SendAsync(new()
        {
            Method = HttpMethod.Patch,
            Target = session.AbsoluteUri,
            Scope = PullPush,
            Repeat = false,
            Content = guard =>
            {
                var body = content(guard);
                body.Headers.TryAddWithoutValidation("Content-Range", $"{start}-{end - 1}");
                return body;
            },
        }, cancel).ConfigureAwait(false);
        return await LocationAsync(response, digest, session).ConfigureAwait(false);
    }

    /// <summary>How many bytes of an upload have arrived, and where it goes on.</summary>
    public async Task<(Uri Session, long Received)> UploadStatusAsync(Uri session, Digest digest,
        CancellationToken cancel)
    {
        var response = await connection.SendAsync(
            new() { Method = HttpMethod.Get, Target = session.AbsoluteUri, Scope = PullPush }, cancel)
                .ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.NoContent)
            throw await RegistryError.FromAsync(response, Endpoint, $"upload of blob {digest} to {_repository}", Limits)
                .ConfigureAwait(false);
        using (response)
        {
            var range = response.Headers.TryGetValues("Range", out var values)
                ? values.First().Replace("bytes=", "", StringComparison.Ordinal) : "";
            var received = range.Split('-') is [_, var last] && long.TryParse(last, out var end) && end > 0 ? end + 1
                : 0;
            return (response.Headers.Location is { } next ? connection.Resolve(response, next) : session, received);
        }
    }

    /// <summary>Ends an upload, with the whole blob or with nothing.</summary>
    public async Task FinishUploadAsync(Uri session, Digest digest, Func<StallGuard, HttpContent>? content,
        CancellationToken cancel)
    {
        var target = new UriBuilder(session);
        target.Query =
            string.Join('&', new[] { target.Query.TrimStart('?'),
            $"digest={Uri.EscapeDataString(digest.ToString())}" }.Where(part => part.Length > 0));
        var response = await connection.SendAsync(new()
        {
            Method = HttpMethod.Put,
            Target = target.Uri.AbsoluteUri,
            Scope = PullPush,
            Repeat = content is null,
            Content = content ?? (_ => new ByteArrayContent([])),
        }, cancel).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RegistryError.FromAsync(response, Endpoint, $"upload of blob {digest} to {_repository}", Limits)
                .ConfigureAwait(false);
        response.Dispose();
    }

    /// <summary>
    /// Lets go of an upload that failed, so that the registry need not keep what arrived. Failures do not matter.
    /// </summary>
    public async Task CancelUploadAsync(Uri session)
    {
        using var soon = new CancellationTokenSource(CancelPatience);
        try
        {
            using var response = await connection.SendAsync(new()
            {
                Method = HttpMethod.Delete,
                Target = session.AbsoluteUri,
                Scope = PullPush,
                Repeat = false
            }, soon.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ImageException or OperationCanceledException)
        {
            // It forgets the upload by itself some day.
        }
    }

    /// <summary>Where an upload goes on. Some registries say it once and no more.</summary>
    private async Task<Uri> LocationAsync(HttpResponseMessage response, Digest digest, Uri? session)
    {
        var what = $"upload of blob {digest} to {_repository}";
        // Another part is wanted than the one that was sent: the registry tells which.
        if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
            throw new ImageException(ImageError.Registry, $"{what}: {Endpoint.Host} has not as much of it as was sent",
                new HttpRequestException(null, null, response.StatusCode));
        if (!response.IsSuccessStatusCode)
            throw await RegistryError.FromAsync(response, Endpoint, what, Limits).ConfigureAwait(false);
        return response.Headers.Location is { } location
            ? connection.Resolve(response, location)
            : session ?? throw new ImageException(ImageError.Registry,
                $"{Endpoint.Host} does not say where to upload blob {digest}");
    }
}
