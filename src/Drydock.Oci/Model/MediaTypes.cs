namespace Drydock.Oci;

/// <summary>
/// Every media type that is read or written, declared once (image-spec: media-types.md; Docker; CNCF; runwasi).
/// </summary>
public static class MediaTypes
{
    /// <summary>An OCI image index.</summary>
    public const string Index = "application/vnd.oci.image.index.v1+json";
    /// <summary>An OCI image manifest.</summary>
    public const string Manifest = "application/vnd.oci.image.manifest.v1+json";
    /// <summary>An OCI image configuration.</summary>
    public const string Config = "application/vnd.oci.image.config.v1+json";
    /// <summary>A layer as plain tar.</summary>
    public const string Layer = "application/vnd.oci.image.layer.v1.tar";
    /// <summary>A layer as gzipped tar.</summary>
    public const string LayerGzip = Layer + "+gzip";
    /// <summary>A layer as tar in zstd.</summary>
    public const string LayerZstd = Layer + "+zstd";
    /// <summary>Prefix of the layers that may not be redistributed (deprecated by the specification).</summary>
    public const string NondistributableLayer = "application/vnd.oci.image.layer.nondistributable.v1.tar";
    /// <summary>The empty configuration of an artifact.</summary>
    public const string Empty = "application/vnd.oci.empty.v1+json";

    /// <summary>Docker's manifest list.</summary>
    public const string DockerManifestList = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// <summary>Docker's manifest, schema 2.</summary>
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    /// <summary>Docker's image configuration.</summary>
    public const string DockerConfig = "application/vnd.docker.container.image.v1+json";
    /// <summary>Docker's layer as plain tar.</summary>
    public const string DockerLayer = "application/vnd.docker.image.rootfs.diff.tar";
    /// <summary>Docker's layer as gzipped tar.</summary>
    public const string DockerLayerGzip = DockerLayer + ".gzip";
    /// <summary>Docker's layer as tar in zstd.</summary>
    public const string DockerLayerZstd = DockerLayer + ".zstd";

    /// <summary>Configuration of a CNCF WebAssembly artifact.</summary>
    public const string WasmConfig = "application/vnd.wasm.config.v0+json";
    /// <summary>A WebAssembly binary, the layer of a CNCF artifact.</summary>
    public const string Wasm = "application/wasm";
    /// <summary>The layer of runwasi's OCI images.</summary>
    public const string RunwasiLayer = "application/vnd.bytecodealliance.wasm.component.layer.v0+wasm";
    /// <summary>The layer of wasm-to-oci and of Spin.</summary>
    public const string WasmContentLayer = "application/vnd.wasm.content.layer.v1+wasm";
    /// <summary>The layer of wasmCloud before the CNCF format, and of Istio.</summary>
    public const string WasmModuleLayer = "application/vnd.module.wasm.content.layer.v1+wasm";
    /// <summary>A Spin application's locked manifest.</summary>
    public const string SpinConfig = "application/vnd.fermyon.spin.application.v1+config";

    /// <summary>A file of a Spin application.</summary>
    public const string SpinData = "application/vnd.wasm.content.layer.v1+data";
    /// <summary>Files of a Spin application, archived.</summary>
    public const string SpinBundle = "application/vnd.wasm.content.bundle.v1.tar+gzip";
    /// <summary>Bytes of which nothing more is said.</summary>
    public const string OctetStream = "application/octet-stream";

    /// <summary>Whether a descriptor of this type leads to several images.</summary>
    public static bool IsIndex(string mediaType) => mediaType is Index or DockerManifestList;

    /// <summary>Whether a descriptor of this type is one image.</summary>
    public static bool IsManifest(string mediaType) => mediaType is Manifest or DockerManifest;

    /// <summary>Whether a configuration of this type says how to run an image.</summary>
    public static bool IsImageConfig(string mediaType) => mediaType is Config or DockerConfig or WasmConfig;

    /// <summary>Whether the layer is a WebAssembly binary itself, not an archive.</summary>
    public static bool IsWasmLayer(string mediaType) =>
        mediaType is Wasm or RunwasiLayer or WasmContentLayer or WasmModuleLayer;

    /// <summary>Whether the layer is an archive of files, in whatever compression.</summary>
    public static bool IsTarLayer(string mediaType) =>
        mediaType.StartsWith(Layer, StringComparison.Ordinal)
        || mediaType.StartsWith(DockerLayer, StringComparison.Ordinal)
        || mediaType.StartsWith(NondistributableLayer, StringComparison.Ordinal);
}

/// <summary>The annotations that are read or written (image-spec: annotations.md).</summary>
public static class Annotations
{
    /// <summary>What the names of the specification itself begin with.</summary>
    public const string Prefix = "org.opencontainers.image.";
    /// <summary>Name of an image in the index of a layout.</summary>
    public const string RefName = "org.opencontainers.image.ref.name";
    /// <summary>Full name of an image, as containerd writes it.</summary>
    public const string ContainerdName = "io.containerd.image.name";
    /// <summary>Date of creation.</summary>
    public const string Created = "org.opencontainers.image.created";
    /// <summary>File name of a layer.</summary>
    public const string Title = "org.opencontainers.image.title";
    /// <summary>Marks images that crun or Envoy start as WebAssembly.</summary>
    public const string WasmVariant = "module.wasm.image/variant";
}
