using System.Net;
using System.Text.Json;

namespace Drydock.Oci.Registry;

/// <content>Lists that come in pages: tags, and what belongs to a manifest.</content>
internal sealed partial class RegistryClient
{
    private const int MaxTags = 1 << 20;
    private const int MaxReferrerPages = 16;

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
}
