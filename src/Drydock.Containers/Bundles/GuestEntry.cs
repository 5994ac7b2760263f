using Drydock.Oci;

namespace Drydock.Containers.Bundles;

/// <summary>The WebAssembly program a container starts.</summary>
/// <param name="Path">Absolute path in the container.</param>
/// <param name="HostPath">The same file on the host.</param>
/// <param name="Function">Exported function to call.</param>
/// <param name="Args">The guest's command line: that of the container, without an init process before it.</param>
/// <param name="IsComponent">Whether it is a component rather than a module.</param>
public sealed record GuestEntry(
    string Path, string HostPath, string Function, IReadOnlyList<string> Args, bool IsComponent)
{
    private const string StartFunction = "_start";

    /// <summary>Whether the file is not the image's and has to be brought into the container.</summary>
    internal bool IsBrought { get; init; }
    /// <summary>
    /// Hexadecimal SHA-256 of the file, where its process gets compiled code of it (<see cref="HostCode"/>); else null.
    /// </summary>
    public string? CodeDigest { get; init; }

    /// <summary>
    /// Init processes that engines put before the program when asked to (<c>--init</c>). They pass signals on and reap
    /// children; a guest has no children, and Drydock acts on signals itself.
    /// </summary>
    private static readonly string[] InitProcesses = ["/dev/init", "/sbin/docker-init", "/run/podman-init"];

    /// <summary>
    /// The WebAssembly program that <paramref name="config"/> starts, or null where it starts something else. The bytes
    /// of the entry decide: platforms and annotations get lost on the way from the image, or reach side-cars they do
    /// not mean.
    /// </summary>
    public static GuestEntry? Find(BundleConfig config)
    {
        if (config.Process is not { Args.Count: > 0 } process || config.RootPath is not { } root || IsSandbox(config))
            return null;
        return Find(process, new ContainerFiles(root, config.Mounts));
    }

    /// <summary>The same for another process in a running container.</summary>
    /// <param name="process">The process.</param>
    /// <param name="root">Directory on the host through which the container's root is reached, mounts included.</param>
    public static GuestEntry? Find(ProcessConfig process, string root) => Find(process, new ContainerFiles(root, []));

    private static GuestEntry? Find(ProcessConfig process, ContainerFiles files)
    {
        IReadOnlyList<string> args = WithoutInit(process.Args);
        if (args.Count == 0) return null;
        string word = args[0];
        if (Look(word) is { } whole) return At(whole, StartFunction);
        int hash = word.LastIndexOf('#');
        return hash > 0 && Look(word[..hash]) is { } part ? At(part, word[(hash + 1)..]) : null;

        (string Path, string HostPath)? Look(string name) =>
            files.FindCommand(name, process.Cwd, EnvironmentVariables.Find(process.Env, "PATH"));

        GuestEntry? At((string Path, string HostPath) file, string function) => Kind(file.HostPath) switch
        {
            BinaryKind.Module => new(file.Path, file.HostPath, function, args, IsComponent: false),
            BinaryKind.Component => new(file.Path, file.HostPath, function, args, IsComponent: true),
            BinaryKind.WasmText when file.Path.EndsWith(".wat", StringComparison.Ordinal) =>
                new(file.Path, file.HostPath, function, args, IsComponent: false),
            _ => null,
        };
    }

    /// <summary>Whether the container is to start a file that is not there.</summary>
    internal static bool IsMissing(BundleConfig config) =>
        config is { Process: { Args: [var word, ..] } process, RootPath: { } root } && !IsSandbox(config)
        && new ContainerFiles(root, config.Mounts).FindCommand(
            word, process.Cwd, EnvironmentVariables.Find(process.Env, "PATH")) is null;

    /// <summary>The entry of a container whose image is a module and nothing else; null if the file is none.</summary>
    /// <param name="config">The container's configuration.</param>
    /// <param name="file">The module on the host, which is brought into the container.</param>
    internal static GuestEntry? OfArtifact(BundleConfig config, string file)
    {
        string path = GuestBundle.DirectoryIn(config) + "/" + System.IO.Path.GetFileName(file);
        return Kind(file) switch
        {
            BinaryKind.Module or BinaryKind.Component => new(path, file, StartFunction, config.Process!.Args,
                Kind(file) == BinaryKind.Component)
            { IsBrought = true },
            _ => null,
        };
    }

    /// <summary>Refuses what cannot run, and what the machine's policy does not let run.</summary>
    /// <exception cref="ContainerException">It is a component.</exception>
    /// <exception cref="ImageException">The policy is against it.</exception>
    public void RequireRunnable()
    {
        if (IsComponent) throw new ContainerException(
            $"{Path} is a WebAssembly component: components are not supported yet; build for wasm32-wasip1 instead");
        TrustPolicy.Load()?.CheckContainerFile(HostPath, Path);
    }

    /// <summary>The pause container of a pod is native whatever the pod's annotations say.</summary>
    private static bool IsSandbox(BundleConfig config) =>
        config.Annotation("io.kubernetes.cri.container-type") == "sandbox"
        || config.Annotation("io.kubernetes.cri-o.ContainerType") == "sandbox";

    private static IReadOnlyList<string> WithoutInit(IReadOnlyList<string> args) =>
        args is [var init, "--", ..] && InitProcesses.Contains(init) ? [.. args.Skip(2)] : args;

    private static BinaryKind Kind(string path)
    {
        try
        {
            return BinaryKinds.DetectFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return BinaryKind.Other;
        }
    }
}
