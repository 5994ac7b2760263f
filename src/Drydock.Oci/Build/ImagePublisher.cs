namespace Drydock.Oci.Build;

/// <summary>Makes what was built visible, all at once: an image, or an index of several.</summary>
internal static class ImagePublisher
{
    /// <summary>Publishes images under the names of the options.</summary>
    public static BuildResult Publish(ImageStore store, Staging staging, BuildOptions options,
        IReadOnlyList<BuiltImage> images)
    {
        List<Descriptor> attached = [];
        if (options.Sbom != SbomFormat.None)
            foreach (var (image, context) in images)
                attached.Add(Sbom.Attach(staging, image, options, context.Created));
        var size = images.Sum(each => each.Image.Size);
        if (images.Count == 1 && options.Manifest is null)
        {
            var only = images[0].Image;
            staging.Commit(index => AddEntry(index, only.Descriptor, options.Tags, attached));
            return new(only.Id, only.ManifestDigest, size);
        }
        var entry = ImageWriter.WriteIndex(staging, Merge(store, staging, options, images));
        Reference[] names = options.Manifest is { } name ? [.. options.Tags, name] : [.. options.Tags];
        staging.Commit(index => AddEntry(index, entry, names, attached));
        return new(entry.Digest, entry.Digest, size);
    }

    /// <summary>
    /// The index that is there under the name, with each new image in the place of the one for its platform or at the
    /// end. What is not replaced keeps every byte that was said of it.
    /// </summary>
    private static ImageIndex Merge(ImageStore store, Staging staging, BuildOptions options,
        IReadOnlyList<BuiltImage> images)
    {
        var index = options.Manifest is { } name ? Present(store, name) : new() { MediaType = MediaTypes.Index };
        List<Descriptor> members = [.. index.Manifests];
        foreach (var member in members.Where(member => File.Exists(store.BlobPath(member.Digest))))
            staging.Require(member.Digest);
        foreach (var (image, _) in images)
        {
            var place = members.FindIndex(member => PlatformOf(member) == image.Platform);
            if (place < 0)
                members.Add(image.Descriptor);
            else
                members[place] = image.Descriptor;
        }
        var annotations = options.IndexAnnotations.Count == 0 ? index.Annotations : new(index.Annotations ?? []);
        foreach (var (key, value) in options.IndexAnnotations)
            annotations![key] = value;
        return index with { Manifests = [.. members], Annotations = annotations };
    }

    private static ImageIndex Present(ImageStore store, Reference name)
    {
        var entry = StoreIndex.Read(store.Layout).Manifests.FirstOrDefault(entry => StoreIndex.IsNamed(entry, name));
        if (entry is null)
            return new() { MediaType = MediaTypes.Index };
        return MediaTypes.IsIndex(entry.MediaType)
            ? OciReader.Index(store.Reader.ReadBlob(entry, name.Familiar), name.Familiar)
            : new() { MediaType = MediaTypes.Index, Manifests = [WithPlatform(store, entry, name)] };
    }

    private static Descriptor WithPlatform(ImageStore store, Descriptor entry, Reference name)
    {
        var platform = store.Reader.Read(entry, name).Platform;
        return StoreIndex.Nameless(entry) with
        {
            Platform = entry.Platform
                ?? new() { Os = platform.Os, Architecture = platform.Architecture, Variant = platform.Variant },
        };
    }

    private static Platform? PlatformOf(Descriptor member) => member.Platform is { } platform
        ? Platform.Normalize(platform.Os, platform.Architecture, platform.Variant)
        : null;

    private static ImageIndex AddEntry(
        ImageIndex index, Descriptor entry, IReadOnlyList<Reference> names, IReadOnlyList<Descriptor> attached)
    {
        index = names.Count == 0
            ? StoreIndex.WithEntry(index, entry)
            : names.Aggregate(index, (current, name) => StoreIndex.WithName(current, entry, name));
        return attached.Aggregate(index, StoreIndex.WithEntry);
    }
}
