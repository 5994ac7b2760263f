using System.Globalization;

namespace Drydock.Oci.Build;

/// <summary>
/// Builds an image from a Dockerfile. Everything is written aside and published at the end at once, so a build that
/// fails, is killed or runs out of space leaves the store as it was. The same input gives the same digest.
/// </summary>
public static class ImageBuilder
{
    private static readonly string[] FileNames = ["Dockerfile", "Containerfile"];

    /// <summary>Builds an image, or one for each of several platforms, and gives it its names.</summary>
    /// <param name="store">Where base images come from and the result goes.</param>
    /// <param name="options">What to build.</param>
    /// <exception cref="ImageException">With the line of the Dockerfile where there is one to blame.</exception>
    public static BuildResult Build(ImageStore store, BuildOptions options) => store.Guard(() =>
    {
        var (dockerfile, epoch) = (ReadDockerfile(options), Epoch(options));
        using var staging = Staging.Create(store.Layout);
        List<BuiltImage> images = [];
        if (options.Platforms.Count == 0)
            images.Add(BuildOne(store, staging, dockerfile, options, epoch));
        foreach (var platform in options.Platforms)
            images.Add(BuildOne(store, staging, dockerfile, options with { Platform = platform }, epoch));
        var result = ImagePublisher.Publish(store, staging, options, images);
        foreach (var (image, context) in images)
            WarnOfEntry(store, context, image);
        return result;
    });

    private static BuiltImage BuildOne(ImageStore store, Staging staging, Dockerfile dockerfile, BuildOptions options,
        long epoch)
    {
        var target = options.Platform ?? Platform.Wasi;
        var global = new Variables(options, target) { IsGlobal = true };
        var context = new BuildContext(store, staging, options, dockerfile, global, epoch);
        DeclareGlobals(dockerfile, global, options);
        var runner = new StageRunner(context, dockerfile);
        if (options.UseBuildah && runner.HasRunSteps() && Buildah.Find() is { } buildah)
            return new(Buildah.Build(buildah, store, staging, options, epoch), context);
        var stage = runner.Run();
        if (options.TransformEntry is { } transform)
            EntryModule.Replace(stage, context, transform);
        return new(options.Artifact ? Artifact(staging, options, context, stage)
            : Package(staging, options, context, stage), context);
    }

    internal static string? FindDockerfile(BuildOptions options) =>
        FileNames.Select(name => Path.Join(options.ContextDirectory, name)).FirstOrDefault(File.Exists);

    private static Dockerfile ReadDockerfile(BuildOptions options)
    {
        if (options.DockerfileText is { } text)
            return DockerfileReader.Read(text, "Dockerfile");
        var path = options.DockerfilePath ?? FindDockerfile(options) ?? throw new ImageException(ImageError.Build,
            $"there is no Dockerfile and no Containerfile in {options.ContextDirectory}; name one with -f");
        try
        {
            return DockerfileReader.Read(File.ReadAllText(path), Path.GetFileName(path));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.Build, $"cannot read {path}: {Reason.Of(e)}", e);
        }
    }

    private static long Epoch(BuildOptions options)
    {
        if (options.SourceDateEpoch is { } given)
            return given;
        var text = Environment.GetEnvironmentVariable("SOURCE_DATE_EPOCH");
        if (string.IsNullOrEmpty(text))
            return 0;
        // The header of a tar entry has eleven octal digits for the time.
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var epoch) && epoch < 1L << 33
            ? epoch
            : throw new ImageException(ImageError.Build,
                $"SOURCE_DATE_EPOCH is {Printable.Of(text)}, not a number of seconds");
    }

    private static void DeclareGlobals(Dockerfile dockerfile, Variables global, BuildOptions options)
    {
        foreach (var instruction in dockerfile.Arguments)
        {
            var expander = new Expander(dockerfile.Escape, global.Lookup, instruction.At);
            foreach (var (name, value) in StageBuilder.Arguments(instruction, expander, dockerfile.Escape))
                global.Declare(name, value, null);
        }
        WarnOfUnused(dockerfile, options);
    }

    private static void WarnOfUnused(Dockerfile dockerfile, BuildOptions options)
    {
        var declared = dockerfile.Arguments.Concat(dockerfile.Stages.SelectMany(stage => stage.Instructions))
            .Where(instruction => instruction.Keyword == "ARG")
            .SelectMany(instruction => Words.Split(instruction.Rest, dockerfile.Escape)
                .Select(word => word.Split('=')[0])).ToHashSet();
        foreach (var name in options.BuildArguments.Keys.Where(name =>
            !declared.Contains(name) && !name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase)))
            options.Progress?.Warning($"build argument {Printable.Of(name)} is not used: no ARG declares it");
    }

    private static Image Package(Staging staging, BuildOptions options, BuildContext context, StageState stage)
    {
        var config = MakeConfig(options, context, stage);
        var annotations = ImageWriter.Annotate(config.Config?.Labels, context.Created, options.Annotations);
        var image = ImageWriter.Write(staging, config, stage.Layers, annotations, NameOf(options));
        if (stage.Layers.Count > 0)
            RootFileSystem.Unpack(staging, image);
        return image;
    }

    /// <summary>
    /// The module that the image would start, alone: an artifact has no files, no variables and no arguments.
    /// </summary>
    private static Image Artifact(Staging staging, BuildOptions options, BuildContext context, StageState stage)
    {
        var config = MakeConfig(options, context, stage);
        var (name, module) = EntryModule.Of(stage);
        if (config.Config is { Env.Length: > 0 } || config.CommandLine([]).Count > 1)
            context.Warn("an artifact is a module alone: ENV and arguments are left out");
        var annotations = ImageWriter.Annotate(config.Config?.Labels, context.Created, options.Annotations);
        return ImageWriter.WriteArtifact(staging, module, name, config, annotations, NameOf(options));
    }

    private static Reference? NameOf(BuildOptions options) => options.Tags.Count > 0 ? options.Tags[0]
        : options.Manifest;

    private static ImageConfig MakeConfig(BuildOptions options, BuildContext context, StageState stage)
    {
        var labels = new Dictionary<string, string>(stage.Config.Labels ?? []);
        foreach (var (name, value) in options.Labels)
            labels[name] = value;
        return new()
        {
            Created = context.Created,
            Author = stage.Author,
            Architecture = stage.Platform.Architecture,
            Os = stage.Platform.Os,
            Variant = stage.Platform.Variant,
            Config = stage.Config with { Labels = labels.Count == 0 ? null : labels },
            Rootfs = new() { DiffIds = [.. stage.DiffIds] },
            History = [.. stage.History],
        };
    }

    /// <summary>An image that cannot start is still an image; whoever built it hears of it at once.</summary>
    private static void WarnOfEntry(ImageStore store, BuildContext context, Image image)
    {
        try
        {
            var command = image.Config.CommandLine([]);
            if (command.Count > 0)
                ImageContent.Open(store, image).Find(command[0], image.Config.Config?.WorkingDir, PathOf(image));
        }
        catch (ImageException e)
        {
            context.Warn(e.Message);
        }
    }

    private static string? PathOf(Image image) => image.Config.Config?.Env?
        .FirstOrDefault(variable => variable.StartsWith("PATH=", StringComparison.Ordinal))?["PATH=".Length..];
}

/// <summary>An image that was built, not yet published.</summary>
/// <param name="Image">The image.</param>
/// <param name="Context">What it was built with.</param>
internal readonly record struct BuiltImage(Image Image, BuildContext Context);
