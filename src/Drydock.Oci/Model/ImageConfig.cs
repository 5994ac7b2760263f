using System.Text.Json;
using System.Text.Json.Serialization;

namespace Drydock.Oci;

/// <summary>An image configuration (image-spec: config.md). Fields that are not known are kept.</summary>
public sealed record ImageConfig
{
    /// <summary>Date of creation, RFC 3339.</summary>
    public string? Created { get; set; }
    /// <summary>Author.</summary>
    public string? Author { get; set; }
    /// <summary>Architecture, as written.</summary>
    public string Architecture { get; set => field = value ?? ""; } = "";
    /// <summary>Operating system, as written.</summary>
    public string Os { get; set => field = value ?? ""; } = "";
    /// <summary>Variant of the architecture.</summary>
    public string? Variant { get; set; }
    /// <summary>How to run the image.</summary>
    public ExecutionConfig? Config { get; set; }
    /// <summary>The layers, uncompressed.</summary>
    public RootFs? Rootfs { get; set; }
    /// <summary>How the layers came to be.</summary>
    public HistoryEntry[]? History { get; set; }
    /// <summary>What else was there; a CNCF artifact keeps <c>component</c> and <c>layerDigests</c> here.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }

    /// <summary>The platform in its normal spelling.</summary>
    [JsonIgnore]
    public Platform Platform => Platform.Normalize(Os, Architecture, Variant);

    /// <summary>
    /// The command line of a container: entrypoint and arguments. Arguments replace <c>CMD</c>; another entrypoint
    /// drops it (as <c>docker run</c> does).
    /// </summary>
    /// <param name="arguments">What the user gave after the image.</param>
    /// <param name="entrypoint">The user's <c>--entrypoint</c>, or null.</param>
    public IReadOnlyList<string> CommandLine(IReadOnlyList<string> arguments, string? entrypoint = null)
    {
        string[] first = entrypoint is null ? Config?.Entrypoint ?? [] : [entrypoint];
        if (arguments.Count == 0 && entrypoint is null)
            arguments = Config?.Cmd ?? [];
        return [.. first, .. arguments];
    }
}

/// <summary>How to run an image. The property names are capitalised in JSON, as Docker had them.</summary>
public sealed record ExecutionConfig
{
    /// <summary>User and group.</summary>
    [JsonPropertyName("User")] public string? User { get; set; }
    /// <summary>Ports, each as <c>80/tcp</c>.</summary>
    [JsonPropertyName("ExposedPorts")] public Dictionary<string, EmptyObject>? ExposedPorts { get; set; }
    /// <summary>Environment, each as <c>NAME=value</c>.</summary>
    [JsonPropertyName("Env")] public string[]? Env { get; set; }
    /// <summary>Start of the command line.</summary>
    [JsonPropertyName("Entrypoint")] public string[]? Entrypoint { get; set; }
    /// <summary>Default arguments.</summary>
    [JsonPropertyName("Cmd")] public string[]? Cmd { get; set; }
    /// <summary>Directories that outlive a container.</summary>
    [JsonPropertyName("Volumes")] public Dictionary<string, EmptyObject>? Volumes { get; set; }
    /// <summary>Working directory.</summary>
    [JsonPropertyName("WorkingDir")] public string? WorkingDir { get; set; }
    /// <summary>Labels.</summary>
    [JsonPropertyName("Labels")] public Dictionary<string, string>? Labels { get; set; }
    /// <summary>Signal that stops the container.</summary>
    [JsonPropertyName("StopSignal")] public string? StopSignal { get; set; }
    /// <summary>Health check (Docker's extension).</summary>
    [JsonPropertyName("Healthcheck")] public HealthConfig? Healthcheck { get; set; }
    /// <summary>Instructions for images built on this one (Docker's extension).</summary>
    [JsonPropertyName("OnBuild")] public string[]? OnBuild { get; set; }
    /// <summary>Shell of the shell form (Docker's extension).</summary>
    [JsonPropertyName("Shell")] public string[]? Shell { get; set; }
    /// <summary>What else was there.</summary>
    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Unknown { get; set; }
}

/// <summary>A health check; durations in nanoseconds.</summary>
public sealed record HealthConfig
{
    /// <summary><c>NONE</c>, or <c>CMD</c> and a command.</summary>
    [JsonPropertyName("Test")] public string[]? Test { get; set; }
    /// <summary>Time between checks.</summary>
    [JsonPropertyName("Interval")] public long? Interval { get; set; }
    /// <summary>Time a check may take.</summary>
    [JsonPropertyName("Timeout")] public long? Timeout { get; set; }
    /// <summary>Time to start up.</summary>
    [JsonPropertyName("StartPeriod")] public long? StartPeriod { get; set; }
    /// <summary>Time between checks while starting.</summary>
    [JsonPropertyName("StartInterval")] public long? StartInterval { get; set; }
    /// <summary>Failures that count as unhealthy.</summary>
    [JsonPropertyName("Retries")] public int? Retries { get; set; }
}

/// <summary>The value of a set written as a JSON object: <c>{}</c>.</summary>
public sealed record EmptyObject;

/// <summary>The layers by the digests of their uncompressed content.</summary>
public sealed record RootFs
{
    /// <summary>Always <c>layers</c>.</summary>
    public string Type { get; set; } = "layers";
    /// <summary>Digests, lowest layer first.</summary>
    [JsonPropertyName("diff_ids")] public string[]? DiffIds { get; set; } = [];
}

/// <summary>One step of an image's making.</summary>
public sealed record HistoryEntry
{
    /// <summary>Date, RFC 3339.</summary>
    public string? Created { get; set; }
    /// <summary>The instruction.</summary>
    [JsonPropertyName("created_by")] public string? CreatedBy { get; set; }
    /// <summary>Author.</summary>
    public string? Author { get; set; }
    /// <summary>Comment.</summary>
    public string? Comment { get; set; }
    /// <summary>Whether the step made no layer.</summary>
    [JsonPropertyName("empty_layer")] public bool EmptyLayer { get; set; }
}
