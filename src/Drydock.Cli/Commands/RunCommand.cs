using System.CommandLine;
using Drydock.Containers;
using Drydock.Containers.Spec;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock run</c>: starts a guest from an image or a file and ends with its exit code.</summary>
internal static class RunCommand
{
    /// <summary>Directory of the store for the private roots of containers.</summary>
    private const string PrivateRoots = "containers";

    private static readonly Argument<string> Target = new("IMAGE|FILE")
    {
        Description = "An image, or a .wasm or .wat file",
    };
    private static readonly Argument<string[]> Arguments = new("ARGS")
    {
        Description = "Arguments of the guest; everything after the image is the guest's",
        Arity = ArgumentArity.ZeroOrMore,
    };
    private static readonly Option<string[]> EnvironmentOption = new("--env", "-e")
    {
        Description = "Set a variable, or pass one on",
        HelpName = "NAME[=VALUE]",
    };
    private static readonly Option<string[]> EnvironmentFile = new("--env-file")
    {
        Description = "Read variables from a file, one a line",
        HelpName = "FILE",
    };
    private static readonly Option<string[]> VolumeOption = new("--volume", "-v")
    {
        Description = "Give the guest a directory",
        HelpName = "HOST:GUEST[:ro]",
    };
    private static readonly Option<string> WorkingDirectory = new("--workdir", "-w")
    {
        Description = "Working directory in the guest",
        HelpName = "DIR",
    };
    private static readonly Option<string> Entrypoint = new("--entrypoint")
    {
        Description = "Start this instead of the image's entrypoint",
        HelpName = "PATH",
    };
    private static readonly Option<string> NameOption =
        new("--name") { Description = "Name of the container", HelpName = "NAME" };
    private static readonly Option<string> Memory = new("--memory", "-m")
    {
        Description = "Most memory the guest may have",
        HelpName = "BYTES[k|m|g]",
    };
    private static readonly Option<string> Timeout = new("--timeout")
    {
        Description = "End the guest after this time, with exit code 124",
        HelpName = "SECONDS|TIME",
    };
    private static readonly Option<string> Features = FeatureOption.Create();
    private static readonly Option<string> Optimization = new("--opt")
    {
        Description = "Start on the best code there is and optimize for the next start, or on one compiler's code only",
        HelpName = "auto|baseline|optimize",
    };
    private static readonly Option<string> Code = new("--code")
    {
        Description = "Run on the code in a file that 'drydock compile -o' made of the program",
        HelpName = "FILE",
    };
    private static readonly Option<string> Profile = new("--profile")
    {
        Description = "Write a profile: folded stacks, .json for the Firefox profiler, or what the program perf needs",
        HelpName = "FILE|perf",
    };
    private static readonly Option<string> PlatformOption = new("--platform")
    {
        Description = "Platform of the image",
        HelpName = "OS/ARCH",
    };
    private static readonly Option<string> Pull = new("--pull")
    {
        Description = "When to pull the image",
        HelpName = "missing|always|never",
    };
    private static readonly Option<bool> ReadOnly = new("--read-only")
    {
        Description = "Give the guest the image's files as they are, not a copy that it may write to",
    };
    private static readonly Option<bool> Remove =
        new("--rm") { Description = "Accepted: nothing of a container is kept" };
    private static readonly Option<bool> Interactive = new("--interactive", "-i")
    {
        Description = "Accepted: standard input always reaches the guest",
    };
    private static readonly Option<bool> Tty = new("--tty", "-t")
    {
        Description = "Accepted: the guest has the streams of the caller, a terminal or not",
    };

    public static Command Create()
    {
        Pull.AcceptOnlyFromAmong("missing", "always", "never");
        var command = new Command("run", "Run a program from an image or a file")
        {
            Target, Arguments, EnvironmentOption, EnvironmentFile, VolumeOption, WorkingDirectory, Entrypoint,
            NameOption,
            Memory, Timeout, PlatformOption, Pull, ReadOnly, Remove, Interactive, Tty,
        };
        command.Add(Features);
        command.Add(Optimization);
        command.Add(Code);
        command.Add(Profile);
        command.SetAction(Run);
        return command.WithExamples(
            "drydock run hello",
            "drydock run ./app.wasm --flag value",
            "drydock run --rm -e LEVEL=debug -v ./data:/data:ro hello",
            "drydock run --memory 64m --timeout 5s hello");
    }

    private static int Run(ParseResult result)
    {
        string target = result.GetRequiredValue(Target);
        RunRequest request = Request(result);
        return IsFile(target)
            ? RunFile(target, request)
            : RunImage(target, request, result);
    }

    /// <summary>
    /// What begins like a path is a file. Other names are files if they look like one and exist, so that
    /// <c>example/hello</c> can be an image.
    /// </summary>
    internal static bool IsFile(string target)
    {
        if (target.StartsWith('/') || target.StartsWith("./", StringComparison.Ordinal)
            || target.StartsWith("../", StringComparison.Ordinal)) return true;
        bool looksLikeFile = target.Contains('/', StringComparison.Ordinal)
            || target.EndsWith(".wasm", StringComparison.Ordinal) || target.EndsWith(".wat", StringComparison.Ordinal);
        return looksLikeFile && File.Exists(target);
    }

    private static int RunFile(string path, RunRequest request)
    {
        TrustPolicy.Load()?.CheckFile(path);
        return Container.Run(SpecBuilder.ForFile(path, request), Terminal.Error);
    }

    private static int RunImage(string name, RunRequest request, ParseResult result)
    {
        ImageStore store = ImageStore.Open();
        Platform? platform = result.GetValue(PlatformOption) is { } text ? Platform.Parse(text) : null;
        Image image = Find(store, name, platform, result.GetValue(Pull) ?? "missing");
        // Nothing of the image is removed while it runs.
        using ImageHold held = store.Hold(image);
        RuntimeSpec spec = SpecBuilder.ForImage(image, store.OpenContent(image), request,
            Path.Join(store.Root, PrivateRoots));
        TrustPolicy.Load()?.Check(store, image, spec.Annotation(SpecAnnotations.Module));
        return Container.Run(spec, Terminal.Error);
    }

    internal static Image Find(ImageStore store, string name, Platform? platform, string pull)
    {
        if (pull == "always") return ImageArrival.Pull(store, name, platform);
        try
        {
            return store.Resolve(name, platform);
        }
        catch (ImageException e) when (e.Error == ImageError.NotFound)
        {
            return pull == "missing" ? ImageArrival.PullMissing(store, name, platform) : throw new UserError(
                $"image \"{name}\" not found in the local store: {ImageArrival.WaysOut(name)}");
        }
    }

    private static RunRequest Request(ParseResult result) => new()
    {
        Arguments = result.GetResult(Arguments) is { Tokens.Count: > 0 } ? result.GetValue(Arguments) ?? [] : [],
        Environment = Variables(Values(result, EnvironmentFile), Values(result, EnvironmentOption)),
        Volumes = Volumes(Values(result, VolumeOption)),
        WorkingDirectory = Directory(result.GetValue(WorkingDirectory)),
        Entrypoint = result.GetValue(Entrypoint),
        Name = ContainerName(result.GetValue(NameOption)),
        MemoryLimit = result.GetValue(Memory) is { } memory ? Quantity.ParseBytes(memory) : null,
        Timeout = result.GetValue(Timeout) is { } timeout ? Quantity.ParseDuration(timeout) : null,
        Features = FeatureOption.Get(result, Features),
        Optimization = result.GetValue(Optimization) is { } policy ? CodePolicies.Of(policy) : null,
        Code = result.GetValue(Code),
        Profile = result.GetValue(Profile),
        ReadOnlyRoot = result.GetValue(ReadOnly),
    };

    /// <summary>What was given for an option; the library makes the array for nothing by reflection.</summary>
    private static string[] Values(ParseResult result, Option<string[]> option) =>
        result.GetResult(option) is null ? [] : result.GetValue(option) ?? [];

    /// <summary>Files first, so that what is on the command line has the last word.</summary>
    private static List<string> Variables(string[] files, string[] options)
    {
        var variables = new List<string>();
        foreach (string file in files) variables.AddRange(EnvironmentVariables.ReadFile(file));
        foreach (string option in options)
            if (EnvironmentVariables.Parse(option) is { } variable) variables.Add(variable);
        return variables;
    }

    private static Volume[] Volumes(string[] options) => Array.ConvertAll(options, Volume.Parse);

    private static string? Directory(string? path) =>
        path is null || path.StartsWith('/')
            ? path
            : throw new UserError($"working directory \"{path}\" is not absolute: begin it with a slash");

    private static string? ContainerName(string? name) =>
        name is null || IsName(name)
            ? name
            : throw new UserError($"\"{name}\" is no name for a container: use letters, digits, '_', '.' and '-'");

    private static bool IsName(string name) =>
        name.Length > 0 && char.IsAsciiLetterOrDigit(name[0])
        && name.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '_' or '.' or '-');
}
