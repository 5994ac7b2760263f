namespace Drydock.Oci;

/// <summary>
/// Artifacts that belong to an image: entries of the index with a type of artifact, whose manifest names its subject
/// (image-spec: manifest.md, subject), and cosign's, which say it in a tag: <c>sha256-HEX.sig</c>.
/// </summary>
internal static class Attachments
{
    private const string TagPrefix = "sha256-";
    private static readonly string[] TagSuffixes = [".sig", ".att", ".sbom"];

    /// <summary>The name under which cosign looks for what belongs to a manifest.</summary>
    /// <param name="image">A name of the image.</param>
    /// <param name="manifest">Digest of its manifest.</param>
    /// <param name="suffix"><c>sig</c>, <c>att</c> or <c>sbom</c>.</param>
    public static Reference TagFor(Reference image, Digest manifest, string suffix) =>
        Reference.Parse($"{image.Repository}:{TagPrefix}{manifest.Hex}.{suffix}");

    /// <summary>Whether a name is one of cosign's for something attached.</summary>
    public static bool IsTag(Reference name) => SubjectOf(name) is not null;

    /// <summary>Whether an entry is an artifact that belongs to an image, and no image itself.</summary>
    public static bool IsAttached(Descriptor entry) =>
        entry.ArtifactType is not null
        || entry.Annotation(Annotations.RefName)?.Contains(TagPrefix, StringComparison.Ordinal) == true
            && StoreIndex.NameOf(entry) is { } name && IsTag(name);

    /// <summary>What an attached entry belongs to; null where it does not say.</summary>
    public static Digest? SubjectOf(Descriptor entry, ImageReader reader)
    {
        if (StoreIndex.NameOf(entry) is { } name && SubjectOf(name) is { } tagged)
            return tagged;
        try
        {
            return reader.ReadManifest(entry, entry.DigestText).Subject?.Digest;
        }
        catch (ImageException)
        {
            return null;
        }
    }

    /// <summary>Every artifact of an index that belongs to a manifest.</summary>
    public static IEnumerable<Descriptor> Of(ImageIndex index, Digest manifest, ImageReader reader) =>
        index.Manifests.Where(entry => IsAttached(entry) && SubjectOf(entry, reader) == manifest);

    private static Digest? SubjectOf(Reference name)
    {
        if (name.Tag is not { } tag || !tag.StartsWith(TagPrefix, StringComparison.Ordinal))
            return null;
        var suffix = TagSuffixes.FirstOrDefault(each => tag.EndsWith(each, StringComparison.Ordinal));
        return suffix is not null
            && Digest.TryParse(Digest.Prefix + tag[TagPrefix.Length..^suffix.Length], out var digest) ? digest : null;
    }
}
