namespace Drydock.Containers.Spec;

/// <summary>
/// The one description of a container: what the OCI runtime specification keeps in <c>config.json</c>, as far as a
/// guest can tell the difference (runtime-spec 1.2: config.md, config-linux.md).
/// </summary>
public sealed record RuntimeSpec
{
    /// <summary>Version of the specification.</summary>
    public string OciVersion { get; init; } = "1.2.0";
    /// <summary>The process.</summary>
    public ProcessSpec Process { get; init; } = new();
    /// <summary>The root file system; null for a guest that gets none.</summary>
    public RootSpec? Root { get; init; }
    /// <summary>Host name of the container.</summary>
    public string? Hostname { get; init; }
    /// <summary>What is mounted on top of the root, in order.</summary>
    public IReadOnlyList<MountSpec> Mounts { get; init; } = [];
    /// <summary>Free keys; those of Drydock are in <see cref="SpecAnnotations"/>.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
    /// <summary>What only Linux has.</summary>
    public LinuxSpec? Linux { get; init; }

    /// <summary>The annotation <paramref name="key"/>, or null.</summary>
    public string? Annotation(string key) => Annotations.GetValueOrDefault(key);
}

/// <summary>The process of a container (config.md, Process).</summary>
public sealed record ProcessSpec
{
    /// <summary>Whether it has a terminal.</summary>
    public bool Terminal { get; init; }
    /// <summary>Command line; the first word is what the guest sees as its own name.</summary>
    public IReadOnlyList<string> Args { get; init; } = [];
    /// <summary>Environment, each as <c>NAME=value</c>; nothing is added to it.</summary>
    public IReadOnlyList<string> Env { get; init; } = [];
    /// <summary>Working directory, absolute.</summary>
    public string Cwd { get; init; } = "/";
    /// <summary>User.</summary>
    public UserSpec User { get; init; } = new();
    /// <summary>Limits of the process.</summary>
    public IReadOnlyList<RlimitSpec>? Rlimits { get; init; }
}

/// <summary>User and group ids (config.md, User).</summary>
/// <param name="Uid">User id.</param>
/// <param name="Gid">Group id.</param>
public sealed record UserSpec(uint Uid = 0, uint Gid = 0);

/// <summary>A limit of <c>setrlimit</c> (config.md, POSIX process).</summary>
/// <param name="Type">Name, for instance <c>RLIMIT_NOFILE</c>.</param>
/// <param name="Soft">Soft limit.</param>
/// <param name="Hard">Hard limit.</param>
public sealed record RlimitSpec(string Type, ulong Soft, ulong Hard);

/// <summary>The root file system (config.md, Root).</summary>
/// <param name="Path">Directory on the host.</param>
/// <param name="Readonly">Whether the guest may not write to it.</param>
public sealed record RootSpec(string Path, bool Readonly = false);

/// <summary>A mount (config.md, Mounts). Only bind mounts mean something to a guest.</summary>
/// <param name="Destination">Absolute path in the container.</param>
/// <param name="Source">Path on the host.</param>
/// <param name="Type">Kind, <c>bind</c>.</param>
/// <param name="Options">Options; <c>ro</c> is heeded.</param>
public sealed record MountSpec(string Destination, string Source, string Type, IReadOnlyList<string> Options)
{
    /// <summary>Whether the guest may not write to it.</summary>
    internal bool IsReadOnly => Options.Contains("ro");
}

/// <summary>What only Linux has (config-linux.md).</summary>
/// <param name="Resources">Limits.</param>
public sealed record LinuxSpec(ResourcesSpec? Resources);

/// <summary>Resource limits (config-linux.md, Control groups).</summary>
/// <param name="Memory">Memory.</param>
public sealed record ResourcesSpec(MemorySpec? Memory);

/// <summary>Memory limits.</summary>
/// <param name="Limit">Bytes.</param>
public sealed record MemorySpec(long? Limit);

/// <summary>Annotations with a meaning to Drydock.</summary>
public static class SpecAnnotations
{
    /// <summary>File on the host that holds the module.</summary>
    public const string Module = "dev.drydock.module";
    /// <summary>Hexadecimal SHA-256 of that file, where it is known.</summary>
    public const string Digest = "dev.drydock.digest";
    /// <summary>Descriptor of a file with compiled code of it, where the process was started with one.</summary>
    public const string CodeHandle = "dev.drydock.code-handle";
    /// <summary>File with compiled code of it that the user wants it to run on.</summary>
    public const string Code = "dev.drydock.code";
    /// <summary>Exported function to call.</summary>
    public const string Function = "dev.drydock.function";
    /// <summary>Milliseconds after which the guest is ended.</summary>
    public const string Timeout = "dev.drydock.timeout-ms";
    /// <summary>What modules may use, as <see cref="Wasm.FeatureNames"/> has it; everything when absent.</summary>
    public const string Features = "dev.drydock.features";
    /// <summary>
    /// What code the guest starts on, as <see cref="CodePolicies"/> has it; what the environment says when absent.
    /// </summary>
    public const string Optimization = "dev.drydock.opt";
    /// <summary><c>perf</c>, or the file of the host to write a profile to.</summary>
    public const string Profile = "dev.drydock.profile";
    /// <summary>
    /// Directory in which the container gets a private copy of its root, which others share; absent where the root is
    /// its own or read-only.
    /// </summary>
    public const string PrivateRoots = "dev.drydock.private-roots";
    /// <summary>Name of the container.</summary>
    public const string Name = "dev.drydock.name";
    /// <summary>Name of the image.</summary>
    public const string Image = "dev.drydock.image";
}
