using System.CommandLine;
using Drydock.Containers;
using Drydock.Oci;
using Drydock.Oci.Build;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock build</c>: an image from a Dockerfile or Containerfile.</summary>
internal static class BuildCommand
{
    private static readonly Argument<string> Context =
        new("CONTEXT") { Description = "Directory that COPY reads from" };
    private static readonly Option<string[]> Tags =
        new("--tag", "-t") { Description = "Name of the image", HelpName = "NAME[:TAG]" };
    private static readonly Option<string> File = new("--file", "-f")
    {
        Description = "The Dockerfile; Dockerfile or Containerfile in the context by default",
        HelpName = "FILE",
    };
    private static readonly Option<string[]> Arguments = new("--build-arg")
    {
        Description = "Value of an ARG, or the caller's variable of that name",
        HelpName = "NAME[=VALUE]",
    };
    private static readonly Option<string[]> Labels =
        new("--label") { Description = "Label of the image", HelpName = "NAME=VALUE" };
    private static readonly Option<string[]> PlatformOption = new("--platform")
    {
        Description = "Platform of the image, wasi/wasm by default; several, with commas between, make one index",
        HelpName = "OS/ARCH[,…]",
    };
    private static readonly Option<string[]> AnnotationOption = new("--annotation")
    {
        Description = "Annotation of the manifest, or with index: in front of the index",
        HelpName = "[index:]NAME=VALUE",
    };
    private static readonly Option<string> Manifest = new("--manifest")
    {
        Description = "Add the image to the index of this name; what else is in it stays as it is",
        HelpName = "NAME[:TAG]",
    };
    private static readonly Option<bool> Artifact = new("--artifact")
    {
        Description = "Make a CNCF WebAssembly artifact, the module alone",
    };
    private static readonly Option<string> SbomOption = new("--sbom")
    {
        Description = "Attach a list of the image's parts: spdx or cyclonedx",
        HelpName = "FORMAT",
    };
    private static readonly Option<string> Target =
        new("--target") { Description = "Stage to stop at", HelpName = "STAGE" };
    private static readonly Option<string> SnapshotOption = new("--snapshot")
    {
        Description = "Run the program's start-up now, wizer.initialize by default, and store it initialised",
        HelpName = "[=EXPORT]",
    };
    private static readonly Option<string[]> SnapshotVariables = new("--snapshot-env")
    {
        Description = "Variable that the start-up sees",
        HelpName = "NAME[=VALUE]",
    };
    private static readonly Option<string[]> SnapshotDirectories = new("--snapshot-dir")
    {
        Description = "Directory that the start-up may read",
        HelpName = "HOST:GUEST[:ro]",
    };
    private static readonly Option<bool> NoCompile = new("--no-compile")
    {
        Description = "Do not compile the image's program; it is compiled when it is run",
    };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Print the image's id only" };

    public static Command Create()
    {
        var command = new Command("build", "Build an image from a Dockerfile or Containerfile")
        {
            Context, Tags, File, Arguments, Labels, AnnotationOption, PlatformOption, Manifest, Artifact, SbomOption,
            Target,
            SnapshotOption, SnapshotVariables, SnapshotDirectories, NoCompile, Quiet,
        };
        SbomOption.AcceptOnlyFromAmong("spdx", "cyclonedx");
        command.SetAction(Build);
        return command.WithExamples(
            "drydock build -t hello .",
            "drydock build -t hello:1.0 -f deploy/Containerfile --build-arg LEVEL=info .",
            "drydock build -t interpreter --snapshot --snapshot-dir ./lib:/lib .",
            "drydock build -t hello --artifact --sbom spdx .",
            "drydock build -t hello --platform wasi/wasm,linux/amd64 .");
    }

    private static void Build(ParseResult result)
    {
        bool quiet = result.GetValue(Quiet);
        BuildOptions options = Options(result, quiet);
        ImageStore store = ImageStore.Open();
        BuildResult built = ImageBuilder.Build(store, options);
        if (!result.GetValue(NoCompile)) AheadCompiler.AfterBuild(store, built.Id.ToString());
        if (quiet) Terminal.WriteLine(built.Id.ToString());
        else Summarize(built, options);
    }

    private static BuildOptions Options(ParseResult result, bool quiet)
    {
        Platform[] platforms = [.. (result.GetValue(PlatformOption)
            ?? []).SelectMany(each => each.Split(',')).Select(Platform.Parse).Distinct()];
        Dictionary<string, string?> annotations = Pairs(result.GetValue(AnnotationOption) ?? [], "--annotation");
        return Plain(result, quiet) with
        {
            Platform = platforms.Length == 1 ? platforms[0] : null,
            Platforms = platforms.Length > 1 ? platforms : [],
            Annotations = Annotations(annotations, isIndex: false),
            IndexAnnotations = Annotations(annotations, isIndex: true),
        };
    }

    private const string IndexPrefix = "index:", ManifestPrefix = "manifest:";

    private static Dictionary<string, string> Annotations(Dictionary<string, string?> pairs, bool isIndex) => pairs
        .Where(pair => pair.Key.StartsWith(IndexPrefix, StringComparison.Ordinal) == isIndex)
        .ToDictionary(pair => WithoutPrefix(pair.Key), pair => pair.Value ?? "");

    private static string WithoutPrefix(string name) =>
        name.StartsWith(IndexPrefix, StringComparison.Ordinal) ? name[IndexPrefix.Length..]
        : name.StartsWith(ManifestPrefix, StringComparison.Ordinal) ? name[ManifestPrefix.Length..]
        : name;

    private static BuildOptions Plain(ParseResult result, bool quiet) => new()
    {
        ContextDirectory = result.GetRequiredValue(Context),
        DockerfilePath = result.GetValue(File),
        Tags = Array.ConvertAll(result.GetValue(Tags) ?? [], Reference.Parse),
        BuildArguments = Pairs(result.GetValue(Arguments) ?? [], "--build-arg"),
        Labels = Pairs(result.GetValue(Labels) ?? [], "--label")
            .ToDictionary(pair => pair.Key, pair => pair.Value ?? ""),
        Manifest = result.GetValue(Manifest) is { } manifest ? Reference.Parse(manifest) : null,
        Artifact = result.GetValue(Artifact),
        Fetch = (name, platform) => ImageArrival.Pull(ImageStore.Open(), name.ToString(), platform),
        Sbom = result.GetValue(SbomOption) switch
        {
            "spdx" => SbomFormat.Spdx,
            "cyclonedx" => SbomFormat.CycloneDx,
            _ => SbomFormat.None
        },
        TransformEntry = Transformation(result),
        Target = result.GetValue(Target),
        Progress = quiet ? null : new Progress(),
    };

    /// <summary>
    /// The words with the usual export behind a plain <c>--snapshot</c>, which would otherwise take the word that
    /// follows.
    /// </summary>
    public static string[] Complete(string[] words) =>
        Array.ConvertAll(words, word => word == "--snapshot" ? $"{word}={SnapshotRequest.DefaultExport}" : word);

    private static Func<byte[], byte[]>? Transformation(ParseResult result)
    {
        if (result.GetValue(SnapshotOption) is not { } export) return null;
        var variables = new List<string>();
        foreach (string word in result.GetValue(SnapshotVariables) ?? [])
            if (EnvironmentVariables.Parse(word) is { } variable) variables.Add(variable);
        var request = new SnapshotRequest
        {
            Export = export,
            Environment = variables,
            Volumes = Array.ConvertAll(result.GetValue(SnapshotDirectories) ?? [], Volume.Parse),
        };
        return binary => Snapshot.Take(binary, request);
    }

    /// <summary>
    /// Words of the form <c>NAME=value</c>, or <c>NAME</c> with null for a value; the last of a name counts.
    /// </summary>
    private static Dictionary<string, string?> Pairs(string[] words, string option)
    {
        var pairs = new Dictionary<string, string?>();
        foreach (string word in words)
        {
            int equals = word.IndexOf('=', StringComparison.Ordinal);
            if (word.Length == 0 || equals == 0)
                throw new UserError($"{option} \"{word}\" has no name: write NAME=VALUE");
            pairs[equals < 0 ? word : word[..equals]] = equals < 0 ? null : word[(equals + 1)..];
        }
        return pairs;
    }

    private static void Summarize(BuildResult built, BuildOptions options)
    {
        Terminal.WriteLine($"Built {built.Id} ({ImagesCommand.Size(built.Size)})");
        foreach (Reference tag in options.Tags) Terminal.WriteLine($"Tagged {tag.Familiar}");
    }

    private sealed class Progress : IBuildProgress
    {
        public void Step(string label, string instruction) => Terminal.WriteLine($"[{label}] {instruction}");

        public void Warning(string message) => Terminal.Error($"build: warning: {message}");
    }
}
