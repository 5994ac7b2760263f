using System.Globalization;

namespace Drydock.Oci;

/// <summary>An image of the store: one manifest and its configuration.</summary>
/// <param name="Name">The name it was found by, or null when found by its id alone.</param>
/// <param name="Descriptor">What the index says about it.</param>
/// <param name="Manifest">Its manifest.</param>
/// <param name="Config">Its configuration; empty for an artifact that has none.</param>
public sealed record Image(Reference? Name, Descriptor Descriptor, ImageManifest Manifest, ImageConfig Config)
{
    /// <summary>Digest of the configuration: the id that Docker and Podman show.</summary>
    public Digest Id => Manifest.Config.Digest;
    /// <summary>Digest of the manifest.</summary>
    public Digest ManifestDigest => Descriptor.Digest;
    /// <summary>Bytes of the layers and the configuration as stored.</summary>
    public long Size => Manifest.Config.Size + Manifest.Layers.Sum(layer => layer.Size);
    /// <summary>The platform, from the index where it says so, else from the configuration.</summary>
    public Platform Platform => Config.Os.Length + Config.Architecture.Length > 0
        ? Config.Platform
        : Platform.Normalize(Descriptor.Platform?.Os, Descriptor.Platform?.Architecture, Descriptor.Platform?.Variant);
    /// <summary>Date of creation, or null where it says none.</summary>
    public DateTimeOffset? Created =>
        DateTimeOffset.TryParse(Config.Created, CultureInfo.InvariantCulture, out var created) ? created : null;
    /// <summary>How messages call it.</summary>
    public string DisplayName => Name?.Familiar ?? Id.Short;
}

/// <summary>A line of <c>drydock images</c>.</summary>
/// <param name="Name">Name, or null for an image that lost it to a newer one.</param>
/// <param name="Id">Digest of the configuration.</param>
/// <param name="ManifestDigest">Digest of the manifest.</param>
/// <param name="Platform">Platform.</param>
/// <param name="Created">Date of creation, or null when the image has none.</param>
/// <param name="Size">Bytes as stored.</param>
public sealed record ImageSummary(
    Reference? Name, Digest Id, Digest ManifestDigest, Platform Platform, DateTimeOffset? Created, long Size);

/// <summary>What <see cref="ImageStore.Remove"/> did.</summary>
/// <param name="Untagged">Names removed.</param>
/// <param name="Deleted">Ids of the images that are gone.</param>
/// <param name="FreedBytes">Bytes of blobs removed.</param>
public sealed record RemovalResult(IReadOnlyList<Reference> Untagged, IReadOnlyList<Digest> Deleted, long FreedBytes);
