using System.Text.Json;

namespace Drydock.Oci.Registry;

/// <summary>Tells what a document of a registry is.</summary>
internal static class ManifestReader
{
    private const string SchemaOne = "application/vnd.docker.distribution.manifest.v1+";

    /// <summary>
    /// The media type of a manifest: what it says itself, else what it was sent as, else what it looks like. A document
    /// that can be read as an index and as a manifest is refused: two readers would see two images.
    /// </summary>
    public static string MediaTypeOf(byte[] content, string? sentAs, string what)
    {
        using var json = Parse(content, what);
        var root = json.RootElement;
        var (isIndex, isManifest) = (root.TryGetProperty("manifests", out _), root.TryGetProperty("layers", out _)
            || root.TryGetProperty("config", out _));
        if (isIndex && isManifest)
            throw new ImageException(ImageError.Corrupt, $"{what} is an index and a manifest at once");
        var type = Text(root, "mediaType")
            ?? (IsKnown(sentAs) ? sentAs! : isIndex ? MediaTypes.Index : MediaTypes.Manifest);
        if (type.StartsWith(SchemaOne, StringComparison.Ordinal) || root.TryGetProperty("fsLayers", out _))
            throw new ImageException(ImageError.Unsupported,
                $"{what} is of Docker's schema 1, which nobody writes any more: "
                + "push the image again with a newer tool");
        if (!IsKnown(type) || MediaTypes.IsIndex(type) != isIndex)
            throw new ImageException(ImageError.Unsupported,
                $"{what} is no image: its media type is \"{Printable.Of(type)}\"");
        return type;
    }

    /// <summary>A JSON object.</summary>
    public static JsonDocument Parse(byte[] content, string what)
    {
        try
        {
            var json = JsonDocument.Parse(content);
            if (json.RootElement.ValueKind == JsonValueKind.Object)
                return json;
            json.Dispose();
            throw new ImageException(ImageError.Corrupt, $"cannot read the {what}: it is no JSON object");
        }
        catch (JsonException e)
        {
            var isPage = content.AsSpan()
                .TrimStart((ReadOnlySpan<byte>)[(byte)' ', (byte)'\n', (byte)'\r', (byte)'\t', 0xef, 0xbb, 0xbf])
                is [(byte)'<', ..];
            throw new ImageException(ImageError.Corrupt, $"cannot read the {what}: "
                + (isPage ? "it is a web page, not JSON; is there a registry at that address?" : "it is not JSON"), e);
        }
    }

    private static bool IsKnown(string? type) =>
        type is not null && (MediaTypes.IsIndex(type) || MediaTypes.IsManifest(type));

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
            && value.GetString() is { Length: > 0 } text
            ? text
            : null;
}
