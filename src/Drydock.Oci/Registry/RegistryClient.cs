using System.Net;

namespace Drydock.Oci.Registry;

/// <summary>A manifest or index as a registry sent it, checked against its digest.</summary>
internal sealed record ManifestDocument(byte[] Content, string MediaType, Digest Digest)
{
    public Descriptor Descriptor => Descriptor.Of(MediaType, Digest, Content.Length);
}

/// <summary>The verbs of the distribution specification, on one repository at one endpoint.</summary>
internal sealed partial class RegistryClient(RegistryConnection connection) : IDisposable
{
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

    private async Task<byte[]> ReadAsync(HttpResponseMessage response, string what, CancellationToken cancel)
    {
        try
        {
            return await Body.ReadAllAsync(response, OciJson.MaxBytes, Limits, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is ImageException or TimeoutException or IOException or HttpRequestException)
        {
            throw new ImageException(ImageError.Registry,
                $"cannot read {what} from {Endpoint.Host}: {NetworkFailure.Describe(e)}", e);
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
}
