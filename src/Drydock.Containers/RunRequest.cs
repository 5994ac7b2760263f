using Drydock.Wasm;

namespace Drydock.Containers;

/// <summary>What a user asks for beyond what the image says.</summary>
public sealed record RunRequest
{
    /// <summary>Words after the image.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
    /// <summary>Environment, each as <c>NAME=value</c>; later ones replace earlier ones and the image's.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];
    /// <summary>Directories of the host.</summary>
    public IReadOnlyList<Volume> Volumes { get; init; } = [];
    /// <summary>Working directory; null for the image's.</summary>
    public string? WorkingDirectory { get; init; }
    /// <summary>What to start instead of the image's entrypoint.</summary>
    public string? Entrypoint { get; init; }
    /// <summary>Name of the container.</summary>
    public string? Name { get; init; }
    /// <summary>Bytes of guest memory, all memories together; null for no limit.</summary>
    public long? MemoryLimit { get; init; }
    /// <summary>What modules may use; null for everything.</summary>
    public WasmFeatures? Features { get; init; }
    /// <summary>What code the guest starts on; null for what the environment says.</summary>
    public CodePolicy? Optimization { get; init; }
    /// <summary>File with compiled code to start on; null for what the policy finds.</summary>
    public string? Code { get; init; }
    /// <summary><c>perf</c>, or the file to write a profile to; null for none.</summary>
    public string? Profile { get; init; }
    /// <summary>Time after which the guest is ended.</summary>
    public TimeSpan? Timeout { get; init; }
    /// <summary>
    /// Whether the root file system is the image's own, not to be written to, instead of a private copy.
    /// </summary>
    public bool ReadOnlyRoot { get; init; }
}
