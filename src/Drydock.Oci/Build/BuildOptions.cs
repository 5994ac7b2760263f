namespace Drydock.Oci.Build;

/// <summary>What to build, and how.</summary>
public sealed record BuildOptions
{
    /// <summary>Makes another module of the one that the image starts; null to leave it as it is.</summary>
    public Func<byte[], byte[]>? TransformEntry { get; init; }
    /// <summary>Directory that <c>COPY</c> reads from.</summary>
    public required string ContextDirectory { get; init; }
    /// <summary>The Dockerfile; null for <c>Dockerfile</c> or <c>Containerfile</c> in the context.</summary>
    public string? DockerfilePath { get; init; }
    /// <summary>The Dockerfile's text, where it comes from elsewhere than a file.</summary>
    public string? DockerfileText { get; init; }
    /// <summary>Names for the result.</summary>
    public IReadOnlyList<Reference> Tags { get; init; } = [];
    /// <summary>Values of <c>ARG</c>; null takes the variable from the environment of the caller.</summary>
    public IReadOnlyDictionary<string, string?> BuildArguments { get; init; } = new Dictionary<string, string?>();
    /// <summary>Labels on top of those of the Dockerfile.</summary>
    public IReadOnlyDictionary<string, string> Labels { get; init; } = new Dictionary<string, string>();
    /// <summary>Annotations of the manifest, on top of those that follow from the labels.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
    /// <summary>Annotations of the index, where one is written.</summary>
    public IReadOnlyDictionary<string, string> IndexAnnotations { get; init; } = new Dictionary<string, string>();
    /// <summary>Platform of the result; null for the base image's, or <c>wasi/wasm</c> on scratch.</summary>
    public Platform? Platform { get; init; }
    /// <summary>
    /// Several platforms, each built and put into one index; empty for the one of <see cref="Platform"/>.
    /// </summary>
    public IReadOnlyList<Platform> Platforms { get; init; } = [];
    /// <summary>An index to put the result into; what others put there stays as it is. Null for none.</summary>
    public Reference? Manifest { get; init; }
    /// <summary>
    /// Whether to write a CNCF WebAssembly artifact, the module alone, instead of an image with files.
    /// </summary>
    public bool Artifact { get; init; }
    /// <summary>The list of parts to attach to the result.</summary>
    public SbomFormat Sbom { get; init; }
    /// <summary>
    /// Brings an image into the store that a build names and the store lacks; null where builds use the store alone.
    /// </summary>
    public Func<Reference, Platform?, Image>? Fetch { get; init; }
    /// <summary>Whether a build with commands to run may be handed to <c>buildah</c>; else it is refused.</summary>
    public bool UseBuildah { get; init; } = true;
    /// <summary>Stage to stop at; null for the last.</summary>
    public string? Target { get; init; }
    /// <summary>
    /// Time stamp of everything written, in seconds since 1970; null for <c>SOURCE_DATE_EPOCH</c> of the environment,
    /// or 0.
    /// </summary>
    public long? SourceDateEpoch { get; init; }
    /// <summary>Who hears about the steps; null for nobody.</summary>
    public IBuildProgress? Progress { get; init; }
}

/// <summary>Hears about a build's steps.</summary>
public interface IBuildProgress
{
    /// <summary>A step begins.</summary>
    /// <param name="label">Where it stands, as Docker prints it: <c>1/3</c>, or <c>build 1/3</c> in a named
    /// stage.</param>
    /// <param name="instruction">The instruction, expanded.</param>
    void Step(string label, string instruction);

    /// <summary>Something worth a line that does not stop the build.</summary>
    void Warning(string message);
}

/// <summary>A finished build.</summary>
/// <param name="Id">Digest of the configuration, the image's id; of the index where there are several images.</param>
/// <param name="Manifest">Digest of the manifest, or of the index.</param>
/// <param name="Size">Bytes of the layers as stored.</param>
public sealed record BuildResult(Digest Id, Digest Manifest, long Size);
