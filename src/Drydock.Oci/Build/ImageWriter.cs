namespace Drydock.Oci.Build;

/// <summary>
/// Writes the documents of an image around layers that are staged: the last step of building and importing.
/// </summary>
internal static class ImageWriter
{
    /// <summary>The annotations that follow from an image's labels and its date.</summary>
    /// <remarks>Labels of the specification's own names say of the image what annotations say of the
    /// manifest.</remarks>
    public static Dictionary<string, string> Annotate(
        IReadOnlyDictionary<string, string>? labels, string created, IReadOnlyDictionary<string, string> given)
    {
        var annotations =
            new SortedDictionary<string, string>(StringComparer.Ordinal) { [Annotations.Created] = created };
        foreach (var (name, value) in labels ?? new Dictionary<string, string>())
            if (name.StartsWith(Annotations.Prefix, StringComparison.Ordinal))
                annotations[name] = value;
        foreach (var (name, value) in given)
            annotations[name] = value;
        return new(annotations);
    }

    /// <summary>Stages configuration and manifest of an image that is a root file system.</summary>
    public static Image Write(
        Staging staging, ImageConfig config, IReadOnlyList<Descriptor> layers, Dictionary<string, string> annotations,
        Reference? name)
    {
        var manifest = new ImageManifest
        {
            MediaType = MediaTypes.Manifest,
            Config = staging.AddBlob(MediaTypes.Config, OciJson.Write(config)),
            Layers = [.. layers],
            Annotations = annotations,
        };
        return Write(staging, manifest, config, name);
    }

    /// <summary>
    /// Stages a CNCF WebAssembly artifact: one layer that is the module, and a configuration that says what it is
    /// (CNCF TAG Runtime, Wasm OCI Artifact layout).
    /// </summary>
    /// <param name="staging">Where to.</param>
    /// <param name="module">The module or component.</param>
    /// <param name="title">Its file name.</param>
    /// <param name="described">Date, author and how to run it.</param>
    /// <param name="annotations">Annotations of the manifest.</param>
    /// <param name="name">A name for messages.</param>
    public static Image WriteArtifact(
        Staging staging, byte[] module, string title, ImageConfig described, Dictionary<string, string> annotations,
        Reference? name)
    {
        var isComponent = BinaryKinds.Detect(module) == BinaryKind.Component;
        var layer = staging.AddBlob(MediaTypes.Wasm, module)
            with
        { Annotations = new() { [Annotations.Title] = title } };
        var config = new ImageConfig
        {
            Created = described.Created,
            Author = described.Author,
            Architecture = "wasm",
            Os = isComponent ? "wasip2" : "wasip1",
            Unknown = new()
            {
                ["layerDigests"] = OciJson.Element(json =>
                {
                    json.WriteStartArray();
                    json.WriteStringValue(layer.DigestText);
                    json.WriteEndArray();
                }),
            },
        };
        if (isComponent)
            config.Unknown["component"] = ComponentNames.Read(module).ToJson();
        var manifest = new ImageManifest
        {
            MediaType = MediaTypes.Manifest,
            Config = staging.AddBlob(MediaTypes.WasmConfig, OciJson.Write(config)),
            Layers = [layer],
            Annotations = annotations,
        };
        return Write(staging, manifest, config, name);
    }

    /// <summary>Stages an index of images, in the order given.</summary>
    public static Descriptor WriteIndex(Staging staging, ImageIndex index) =>
        staging.AddBlob(MediaTypes.Index, OciJson.Write(index));

    private static Image Write(Staging staging, ImageManifest manifest, ImageConfig config, Reference? name)
    {
        var descriptor = staging.AddBlob(MediaTypes.Manifest, OciJson.Write(manifest)) with
        {
            Platform = new() { Architecture = config.Architecture, Os = config.Os, Variant = config.Variant },
        };
        return new(name, descriptor, manifest, config);
    }
}
