namespace Drydock.Oci.Registry;

/// <summary>
/// The list of a manifest's referrers at registries that keep none themselves: an index under the tag
/// <c>sha256-HEX</c>, which whoever pushes a referrer updates (distribution-spec 1.1: Referrers Tag Schema).
/// </summary>
internal sealed class ReferrersTag(RegistryClient client)
{
    private const int Attempts = 3;

    /// <summary>The tag for a manifest.</summary>
    public static string Of(Digest subject) => $"sha256-{subject.Hex}";

    /// <summary>The referrers that the tag lists; empty where there is no such tag.</summary>
    public async Task<ImageIndex> ReadAsync(Digest subject, CancellationToken cancel)
    {
        var tag = Of(subject);
        if (await client.FindManifestAsync(tag, cancel).ConfigureAwait(false) is null)
            return new() { MediaType = MediaTypes.Index };
        var document = await client.GetManifestAsync(tag, default, cancel).ConfigureAwait(false);
        return MediaTypes.IsIndex(document.MediaType)
            ? OciReader.Index(document.Content, $"tag {tag} at {client.Endpoint.Host}")
            : throw new ImageException(ImageError.Registry,
                $"tag {tag} at {client.Endpoint.Host} is no list of what refers to the image; remove it to push there");
    }

    /// <summary>
    /// Lists a manifest, unless it is listed. Another pusher may overwrite the tag meanwhile: it is looked at again.
    /// </summary>
    public async Task AddAsync(Digest subject, Descriptor referrer, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var index = await ReadAsync(subject, cancel).ConfigureAwait(false);
            if (index.Manifests.Any(each => each.DigestText == referrer.DigestText))
                return;
            var content = OciJson.Write(index with { Manifests = [.. index.Manifests, referrer] });
            await client.PutManifestAsync(Of(subject), MediaTypes.Index, content, cancel).ConfigureAwait(false);
        }
    }
}
