using System.Globalization;
using Drydock.Oci;
using Drydock.Wasm;

namespace Drydock.Containers.Spec;

/// <summary>From what an image says and what a user asks for to one <see cref="RuntimeSpec"/>.</summary>
public static class SpecBuilder
{
    private const string DefaultFunction = "_start";

    /// <summary>
    /// A module file of the host. It gets nothing of the host's but what <paramref name="request"/> names: no root, no
    /// current directory, no environment.
    /// </summary>
    /// <param name="path">The file; its name is the guest's first argument as given.</param>
    /// <param name="request">What the user asks for.</param>
    public static RuntimeSpec ForFile(string path, RunRequest request) => new()
    {
        Process = Process([request.Entrypoint ?? path, .. request.Arguments], [], null, request),
        Mounts = Mounts(request),
        Annotations = Annotations(path, DefaultFunction, request),
        Linux = Limits(request),
    };

    /// <summary>An image of the store.</summary>
    /// <param name="image">The image.</param>
    /// <param name="content">What the image holds.</param>
    /// <param name="request">What the user asks for.</param>
    /// <param name="privateRoots">Directory in which the container gets a copy of the image's files.</param>
    /// <exception cref="ImageException">The image has no module to start.</exception>
    public static RuntimeSpec ForImage(Image image, ImageContent content, RunRequest request, string privateRoots)
    {
        ExecutionConfig? config = image.Config.Config;
        IReadOnlyList<string> command = Command(image, content, request);
        ProcessSpec process = Process(command, config?.Env ?? [], config, request);
        EntryFile entry = content.Find(
            command.Count > 0 ? command[0] : null, process.Cwd, EnvironmentVariables.Find(process.Env, "PATH"));
        Dictionary<string, string> annotations = Annotations(entry.HostPath, entry.Function, request);
        annotations[SpecAnnotations.Image] = image.DisplayName;
        if (!entry.Digest.IsEmpty) annotations[SpecAnnotations.Digest] = entry.Digest.Hex;
        if (!request.ReadOnlyRoot) annotations[SpecAnnotations.PrivateRoots] = privateRoots;
        return new()
        {
            Process = process with { Args = [entry.GuestPath, .. command.Skip(1)] },
            Root = Root(content, request),
            Mounts = Mounts(request),
            Annotations = annotations,
            Linux = Limits(request),
        };
    }

    /// <summary>The image's files, unless a volume takes their place as a whole.</summary>
    private static RootSpec? Root(ImageContent content, RunRequest request) =>
        content.RootDirectory is { } directory && request.Volumes.All(volume => volume.GuestPath != "/")
            ? new(directory, request.ReadOnlyRoot)
            : null;

    /// <summary>
    /// The command line. A module that is a layer of its own needs no entrypoint; its first word is then a name only,
    /// and what the user gave are its arguments.
    /// </summary>
    private static IReadOnlyList<string> Command(Image image, ImageContent content, RunRequest request)
    {
        IReadOnlyList<string> command = image.Config.CommandLine(request.Arguments, request.Entrypoint);
        bool hasName = image.Config.Config is { Entrypoint.Length: > 0 } or { Cmd.Length: > 0 }
            || request.Entrypoint is not null;
        return content.IsBareModule && !hasName ? ["", .. command] : command;
    }

    private static ProcessSpec Process(
        IReadOnlyList<string> arguments, IReadOnlyList<string> environment, ExecutionConfig? config, RunRequest request)
    {
        string? directory = request.WorkingDirectory ?? config?.WorkingDir;
        string cwd = Volume.Normalize(string.IsNullOrEmpty(directory) ? "/" : directory);
        IReadOnlyList<string> variables = EnvironmentVariables.Merge(environment, request.Environment);
        // WASI has no working directory. Go, and shells, start in PWD.
        if (cwd != "/" && EnvironmentVariables.Find(variables, "PWD") is null) variables = [.. variables, "PWD=" + cwd];
        return new() { Args = arguments, Env = variables, Cwd = cwd, User = User(config?.User) };
    }

    /// <summary>
    /// Numeric ids; names mean nothing without the image's <c>/etc/passwd</c>, which guests rarely have.
    /// </summary>
    private static UserSpec User(string? text)
    {
        string[] parts = (text ?? "").Split(':');
        return new(Id(parts[0]), parts.Length > 1 ? Id(parts[1]) : 0);
    }

    private static uint Id(string text) =>
        uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) ? id : 0;

    private static MountSpec[] Mounts(RunRequest request)
    {
        var mounts = new MountSpec[request.Volumes.Count];
        for (int i = 0; i < mounts.Length; i++)
        {
            Volume volume = request.Volumes[i];
            mounts[i] = new(volume.GuestPath, volume.HostPath, "bind", volume.IsReadOnly ? ["bind", "ro"] : ["bind"]);
        }
        return mounts;
    }

    private static Dictionary<string, string> Annotations(
        string module, string function, RunRequest request)
    {
        var annotations = new Dictionary<string, string>
        {
            [SpecAnnotations.Module] = module,
            [SpecAnnotations.Function] = function,
        };
        if (request.Name is { } name) annotations[SpecAnnotations.Name] = name;
        if (request.Features is { } features) annotations[SpecAnnotations.Features] = FeatureNames.Format(features);
        if (request.Optimization is { } policy) annotations[SpecAnnotations.Optimization] = CodePolicies.NameOf(policy);
        if (request.Code is { } code) annotations[SpecAnnotations.Code] = code;
        if (request.Profile is { } profile) annotations[SpecAnnotations.Profile] = profile;
        if (request.Timeout is { } timeout)
            annotations[SpecAnnotations.Timeout] = ((long)timeout.TotalMilliseconds)
                .ToString(CultureInfo.InvariantCulture);
        return annotations;
    }

    private static LinuxSpec? Limits(RunRequest request) =>
        request.MemoryLimit is { } limit ? new(new ResourcesSpec(new MemorySpec(limit))) : null;
}
