namespace Drydock.Oci.Registry;

/// <summary>Something at a registry that belongs to an image.</summary>
/// <param name="Tag">The tag it was found under; null for one of the referrers.</param>
/// <param name="Document">Its manifest as sent.</param>
/// <param name="Manifest">Its manifest.</param>
internal sealed record Attachment(Reference? Tag, ManifestDocument Document, ImageManifest Manifest)
{
    /// <summary>Type of the artifact (distribution-spec 1.1: without one, that of the configuration).</summary>
    public string ArtifactType => Manifest.ArtifactType ?? Manifest.Config.MediaType;

    /// <summary>The entry of the store's index for it, without a name.</summary>
    public Descriptor Entry => Document.Descriptor with { ArtifactType = ArtifactType };
}

/// <summary>
/// Finds what belongs to an image at its registry: by cosign's tag, and among the referrers, which the registry lists
/// itself or under a tag.
/// </summary>
internal sealed class AttachmentFinder(RegistryClient client)
{
    /// <summary>The most that is fetched for one image; what a registry lists beyond that is passed over.</summary>
    private const int MaxReferrers = 64;

    /// <summary>What belongs to a manifest or index.</summary>
    /// <param name="name">Name of the image.</param>
    /// <param name="subject">Digest of the manifest or index.</param>
    /// <param name="artifactType">The type that is wanted; null for all.</param>
    /// <param name="cancel">Gives up.</param>
    public async Task<List<Attachment>> FindAsync(Reference name, Digest subject, string? artifactType,
        CancellationToken cancel)
    {
        var found = new List<Attachment>();
        var tag = Attachments.TagFor(name, subject, "sig");
        if (await client.FindManifestAsync(tag.Tag!, cancel).ConfigureAwait(false) is not null)
            found.Add(await ReadAsync(tag, tag.Tag!, default, cancel).ConfigureAwait(false));
        var referrers = await client.ListReferrersAsync(subject, artifactType, cancel).ConfigureAwait(false);
        foreach (var referrer in referrers.Where(each => IsWanted(each, artifactType)).Take(MaxReferrers))
            if (found.TrueForAll(each => each.Document.Digest != referrer.Digest))
                found.Add(await ReadAsync(null, referrer.DigestText, referrer.Digest, cancel).ConfigureAwait(false));
        // A registry may list what it likes: what belongs to the image says so itself.
        return [.. found.Where(each =>
            each.Tag is not null || each.Manifest.Subject?.DigestText == subject.ToString())];
    }

    private static bool IsWanted(Descriptor referrer, string? artifactType) => MediaTypes.IsManifest(referrer.MediaType)
        && (artifactType is null || referrer.ArtifactType is null || referrer.ArtifactType == artifactType);

    private async Task<Attachment> ReadAsync(Reference? tag, string tagOrDigest, Digest expected,
        CancellationToken cancel)
    {
        var document = await client.GetManifestAsync(tagOrDigest, expected, cancel).ConfigureAwait(false);
        return new(tag, document, OciReader.Manifest(document.Content, $"manifest {tagOrDigest}"));
    }
}
