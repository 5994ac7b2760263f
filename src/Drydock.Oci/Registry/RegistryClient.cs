using System.Net;
using System.Text.Json;

namespace Drydock.Oci.Registry;

/// <summary>A manifest or index as a registry sent it, checked against its digest.</summary>
internal sealed record ManifestDocument(byte[] Content, string MediaType, Digest Digest)
{
    public Descriptor Descriptor => Descriptor.Of(MediaType, Digest, Content.Length);
}

/// <summary>An upload that was started.</summary>
/// <param name="Session">Where it goes.</param>
/// <param name="SmallestPiece">The least bytes that a piece may have which is not the last; 0 where the registry does
/// not say.</param>
internal sealed record Upload(Uri Session, long SmallestPiece);

/// <summary>The verbs of the distribution specification, on one repository at one endpoint.</summary>
internal sealed class RegistryClient(RegistryConnection connection) : IDisposable
{
    private const int MaxTags = 1 << 20;
    private const int MaxReferrerPages = 16;
    private static readonly TimeSpan CancelPatience = TimeSpan.FromSeconds(2);
    private static readonly string[] ManifestTypes =
        [MediaTypes.Index, MediaTypes.Manifest, MediaTypes.DockerManifestList, MediaTypes.DockerManifest];

    private readonly string _repository = connection.Endpoint.Repository;

    public Endpoint Endpoint => connection.Endpoint;

    public TransferLimits Limits => connection.Limits;

    private string Pull => $"repository:{_repository}:pull";

    private string PullPush => $"repository:{_repository}:pull,push";

    /// <summary>Fetches a manifest or index.</summary>
    /// <param name="tagOrDigest">Which.</param>
    /// <param name="expected">Its digest where that is known, else empty.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<ManifestDocument> GetManifestAsync(string tagOrDigest, Digest expected, CancellationToken cancel)
    {
        var what = $"manifest {tagOrDigest} of {_repository}";
        using var response = await connection.SendAsync(
            new()
            {
                Method = HttpMethod.Get,
                Target = $"{_repository}/manifests/{tagOrDigest}",
                Scope = Pull,
                Accept = ManifestTypes
            },
            cancel).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK)
            throw await RegistryError.FromAsync(response, Endpoint, what, Limits).ConfigureAwait(false);
        var content = await ReadAsync(response, what, cancel).ConfigureAwait(false);
        var digest = Check(response, content, expected, what);
        return new(content, ManifestReader.MediaTypeOf(content, response.Content.Headers.ContentType?.MediaType,
            $"{what} at {Endpoint.Host}"), digest);
    }

    /// <summary>The digest of a manifest, without its content; null where there is none.</summary>
    public async Task<Digest?> FindManifestAsync(string tagOrDigest, CancellationToken cancel)
    {
        using var response = await connection.SendAsync(
            new()
            {
                Method = HttpMethod.Head,
                Target = $"{_repository}/manifests/{tagOrDigest}",
                Scope = Pull,
                Accept = ManifestTypes
            },
            cancel).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.NotFound)
            return null;
        if (response.StatusCode != HttpStatusCode.OK)
            throw await RegistryError.FromAsync(response, Endpoint, $"manifest {tagOrDigest} of {_repository}", Limits)
                .ConfigureAwait(false);
        return response.Headers.TryGetValues("Docker-Content-Digest", out var values)
            && Digest.TryParse(values.FirstOrDefault(), out var digest)
            ? digest
            : (await GetManifestAsync(tagOrDigest, default, cancel).ConfigureAwait(false)).Digest;
    }

    /// <summary>
    /// Puts a manifest or index; returns whether the registry says that it lists it with the referrers of its subject.
    /// </summary>
    public async Task<bool> PutManifestAsync(string tagOrDigest, string mediaType, byte[] content,
        CancellationToken cancel)
    {
        var response = await connection.SendAsync(new()
        {
            Method = HttpMethod.Put,
            Target = $"{_repository}/manifests/{tagOrDigest}",
            Scope = PullPush,
            Content = _ => new ByteArrayContent(content) { Headers = { { "Content-Type", mediaType } } },
        }, cancel).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RegistryError.FromAsync(response, Endpoint, $"manifest {tagOrDigest} of {_repository}", Limits)
                .ConfigureAwait(false);
        using (response)
            return response.Headers.Contains("OCI-Subject");
    }

    /// <summary>Removes a manifest by its digest.</summary>
    public async Task DeleteManifestAsync(Digest digest, CancellationToken cancel)
    {
        var response = await connection.SendAsync(
            new()
            {
                Method = HttpMethod.Delete,
                Target = $"{_repository}/manifests/{digest}",
                Scope = $"repository:{_repository}:delete,pull,push"
            },
            cancel).ConfigureAwait(false);
        if (response.StatusCode == HttpStatusCode.MethodNotAllowed)
            throw new ImageException(ImageError.Denied, $"{Endpoint.Host} does not let anyone delete images");
        if (!response.IsSuccessStatusCode)
            throw await RegistryError.FromAsync(response, Endpoint, $"manifest {digest} of {_repository}", Limits)
                .ConfigureAwait(false);
        response.Dispose();
    }

    /// <summary>
    /// Asks for a blob, from a byte on. The caller reads and disposes of the answer: 200, or 206 where it begins later.
    /// </summary>
    public async Task<HttpResponseMessage> OpenBlobAsync(Digest digest, long start, CancellationToken cancel)
    {
        var response = await connection.SendAsync(
            new() { Method = HttpMethod.Get, Target = $"{_repository}/blobs/{digest}", Scope = Pull, Start = start },
            cancel).ConfigureAwait(false);
        return response.StatusCode is HttpStatusCode.OK or HttpStatusCode.PartialContent
            or HttpStatusCode.RequestedRangeNotSatisfiable
            ? response
            : throw await RegistryError.FromAsync(response, Endpoint, $"blob {digest} of {_repository}", Limits)
                .ConfigureAwait(false);
    }

    /// <summary>Whether the repository has a blob.</summary>
    public async Task<bool> HasBlobAsync(Digest digest, CancellationToken cancel)
    {
        using var response = await connection.SendAsync(
            new() { Method = HttpMethod.Head, Target = $"{_repository}/blobs/{digest}", Scope = PullPush }, cancel)
                .ConfigureAwait(false);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => true,
            HttpStatusCode.NotFound => false,
            _ => throw await RegistryError.FromAsync(response, Endpoint, $"blob {digest} of {_repository}", Limits)
                .ConfigureAwait(false),
        };
    }

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

    /// <summary>All tags, in the registry's order.</summary>
    public async Task<List<string>> ListTagsAsync(CancellationToken cancel)
    {
        var tags = new List<string>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var next = $"{_repository}/tags/list"; next is not null;)
        {
            if (!seen.Add(next) || tags.Count > MaxTags)
                throw new ImageException(ImageError.Registry,
                    $"the list of tags of {_repository} at {Endpoint.Host} has no end");
            next = await ListTagsAsync(next, tags, cancel).ConfigureAwait(false);
        }
        return tags;
    }

    /// <summary>
    /// The manifests that say they belong to another (distribution-spec 1.1): the registry's own list, or the one under
    /// a tag where it keeps none. Those may be of other types than the one that is asked for.
    /// </summary>
    public async Task<List<Descriptor>> ListReferrersAsync(Digest digest, string? artifactType,
        CancellationToken cancel)
    {
        var referrers = new List<Descriptor>();
        var filter = artifactType is null ? "" : $"?artifactType={Uri.EscapeDataString(artifactType)}";
        string? next = $"{_repository}/referrers/{digest}{filter}";
        for (var page = 0; next is not null && page < MaxReferrerPages; page++)
        {
            using var response = await connection.SendAsync(
                new() { Method = HttpMethod.Get, Target = next, Scope = Pull, Accept = [MediaTypes.Index] }, cancel)
                    .ConfigureAwait(false);
            if (IsWithoutReferrers(response))
                return [.. (await new ReferrersTag(this).ReadAsync(digest, cancel).ConfigureAwait(false)).Manifests];
            var what = $"the referrers of {digest} in {_repository}";
            if (response.StatusCode != HttpStatusCode.OK)
                throw await RegistryError.FromAsync(response, Endpoint, what, Limits).ConfigureAwait(false);
            referrers.AddRange(OciReader.Index(await ReadAsync(response, what, cancel).ConfigureAwait(false),
                what).Manifests);
            next = NextPage(response);
        }
        return referrers;
    }

    /// <summary>Whether the registry keeps the list of referrers itself.</summary>
    public async Task<bool> ListsReferrersAsync(Digest digest, CancellationToken cancel)
    {
        using var response = await connection.SendAsync(new()
        {
            Method = HttpMethod.Get,
            Target = $"{_repository}/referrers/{digest}",
            Scope = Pull,
            Accept = [MediaTypes.Index]
        }, cancel)
            .ConfigureAwait(false);
        return !IsWithoutReferrers(response);
    }

    /// <summary>
    /// Registries that do not know the address answer with 404, and older ones with whatever they say to what they do
    /// not know: one answers with a web page. An answer that may be another later is none of these.
    /// </summary>
    private static bool IsWithoutReferrers(HttpResponseMessage response) => response.StatusCode switch
    {
        HttpStatusCode.OK => response.Content.Headers.ContentType?.MediaType
            is not (MediaTypes.Index or "application/json"),
        HttpStatusCode.NotFound or HttpStatusCode.BadRequest or HttpStatusCode.Forbidden
            or HttpStatusCode.MethodNotAllowed
            or HttpStatusCode.NotAcceptable or HttpStatusCode.NotImplemented => true,
        _ => false,
    };

    /// <summary>Whether the registry takes the credentials, whatever they are for.</summary>
    public async Task CheckCredentialsAsync(CancellationToken cancel)
    {
        var response = await connection.SendAsync(new() { Method = HttpMethod.Get, Target = "", Scope = "" }, cancel)
            .ConfigureAwait(false);
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
        {
            response.Dispose();
            throw new ImageException(ImageError.Denied, $"{Endpoint.Host} does not take that user and password");
        }
        if (!response.IsSuccessStatusCode)
            throw await RegistryError.FromAsync(response, Endpoint, "log in", Limits).ConfigureAwait(false);
        response.Dispose();
    }

    public void Dispose() => connection.Dispose();

    private async Task<string?> ListTagsAsync(string target, List<string> tags, CancellationToken cancel)
    {
        var what = $"tags of {_repository}";
        var response = await connection.SendAsync(new() { Method = HttpMethod.Get, Target = target, Scope = Pull },
            cancel).ConfigureAwait(false);
        if (!response.IsSuccessStatusCode)
            throw await RegistryError.FromAsync(response, Endpoint, what, Limits).ConfigureAwait(false);
        using (response)
        {
            var content = await ReadAsync(response, what, cancel).ConfigureAwait(false);
            using var json = ManifestReader.Parse(content, $"{what} at {Endpoint.Host}");
            if (json.RootElement.TryGetProperty("tags", out var list) && list.ValueKind == JsonValueKind.Array)
                tags.AddRange(list.EnumerateArray().Where(tag => tag.ValueKind == JsonValueKind.String)
                    .Select(tag => tag.GetString()!));
            return NextPage(response);
        }
    }

    /// <summary>The address in <c>Link: &lt;…&gt;; rel="next"</c> (RFC 8288).</summary>
    private string? NextPage(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Link", out var values))
            return null;
        foreach (var link in values)
            if (link.IndexOf('<', StringComparison.Ordinal) is >= 0 and var open
                && link.IndexOf('>', open) is > 0 and var close
                && link.AsSpan(close).Contains("next", StringComparison.OrdinalIgnoreCase)
                && Uri.TryCreate(link[(open + 1)..close], UriKind.RelativeOrAbsolute, out var next))
                return connection.Resolve(response, next).AbsoluteUri;
        return null;
    }

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, string what, CancellationToken cancel)
    {
        try
        {
            return await Body.ReadAllAsync(response, OciJson.MaxBytes, Limits, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ImageException or TimeoutException or IOException or HttpRequestException)
        {
            throw new ImageException(ImageError.Registry,
                $"cannot read {what} from {Endpoint.Host}: {RegistryError.Describe(e)}", e);
        }
    }

    /// <summary>Content is what its digest says, or it is refused.</summary>
    private Digest Check(HttpResponseMessage response, byte[] content, Digest expected, string what)
    {
        var digest = Digest.Of(content);
        if (expected.IsEmpty && response.Headers.TryGetValues("Docker-Content-Digest", out var values)
            && Digest.TryParse(values.FirstOrDefault(), out var announced))
            expected = announced;
        return expected.IsEmpty || expected == digest ? digest : throw new ImageException(ImageError.Corrupt,
            $"{Endpoint.Host} sent a wrong {what}: its digest is {digest}, not {expected}");
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
