using System.Text.Json;

namespace Drydock.Oci.Registry;

/// <summary>A manifest or index that belongs to another one.</summary>
/// <param name="Subject">Digest of the one it belongs to.</param>
/// <param name="Entry">How a list of referrers describes it.</param>
internal sealed record Referrer(Digest Subject, Descriptor Entry)
{
    /// <summary>What a document says of itself; null where it belongs to nothing.</summary>
    public static Referrer? Of(ManifestDocument document)
    {
        var what = $"manifest {document.Digest}";
        if (!MediaTypes.IsIndex(document.MediaType))
        {
            var manifest = OciReader.Manifest(document.Content, what);
            // Without a type of its own an artifact is told by its configuration (distribution-spec 1.1).
            return manifest.Subject is { } subject
                ? new(subject.Digest, Describe(document, manifest.ArtifactType ?? manifest.Config.MediaType,
                    manifest.Annotations)) : null;
        }
        var index = OciReader.Index(document.Content, what);
        return Text(index, "subject", "digest") is { } digest
            ? new(Digest.Parse(digest), Describe(document, Text(index, "artifactType"), index.Annotations)) : null;
    }

    private static Descriptor Describe(
        ManifestDocument document, string? type, Dictionary<string, string>? annotations) =>
        document.Descriptor with { ArtifactType = type, Annotations = annotations };

    /// <summary>Text among the fields of an index that images do not use.</summary>
    private static string? Text(ImageIndex index, params ReadOnlySpan<string> path)
    {
        if (index.Unknown?.TryGetValue(path[0], out var value) != true)
            return null;
        foreach (var name in path[1..])
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
                return null;
        return value.ValueKind == JsonValueKind.String ? value.GetString() : null;
    }
}
