namespace Drydock.Oci;

/// <summary>
/// What a container gets to see of an image. Two shapes: layers that make up a root file system, with the entry a file
/// in it (Docker, Podman, buildah); or one layer that is the module itself (CNCF artifact, runwasi, wasm-to-oci).
/// </summary>
public sealed class ImageContent
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private const string DefaultFunction = "_start";
    private const string PluginFile = "/plugin.wasm";

    private readonly ImageStore _store;
    private readonly Image _image;
    private readonly Descriptor? _moduleLayer;

    private ImageContent(ImageStore store, Image image, Descriptor? moduleLayer, string? rootDirectory)
    {
        _store = store;
        _image = image;
        _moduleLayer = moduleLayer;
        RootDirectory = rootDirectory;
    }

    /// <summary>
    /// The directory that is <c>/</c> in a container, shared by all of them and never to be written to; null for an
    /// image without files of its own.
    /// </summary>
    public string? RootDirectory { get; }

    /// <summary>Whether the image is the module itself, so that the command line names no file of it.</summary>
    public bool IsBareModule => _moduleLayer is not null;

    internal static ImageContent Open(ImageStore store, Image image)
    {
        var isUnpacked = Directory.Exists(store.Layout.RootFileSystem(image.Id));
        var module = LayerShapes.ModuleLayer(image, store.Layout, isUnpacked);
        var hasFiles = image.Manifest.Layers.Any(layer => layer != module && MediaTypes.IsTarLayer(layer.MediaType));
        return new(store, image, module, hasFiles ? RootFileSystem.Ensure(store.Layout, image) : null);
    }

    /// <summary>Finds the module a command line starts, and looks at its first bytes.</summary>
    /// <param name="argument0">
    /// First word of the command line: an absolute path, one relative to the working directory, or a bare name, looked
    /// for in the working directory, along <paramref name="path"/> and in <c>/</c>. Null or empty if there is none.
    /// </param>
    /// <param name="workingDirectory">Working directory in the image; null for <c>/</c>.</param>
    /// <param name="path">The guest's <c>PATH</c>; null for the usual one.</param>
    /// <exception cref="ImageException">
    /// <see cref="ImageError.NoEntry"/>, <see cref="ImageError.EntryNotFound"/> or
    /// <see cref="ImageError.NotExecutable"/>.
    /// </exception>
    public EntryFile Find(string? argument0, string? workingDirectory = null, string? path = null)
    {
        if (_moduleLayer is not null)
            return Check(Module(_moduleLayer, argument0));
        if (string.IsNullOrEmpty(argument0) && Plugin() is { } plugin)
            return Check(plugin);
        if (string.IsNullOrEmpty(argument0))
            throw new ImageException(ImageError.NoEntry, $"image {_image.DisplayName} has no ENTRYPOINT and no CMD; "
                + "name a module of it after the image, as in drydock run IMAGE /app.wasm");
        if (RootDirectory is null)
            throw NotFound(argument0, "the image has no files");
        return Check(FindFile(RootDirectory, argument0, workingDirectory, path));
    }

    private EntryFile Module(Descriptor layer, string? argument0)
    {
        var name = string.IsNullOrEmpty(argument0) ? layer.Annotation(Annotations.Title) ?? "module.wasm" : argument0;
        return new(_store.BlobPath(layer.Digest), name, SplitFunction(name).Function, layer.Digest);
    }

    /// <summary>
    /// The module of an image made for Envoy or Istio (their "compat" variant): one archive with <c>plugin.wasm</c>.
    /// </summary>
    private EntryFile? Plugin()
    {
        if (RootDirectory is null || _image.Manifest.Layers.Length != 1)
            return null;
        using var root = new RootDirectory(RootDirectory);
        return root.FindFile(PluginFile) is { } found ? new(found.HostPath, found.Path, DefaultFunction, default)
            : null;
    }

    private EntryFile FindFile(string directory, string argument0, string? workingDirectory, string? path)
    {
        using var root = new RootDirectory(directory);
        var (name, function) = SplitFunction(argument0);
        // A file may be called "a#b": the whole name is tried before the part in front of the '#'.
        foreach (var (candidate, export) in (ReadOnlySpan<(string, string)>)[(argument0, DefaultFunction),
            (name, function)])
            foreach (var place in Places(candidate, workingDirectory ?? "/", path ?? DefaultPath))
                if (root.FindFile(place) is { } found)
                    return new(found.HostPath, found.Path, export, default);
        throw NotFound(argument0, argument0.Contains('/', StringComparison.Ordinal)
            ? "there is no such file"
            : $"there is no such file in {workingDirectory ?? "/"} nor along PATH");
    }

    private static IEnumerable<string> Places(string name, string workingDirectory, string path)
    {
        if (name.StartsWith('/'))
            return [name];
        var here = Path.Join(workingDirectory, name);
        return name.Contains('/', StringComparison.Ordinal)
            ? [here]
            : [here, .. path.Split(':').Select(directory =>
                Path.Join(directory.Length == 0 ? workingDirectory : directory, name)), "/" + name];
    }

    private static (string Name, string Function) SplitFunction(string argument0)
    {
        var hash = argument0.LastIndexOf('#');
        return hash > 0 && hash + 1 < argument0.Length
            ? (argument0[..hash], argument0[(hash + 1)..])
            : (argument0, DefaultFunction);
    }

    private EntryFile Check(EntryFile entry)
    {
        var kind = Detect(entry);
        return kind == BinaryKind.Module ? entry : throw new ImageException(ImageError.NotExecutable,
            $"image {_image.DisplayName} ({_image.Platform}) has no WebAssembly entry: {entry.GuestPath} is {kind.Describe()}");
    }

    private BinaryKind Detect(EntryFile entry)
    {
        try
        {
            return BinaryKinds.DetectFile(entry.HostPath);
        }
        catch (FileNotFoundException e)
        {
            throw new ImageException(ImageError.Corrupt,
                $"cannot read image {_image.DisplayName}: {entry.GuestPath} is missing from the store", e);
        }
    }

    private ImageException NotFound(string argument0, string reason) => new(ImageError.EntryNotFound,
        $"cannot start {Printable.Of(argument0)} in image {_image.DisplayName}: {reason}");
}
