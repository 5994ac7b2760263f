using System.Text.Json;
using System.Text.Json.Serialization;

namespace Drydock.Oci;

/// <summary>Points at content (image-spec: descriptor.md). Fields that are not known are kept.</summary>
public sealed record Descriptor
{
    /// <summary>Media type of the content.</summary>
    public string MediaType { get; set => field = value ?? ""; } = "";
    /// <summary>Digest, as written.</summary>
    [JsonPropertyName("digest")]
    public string DigestText { get; set => field = value ?? ""; } = "";
    /// <summary>Size in bytes.</summary>
    public long Size { get; set; }
    /// <summary>Platform of an image in an index.</summary>
    public DescriptorPlatform? Platform { get; set; }
    /// <summary>Type of an artifact.</summary>
    public string? ArtifactType { get; set; }
    /// <summary>Annotations.</summary>
    public Dictionary<string, string>? Annotations { get; set; }
    /// <summary>What else was there.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>The digest.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Corrupt"/> when it is not one.</exception>
    [JsonIgnore]
    public Digest Digest => Digest.Parse(DigestText);

    /// <summary>A descriptor of content at hand.</summary>
    public static Descriptor Of(string mediaType, Digest digest, long size) =>
        new() { MediaType = mediaType, DigestText = digest.ToString(), Size = size };

    /// <summary>The value of an annotation, or null.</summary>
    public string? Annotation(string name) => Annotations?.GetValueOrDefault(name);
}

/// <summary>A platform as an index writes it.</summary>
public sealed record DescriptorPlatform
{
    /// <summary>Architecture.</summary>
    public string? Architecture { get; set; }
    /// <summary>Operating system.</summary>
    public string? Os { get; set; }
    /// <summary>Variant of the architecture.</summary>
    public string? Variant { get; set; }
    /// <summary>What else was there.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>An image index (image-spec: image-index.md), and the <c>index.json</c> of a layout.</summary>
public sealed record ImageIndex
{
    /// <summary>Always 2.</summary>
    public int SchemaVersion { get; set; } = 2;
    /// <summary>Media type, where written.</summary>
    public string? MediaType { get; set; }
    /// <summary>The images.</summary>
    public Descriptor[] Manifests { get; set => field = NotNull.All(value); } = [];
    /// <summary>Annotations.</summary>
    public Dictionary<string, string>? Annotations { get; set; }
    /// <summary>What else was there.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>An image manifest (image-spec: manifest.md).</summary>
public sealed record ImageManifest
{
    /// <summary>Always 2.</summary>
    public int SchemaVersion { get; set; } = 2;
    /// <summary>Media type, where written.</summary>
    public string? MediaType { get; set; }
    /// <summary>Type of an artifact.</summary>
    public string? ArtifactType { get; set; }
    /// <summary>The configuration.</summary>
    public Descriptor Config { get; set => field = value ?? new(); } = new();
    /// <summary>The layers, lowest first.</summary>
    public Descriptor[] Layers { get; set => field = NotNull.All(value); } = [];
    /// <summary>The manifest this one belongs to.</summary>
    public Descriptor? Subject { get; set; }
    /// <summary>Annotations.</summary>
    public Dictionary<string, string>? Annotations { get; set; }
    /// <summary>What else was there.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>JSON may say null wherever it likes; what is read from it never does.</summary>
internal static class NotNull
{
    public static Descriptor[] All(Descriptor[]? descriptors) =>
        [.. (descriptors ?? []).Where(each => each is not null)];
}

/// <summary>The <c>oci-layout</c> file (image-spec: image-layout.md).</summary>
internal sealed record LayoutMarker
{
    public string ImageLayoutVersion { get; set; } = "1.0.0";
}
