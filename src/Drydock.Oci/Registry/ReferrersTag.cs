namespace Drydock.Oci.Registry;

/// <summary>
/// The list of a manifest's referrers at registries that keep none themselves: an index under the tag
/// <c>sha256-HEX</c>, which whoever pushes or deletes a referrer updates (distribution-spec 1.1: Referrers Tag Schema).
/// </summary>
internal sealed class ReferrersTag(RegistryClient client)
{
    private const int Attempts = 3;

    /// <summary>The tag for a manifest.</summary>
    public static string Of(Digest subject) => $"sha256-{subject.Hex}";

    /// <summary>
    /// The referrers that the tag lists; empty where there is no such tag, or it is something else: then nobody listed
    /// any.
    /// </summary>
    public async Task<ImageIndex> ReadAsync(Digest subject, CancellationToken cancel) =>
        await FindAsync(subject, cancel).ConfigureAwait(false) is { } document && MediaTypes.IsIndex(document.MediaType)
            ? Index(document, subject)
            : new() { MediaType = MediaTypes.Index };

    /// <summary>
    /// Lists a manifest, unless it is listed. Another pusher may overwrite the tag meanwhile: it is looked at again.
    /// </summary>
    /// <exception cref="ImageException">The tag is something else, which would be lost.</exception>
    public Task AddAsync(Referrer referrer, CancellationToken cancel) => ChangeAsync(referrer.Subject, async () =>
    {
        var found = await FindAsync(referrer.Subject, cancel).ConfigureAwait(false);
        if (found is not null && !MediaTypes.IsIndex(found.MediaType))
            throw new ImageException(ImageError.Registry,
                $"{Place(referrer.Subject)} is no list of what refers to the image; remove it to push there");
        var index = found is null ? new() { MediaType = MediaTypes.Index } : Index(found, referrer.Subject);
        return index.Manifests.Any(each => each.DigestText == referrer.Entry.DigestText) ? null
            : index with { Manifests = [.. index.Manifests, referrer.Entry] };
    }, cancel);

    /// <summary>Takes a manifest off the list that was deleted, where it is listed.</summary>
    public Task RemoveAsync(Referrer referrer, CancellationToken cancel) => ChangeAsync(referrer.Subject, async () =>
    {
        var index = await ReadAsync(referrer.Subject, cancel).ConfigureAwait(false);
        var kept = index.Manifests.Where(each => each.DigestText != referrer.Entry.DigestText).ToArray();
        return kept.Length == index.Manifests.Length ? null : index with { Manifests = kept };
    }, cancel);

    /// <summary>Puts what a change makes of the list until it changes nothing any more.</summary>
    private async Task ChangeAsync(Digest subject, Func<Task<ImageIndex?>> change, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < Attempts && await change().ConfigureAwait(false) is { } index; attempt++)
            await client.PutManifestAsync(Of(subject), MediaTypes.Index, OciJson.Write(index), cancel)
                .ConfigureAwait(false);
    }

    private async Task<ManifestDocument?> FindAsync(Digest subject, CancellationToken cancel) =>
        await client.FindManifestAsync(Of(subject), cancel).ConfigureAwait(false) is null ? null
            : await client.GetManifestAsync(Of(subject), default, cancel).ConfigureAwait(false);

    private ImageIndex Index(ManifestDocument document, Digest subject) =>
        OciReader.Index(document.Content, Place(subject));

    private string Place(Digest subject) => $"tag {Of(subject)} at {client.Endpoint.Host}";
}
