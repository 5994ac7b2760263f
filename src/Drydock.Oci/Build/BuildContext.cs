using System.Globalization;

namespace Drydock.Oci.Build;

/// <summary>What all stages of a build share: where files come from, where layers go, the finished stages.</summary>
internal sealed class BuildContext
{
    private readonly ImageStore _store;
    private readonly Staging _staging;
    private readonly Dictionary<string, FileTree> _images = new(StringComparer.Ordinal);
    private readonly Lazy<FileTree> _contextTree;
    private IgnoreFile _ignore = IgnoreFile.None;

    public BuildContext(ImageStore store, Staging staging, BuildOptions options, Dockerfile dockerfile,
        Variables global, long epoch)
    {
        _store = store;
        _staging = staging;
        Options = options;
        Escape = dockerfile.Escape;
        Global = global;
        var time = DateTimeOffset.FromUnixTimeSeconds(epoch);
        Created = time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        Layers = new(staging, time);
        _contextTree = new(ScanContext);
    }

    public BuildOptions Options { get; }
    public char Escape { get; }
    public Variables Global { get; }
    public string Created { get; }
    public LayerWriter Layers { get; }
    /// <summary>The stages finished so far, by number and by name.</summary>
    public Dictionary<string, StageState> Stages { get; } = new(StringComparer.Ordinal);
    /// <summary>The build context without what <c>.dockerignore</c> names; read when first needed.</summary>
    public FileTree ContextTree => _contextTree.Value;

    /// <summary>The files of a stage or an image.</summary>
    public FileTree TreeOf(string name, Location at)
    {
        if (Stages.TryGetValue(name.ToLowerInvariant(), out var stage))
            return stage.Files;
        if (!_images.TryGetValue(name, out var tree))
            _images[name] = tree = TreeOf(Image(name, null, at), at);
        return tree;
    }

    /// <summary>An image of the store.</summary>
    public Image Image(string name, Platform? platform, Location at)
    {
        try
        {
            var reference = Reference.Parse(name);
            return Options.Fetch is { } fetch && !IsStored(reference) ? fetch(reference, platform)
                : _store.Resolve(reference, platform);
        }
        catch (ImageException e)
        {
            throw new ImageException(e.Error, at.Error(e.Message).Message, e);
        }
    }

    private bool IsStored(Reference name) =>
        StoreIndex.Read(_store.Layout).Manifests.Any(entry => StoreIndex.IsNamed(entry, name));

    /// <summary>The files of an image: its root file system, or the module it consists of.</summary>
    public FileTree TreeOf(Image image, Location at)
    {
        try
        {
            var content = ImageContent.Open(_store, image);
            var tree = content.RootDirectory is { } directory ? new DirectoryScan(IgnoreFile.None).Scan(directory)
                : new FileTree();
            if (content.IsBareModule && content.Find(null) is { } module)
                tree.Put([Path.GetFileName(module.GuestPath)],
                    new() { Kind = NodeKind.File, Mode = 0x1ed, SourcePath = module.HostPath }, (_, _) => { });
            return tree;
        }
        catch (ImageException e)
        {
            throw new ImageException(e.Error, at.Error(e.Message).Message, e);
        }
    }

    /// <summary>Sees to it that the layers of a base image are still there when the result is published.</summary>
    public void Require(Image image)
    {
        foreach (var layer in image.Manifest.Layers)
            _staging.Require(layer.Digest);
    }

    /// <summary>Unpacks an archive of the context for <c>ADD</c>.</summary>
    public TreeNode Unpack(string path, Location at)
    {
        var directory = _staging.NewPath();
        Trees.Make(directory);
        try
        {
            using var extractor = new LayerExtractor(directory);
            using var tar = Archives.Open(path);
            extractor.Extract(tar);
            foreach (var note in extractor.Notes)
                Warn(note);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException
            or ArgumentException)
        {
            throw at.Error($"cannot unpack {Path.GetFileName(path)}: {Reason.Of(e)}", e);
        }
        return new DirectoryScan(IgnoreFile.None).Scan(directory).Root with { Mode = 0x1ed };
    }

    /// <summary>Where an instruction looks for files, in words.</summary>
    public string Describe(Instruction instruction) => instruction.Flags.TryGetValue("from", out var from)
        ? from
        : $"the context {Options.ContextDirectory}{(ReferenceEquals(_ignore, IgnoreFile.None) ? "" : ", without what .dockerignore names")}";

    public void Warn(string message) => Options.Progress?.Warning(message);

    private FileTree ScanContext()
    {
        if (!Directory.Exists(Options.ContextDirectory))
            throw new ImageException(ImageError.Build,
                $"the build context {Options.ContextDirectory} is not a directory");
        try
        {
            _ignore = IgnoreFile.For(Options.ContextDirectory, Options.DockerfilePath
                ?? ImageBuilder.FindDockerfile(Options));
            return new DirectoryScan(_ignore).Scan(Options.ContextDirectory);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.Build, $"cannot read the build context: {Reason.Of(e)}", e);
        }
    }
}
