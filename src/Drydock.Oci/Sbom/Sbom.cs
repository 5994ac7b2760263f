using Drydock.Oci.Build;

namespace Drydock.Oci;

/// <summary>
/// Lists the parts of an image that was built, and attaches the list to it as an artifact that refers to it
/// (image-spec: manifest.md, subject). What is listed is what can be known: the modules, what their <c>producers</c>
/// sections say, and what the lock files of the build context pin.
/// </summary>
internal static class Sbom
{
    /// <summary>Media type of the documents, which is the type of the artifact too.</summary>
    public static string MediaTypeOf(SbomFormat format) =>
        format == SbomFormat.Spdx ? "application/spdx+json" : "application/vnd.cyclonedx+json";

    /// <summary>Stages the list and the artifact around it.</summary>
    /// <returns>The entry of the store's index for it.</returns>
    public static Descriptor Attach(Staging staging, Image image, BuildOptions options, string created)
    {
        List<SbomPart> parts = [.. Modules(staging, image), .. LockFiles.Read(options.ContextDirectory)];
        var subject = new SbomSubject(image.Name?.Familiar ?? image.Id.ToString(), image.ManifestDigest, created);
        var document = options.Sbom == SbomFormat.Spdx ? SpdxWriter.Write(subject, parts)
            : CycloneDxWriter.Write(subject, parts);
        var type = MediaTypeOf(options.Sbom);
        var manifest = new ImageManifest
        {
            MediaType = MediaTypes.Manifest,
            ArtifactType = type,
            Config = staging.AddBlob(MediaTypes.Empty, "{}"u8),
            Layers = [staging.AddBlob(type, document)],
            Subject = Descriptor.Of(image.Descriptor.MediaType, image.ManifestDigest, image.Descriptor.Size),
            Annotations = new() { [Annotations.Created] = created },
        };
        return staging.AddBlob(MediaTypes.Manifest, OciJson.Write(manifest)) with { ArtifactType = type };
    }

    /// <summary>The document that is attached to an image, by whichever tool; null where there is none.</summary>
    public static byte[]? Find(ImageStore store, Image image)
    {
        foreach (var entry in Attachments.Of(StoreIndex.Read(store.Layout), image.ManifestDigest, store.Reader))
            foreach (var layer in store.Reader.ReadManifest(entry, entry.DigestText).Layers)
                if (IsDocument(layer.MediaType))
                    return store.Reader.ReadBlob(layer, $"the list of parts of {image.DisplayName}");
        return null;
    }

    private static bool IsDocument(string mediaType) =>
        mediaType is "text/spdx+json" || mediaType == MediaTypeOf(SbomFormat.Spdx)
            || mediaType == MediaTypeOf(SbomFormat.CycloneDx);

    private static SbomPart[] Modules(Staging staging, Image image)
    {
        HashSet<SbomPart> seen = [];
        foreach (var (name, path) in Files(staging, image))
        {
            var content = File.ReadAllBytes(path);
            seen.Add(new(SbomPartKind.Module, "", name, "", Digest.Of(content).Hex));
            seen.UnionWith(Producers.Read(content));
        }
        return seen.OrderBy(part => part.Kind).ThenBy(part => part.Identifier, StringComparer.Ordinal).ToArray();
    }

    private static IEnumerable<(string Name, string Path)> Files(Staging staging, Image image)
    {
        foreach (var layer in image.Manifest.Layers.Where(layer => MediaTypes.IsWasmLayer(layer.MediaType)))
            yield return (layer.Annotation(Annotations.Title) ?? "module.wasm", staging.PathOf(layer.Digest));
        if (staging.RootFileSystemOf(image.Id) is not { } root)
            yield break;
        foreach (var file in Directory.EnumerateFiles(root, "*", SearchOption.AllDirectories))
            if (new FileInfo(file).LinkTarget is null
                && BinaryKinds.DetectFile(file) is BinaryKind.Module or BinaryKind.Component)
                yield return (Path.GetRelativePath(root, file), file);
    }
}

/// <summary>What a list of parts speaks of.</summary>
/// <param name="Name">Name of the image.</param>
/// <param name="Manifest">Digest of its manifest.</param>
/// <param name="Created">Date, RFC 3339.</param>
internal sealed record SbomSubject(string Name, Digest Manifest, string Created);
