using System.Diagnostics;
using Drydock.Oci.Build;

namespace Drydock.Oci.Tests;

/// <summary>A directory with a store and a build context in it, gone when the test is.</summary>
public sealed class Sandbox : IDisposable
{
    /// <summary>The smallest module: magic and version.</summary>
    public static readonly byte[] Module = [0, (byte)'a', (byte)'s', (byte)'m', 1, 0, 0, 0];

    private readonly List<string> _steps = [];
    private readonly List<string> _warnings = [];

    public Sandbox()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("drydock-oci-").FullName;
        System.IO.Directory.CreateDirectory(Context);
        Store = ImageStore.Open(Path.Join(Directory, "store"));
    }

    public string Directory { get; }
    public string Context => Path.Join(Directory, "context");
    public ImageStore Store { get; set; }
    public IReadOnlyList<string> Steps => _steps;
    public IReadOnlyList<string> Warnings => _warnings;

    public Sandbox With(string path, string content) => With(path, System.Text.Encoding.UTF8.GetBytes(content));

    public Sandbox With(string path, byte[] content)
    {
        var full = Path.Join(Context, path);
        System.IO.Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        File.WriteAllBytes(full, content);
        return this;
    }

    public BuildResult Build(string dockerfile, string? tag = "test", Func<BuildOptions, BuildOptions>? change = null)
    {
        var options = new BuildOptions
        {
            ContextDirectory = Context,
            DockerfileText = dockerfile,
            Tags = tag is null ? [] : [Reference.Parse(tag)],
            Progress = new Recorder(this),
            SourceDateEpoch = 0,
            UseBuildah = false,
        };
        return ImageBuilder.Build(Store, change is null ? options : change(options));
    }

    /// <summary>Builds, expecting a refusal.</summary>
    public string Refusal(string dockerfile) => Assert.Throws<ImageException>(() => Build(dockerfile)).Message;

    public Image Image(string name = "test") => Store.Resolve(name);

    /// <summary>The root file system of an image, as sorted lines: directories end in a slash.</summary>
    public string[] Files(string name = "test")
    {
        var root = Store.OpenContent(Image(name)).RootDirectory!;
        return [.. new DirectoryInfo(root).EnumerateFileSystemInfos("*", SearchOption.AllDirectories)
            .Select(entry => Path.GetRelativePath(root, entry.FullName) + (entry is DirectoryInfo ? "/" : ""))
            .Order(StringComparer.Ordinal)];
    }

    public string Read(string path, string name = "test") =>
        File.ReadAllText(Path.Join(Store.OpenContent(Image(name)).RootDirectory!, path));

    public void Dispose() => System.IO.Directory.Delete(Directory, recursive: true);

    private sealed class Recorder(Sandbox sandbox) : IBuildProgress
    {
        public void Step(string label, string instruction) => sandbox._steps.Add($"[{label}] {instruction}");
        public void Warning(string message) => sandbox._warnings.Add(message);
    }
}

/// <summary>The tools that others use on images, installed on first need.</summary>
public static class Tools
{
    private static readonly Lazy<bool> Installed = new(Install);

    /// <summary>Whether the tools are there; says so where not, and the test ends.</summary>
    public static bool Available(string tool)
    {
        if (Exists(tool) || (Installed.Value && Exists(tool)))
            return true;
        Console.WriteLine($"skipped: {tool} is not installed and cannot be");
        return false;
    }

    public static string Run(string tool, params string[] arguments)
    {
        var (code, output, error) = TryRun(tool, arguments);
        Assert.True(code == 0, $"{tool} {string.Join(' ', arguments)}: {code}\n{output}{error}");
        return output;
    }

    public static (int Code, string Output, string Error) TryRun(string tool, params string[] arguments)
    {
        var start = new ProcessStartInfo(tool, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }

    private static bool Exists(string tool) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(directory => File.Exists(Path.Join(directory, tool)));

    private static bool Install() => Environment.IsPrivilegedProcess && Exists("apt-get")
        && TryRun("sh", "-c", "apt-get update && apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends skopeo buildah umoci podman libsodium23 docker-registry apache2-utils").Code == 0;
}
