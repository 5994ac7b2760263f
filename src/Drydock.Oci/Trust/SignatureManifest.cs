namespace Drydock.Oci;

/// <summary>
/// Signatures as cosign stores them: an image of its own, a layer for each signature, found under the tag
/// <c>sha256-HEX.sig</c> and, because it names its subject, among the referrers too.
/// </summary>
internal static class SignatureManifest
{
    /// <summary>The most that the signatures of one image may measure.</summary>
    public const long MaxBytes = 1 << 20;

    private const string LayerType = "application/vnd.dev.cosign.simplesigning.v1+json";
    /// <summary>Type of the artifact.</summary>
    public const string ArtifactType = "application/vnd.dev.cosign.artifact.sig.v1+json";
    private const string SignatureAnnotation = "dev.cosignproject.cosign/signature";
    private const string NoDate = "0001-01-01T00:00:00Z";
    private const int MaxSignatures = 256;
    private const int MaxPayload = 1 << 16;

    /// <summary>Stages the image of some signatures; returns its entry, nameless.</summary>
    public static Descriptor Write(Staging staging, IReadOnlyList<ImageSignature> signatures, Descriptor subject)
    {
        Descriptor[] layers = [.. signatures.Select(signature => staging.AddBlob(LayerType, signature.Payload) with
        {
            Annotations = new() { [SignatureAnnotation] = Convert.ToBase64String(signature.Value) },
        })];
        var config = new ImageConfig
        {
            Created = NoDate,
            Config = new(),
            Rootfs = new() { DiffIds = [.. layers.Select(layer => layer.DigestText)] },
            History = [.. layers.Select(_ => new HistoryEntry { Created = NoDate })],
        };
        var manifest = new ImageManifest
        {
            MediaType = MediaTypes.Manifest,
            ArtifactType = ArtifactType,
            Config = staging.AddBlob(MediaTypes.Config, OciJson.Write(config)),
            Layers = layers,
            Subject = Descriptor.Of(subject.MediaType, subject.Digest, subject.Size),
        };
        return staging.AddBlob(MediaTypes.Manifest, OciJson.Write(manifest)) with { ArtifactType = ArtifactType };
    }

    /// <summary>The signatures that a manifest holds; layers of other kinds are no signatures.</summary>
    /// <param name="manifest">The manifest.</param>
    /// <param name="read">Reads a layer, at most as many bytes as its descriptor says.</param>
    public static IEnumerable<ImageSignature> Read(ImageManifest manifest, Func<Descriptor, byte[]> read)
    {
        foreach (var layer in manifest.Layers.Take(MaxSignatures))
            if (layer.MediaType == LayerType && layer.Size is >= 0 and <= MaxPayload
                && layer.Annotation(SignatureAnnotation) is { } text && TryDecode(text) is { } value)
                yield return new(read(layer), value);
    }

    private static byte[]? TryDecode(string text)
    {
        var buffer = new byte[text.Length];
        return Convert.TryFromBase64String(text, buffer, out var length) ? buffer[..length] : null;
    }
}
