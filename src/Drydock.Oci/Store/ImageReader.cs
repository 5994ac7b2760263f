using Drydock.Oci.Native;

namespace Drydock.Oci;

/// <summary>An image found in the index, not yet read: the entry that leads to it, and its own descriptor.</summary>
/// <param name="Entry">The entry of <c>index.json</c>.</param>
/// <param name="Manifest">The manifest's descriptor: the entry itself, or a member of the index it points at.</param>
internal readonly record struct Candidate(Descriptor Entry, Descriptor Manifest);

/// <summary>Reads manifests and configurations out of the blobs.</summary>
internal sealed class ImageReader(StoreLayout layout)
{
    private const int MaxIndexDepth = 4;

    /// <summary>The images an entry leads to.</summary>
    public IEnumerable<Candidate> Expand(Descriptor entry) => Expand(entry, entry, 0);

    /// <summary>Reads an image.</summary>
    public Image Read(Descriptor descriptor, Reference? name)
    {
        var what = name?.Familiar ?? descriptor.DigestText;
        if (!MediaTypes.IsManifest(descriptor.MediaType))
            throw new ImageException(ImageError.Unsupported,
                $"{what} is no image: its media type is \"{Printable.Of(descriptor.MediaType)}\"");
        var manifest = ReadManifest(descriptor, what);
        return new(name, descriptor, manifest, ReadConfig(manifest.Config, what));
    }

    /// <summary>
    /// Whether a manifest is here: of an index, a pull brings the image it is asked for and no other.
    /// </summary>
    public bool IsPresent(Candidate candidate) => File.Exists(layout.Blob(candidate.Manifest.Digest));

    /// <summary>Reads a manifest.</summary>
    public ImageManifest ReadManifest(Descriptor descriptor, string what) =>
        OciReader.Manifest(ReadBlob(descriptor, what), $"the manifest of {what}");

    /// <summary>The bytes of a small blob, at most 4 MiB.</summary>
    public byte[] ReadBlob(Descriptor descriptor, string what)
    {
        if (descriptor.Size is < 0 or > OciJson.MaxBytes)
            throw new ImageException(ImageError.Corrupt,
                $"cannot read {what}: {descriptor.DigestText} claims {descriptor.Size} bytes, more than {OciJson.MaxBytes}");
        var content = ReadFile(descriptor.Digest, what);
        return content.Length == descriptor.Size ? content : throw new ImageException(ImageError.Corrupt,
            $"cannot read {what}: {descriptor.DigestText} has {content.Length} bytes where {descriptor.Size} are declared");
    }

    private byte[] ReadFile(Digest digest, string what)
    {
        // Not the framework's opening, which takes a lock that a holder's must not be mistaken for.
        using var file = Posix.TryOpenFile(layout.Blob(digest)) ?? throw new ImageException(
            ImageError.Corrupt, $"cannot read {what}: blob {digest} is missing from the store");
        var content = new byte[Math.Min(RandomAccess.GetLength(file), OciJson.MaxBytes + 1)];
        var read = RandomAccess.Read(file, content, 0);
        return read == content.Length ? content : content[..read];
    }

    /// <summary>An artifact's configuration of another kind says nothing about how to run it.</summary>
    private ImageConfig ReadConfig(Descriptor descriptor, string what) =>
        MediaTypes.IsImageConfig(descriptor.MediaType)
            ? OciReader.Config(ReadBlob(descriptor, what), $"the configuration of {what}")
            : new ImageConfig();

    private IEnumerable<Candidate> Expand(Descriptor entry, Descriptor descriptor, int depth)
    {
        if (!MediaTypes.IsIndex(descriptor.MediaType))
            return IsAttestation(descriptor) ? [] : [new(entry, descriptor)];
        if (depth == MaxIndexDepth)
            throw new ImageException(ImageError.Corrupt,
                $"index {entry.DigestText} is nested deeper than {MaxIndexDepth}");
        var what = $"index {descriptor.DigestText}";
        var index = OciReader.Index(ReadBlob(descriptor, what), what);
        return index.Manifests.SelectMany(member => Expand(entry, member, depth + 1));
    }

    /// <summary>BuildKit puts its attestations beside the images they speak of.</summary>
    private static bool IsAttestation(Descriptor descriptor) =>
        descriptor.Platform is { Os: "unknown", Architecture: "unknown" };
}
