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
        Directory = Scratch.Make("drydock-oci-");
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
