using System.Diagnostics;
using System.Globalization;

namespace Drydock.Oci.Build;

/// <summary>
/// Hands a build with commands to run to <c>buildah</c>: they need a Linux system with a shell, which is its trade and
/// not this one's. The result is read back as the image layout that it writes.
/// </summary>
internal static class Buildah
{
    /// <summary>The program, or null where it is not installed.</summary>
    public static string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
        .Select(directory => Path.Join(directory, "buildah")).FirstOrDefault(File.Exists);

    /// <summary>Builds one image for one platform and stages it.</summary>
    /// <exception cref="ImageException">It failed; what it wrote itself says why.</exception>
    public static Image Build(string program, ImageStore store, Staging staging, BuildOptions options, long epoch)
    {
        if (options.Artifact)
            throw new ImageException(ImageError.Build,
                "--artifact does not go together with RUN: build the module first, and the artifact from a Dockerfile that copies it");
        options.Progress?.Warning("RUN needs a Linux system: handing the build to buildah");
        var (idFile, layout) = (staging.NewPath(), staging.NewPath());
        Run(program, Arguments(staging, options, idFile, epoch));
        var id = File.ReadAllText(idFile).Trim();
        Run(program, ["push", "--quiet", id, $"oci:{layout}:image"]);
        var files = new ArchiveFiles(staging);
        files.ReadDirectory(layout);
        var image = new ArchiveLoader(store, staging, files).Stage()[0];
        return image with { Descriptor = StoreIndex.Nameless(image.Descriptor) with { Platform = Describe(image) } };
    }

    private static List<string> Arguments(Staging staging, BuildOptions options, string idFile, long epoch)
    {
        List<string> arguments = ["build", "--iidfile", idFile, "--format", "oci",
            "--platform", (options.Platform ?? Platform.Wasi).ToString(), "--timestamp",
            epoch.ToString(CultureInfo.InvariantCulture)];
        if (options.Progress is null)
            arguments.Add("--quiet");
        foreach (var (name, value) in options.BuildArguments)
            arguments.AddRange(["--build-arg", value is null ? name : $"{name}={value}"]);
        foreach (var (name, value) in options.Labels)
            arguments.AddRange(["--label", $"{name}={value}"]);
        foreach (var (name, value) in options.Annotations)
            arguments.AddRange(["--annotation", $"{name}={value}"]);
        if (options.Target is { } target)
            arguments.AddRange(["--target", target]);
        return [.. arguments, "--file", FileOf(staging, options), options.ContextDirectory];
    }

    private static string FileOf(Staging staging, BuildOptions options)
    {
        if (options.DockerfileText is not { } text)
            return options.DockerfilePath ?? ImageBuilder.FindDockerfile(options)!;
        var path = staging.NewPath();
        File.WriteAllText(path, text);
        return path;
    }

    private static void Run(string program, IEnumerable<string> arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments))!;
        process.WaitForExit();
        if (process.ExitCode != 0)
            throw new ImageException(ImageError.Build,
                $"buildah {arguments.First()} failed with exit code {process.ExitCode}; what it said is above");
    }

    private static DescriptorPlatform Describe(Image image) => new()
    {
        Architecture = image.Config.Architecture,
        Os = image.Config.Os,
        Variant = image.Config.Variant,
    };
}
