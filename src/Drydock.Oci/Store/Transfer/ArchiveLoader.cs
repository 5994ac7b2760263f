using System.Text.Json;

namespace Drydock.Oci;

/// <summary>
/// Finds the images among the files of an archive and stages them: by <c>index.json</c> where there is one, else by
/// Docker's <c>manifest.json</c>. Everything they name is there and is what it is said to be, or nothing is loaded.
/// </summary>
internal sealed class ArchiveLoader(ImageStore store, Staging staging, ArchiveFiles files)
{
    private const int MaxIndexDepth = 4;
    private const int MaxImages = 4096;

    private readonly List<(Descriptor Entry, Reference? Name, Image Image)> _images = [];
    private readonly List<Descriptor> _attached = [];
    private readonly List<string> _notes = [];
    private readonly HashSet<string> _adopted = new(StringComparer.Ordinal);

    /// <summary>Stages every image and publishes them.</summary>
    public LoadResult Load()
    {
        Stage();
        staging.Commit(AddEntries);
        return new([.. _images.Select(each => (each.Name, each.Image.Id)).Distinct()], _notes);
    }

    /// <summary>Stages every image.</summary>
    public IReadOnlyList<Image> Stage()
    {
        if (files.Read("index.json") is { } index)
            LoadLayout(OciReader.Index(index, "index.json"));
        else if (files.Read("manifest.json") is { } manifest)
            LoadDocker(manifest);
        else
            throw new ImageException(ImageError.Unsupported,
                "this holds no images: there is neither an index.json nor a manifest.json in it; drydock import takes archives of files");
        foreach (var image in _images.Select(each => each.Image).DistinctBy(image => image.Id))
            Unpack(image);
        return [.. _images.Select(each => each.Image)];
    }

    private ImageIndex AddEntries(ImageIndex index)
    {
        foreach (var (entry, name, _) in _images)
            index = name is not null ? StoreIndex.WithName(index, entry, name) : StoreIndex.WithEntry(index, entry);
        return _attached.Aggregate(index, StoreIndex.WithEntry);
    }

    private void LoadLayout(ImageIndex index)
    {
        var names = DockerNames();
        foreach (var entry in index.Manifests)
        {
            if (Attachments.IsAttached(entry))
            {
                if (TryAdopt(entry))
                    _attached.Add(entry);
                continue;
            }
            if (_images.Count > MaxImages)
                throw new ImageException(ImageError.Corrupt, $"the archive holds more than {MaxImages} images");
            AddEntry(entry, names);
        }
        if (_images.Count == 0)
            throw new ImageException(ImageError.Corrupt, "the archive's index.json names no images");
    }

    private void AddEntry(Descriptor entry, Sequences.Groups<string, Reference> names)
    {
        var images = Adopt(entry, 0, isMember: false);
        if (images.Count == 0)
            throw new ImageException(ImageError.Corrupt, $"of {entry.DigestText} no image is in the archive");
        var name = StoreIndex.NameOf(entry);
        Reference?[] all = [.. images.SelectMany(image => names[image.Id.Hex]).Append(name).OfType<Reference>()
            .Distinct()];
        foreach (var each in all.Length == 0 ? [null] : all)
            _images.AddRange(images.Select(image => (entry, each, image)));
    }

    /// <summary>
    /// Stages what an entry leads to. Members of an index may lack as a whole: an archive for one platform is honest.
    /// </summary>
    private List<Image> Adopt(Descriptor descriptor, int depth, bool isMember)
    {
        if (MediaTypes.IsIndex(descriptor.MediaType))
            return AdoptIndex(descriptor, depth, isMember);
        if (!MediaTypes.IsManifest(descriptor.MediaType))
            throw new ImageException(ImageError.Unsupported,
                $"{descriptor.DigestText} is no image: its media type is \"{Printable.Of(descriptor.MediaType)}\"");
        if (isMember && !IsWhole(descriptor))
        {
            _notes.Add(
                $"{descriptor.DigestText} ({descriptor.Platform?.Os}/{descriptor.Platform?.Architecture}) is not in the archive");
            return [];
        }
        var manifest = OciReader.Manifest(ReadBlob(descriptor), $"the manifest {descriptor.DigestText}");
        var config = manifest.Config.MediaType is MediaTypes.Config or MediaTypes.DockerConfig or MediaTypes.WasmConfig
            ? OciReader.Config(ReadBlob(manifest.Config), $"the configuration of {descriptor.DigestText}")
            : new ImageConfig();
        foreach (var part in manifest.Layers.Append(manifest.Config).Append(descriptor))
            AdoptBlob(part);
        return [new(null, descriptor, manifest, config)];
    }

    private List<Image> AdoptIndex(Descriptor descriptor, int depth, bool isMember)
    {
        if (depth == MaxIndexDepth)
            throw new ImageException(ImageError.Corrupt,
                $"index {descriptor.DigestText} is nested deeper than {MaxIndexDepth}");
        if (isMember && Find(descriptor) is null)
            return [];
        var index = OciReader.Index(ReadBlob(descriptor), $"index {descriptor.DigestText}");
        AdoptBlob(descriptor);
        return [.. index.Manifests.SelectMany(member => Adopt(member, depth + 1, isMember: true)).Take(MaxImages)];
    }

    private bool IsWhole(Descriptor descriptor)
    {
        if (Find(descriptor) is null)
            return false;
        var manifest = OciReader.Manifest(ReadBlob(descriptor), $"the manifest {descriptor.DigestText}");
        return manifest.Layers.Append(manifest.Config).All(part => Find(part) is not null);
    }

    private bool TryAdopt(Descriptor descriptor)
    {
        if (!MediaTypes.IsManifest(descriptor.MediaType) || !IsWhole(descriptor))
            return false;
        Adopt(descriptor, 0, isMember: true);
        return true;
    }

    private ArchivedFile? Find(Descriptor descriptor) => files.Find($"blobs/sha256/{descriptor.Digest.Hex}");

    private ArchivedFile Require(Descriptor descriptor)
    {
        var file = Find(descriptor) ?? throw new ImageException(
            ImageError.Corrupt, $"{descriptor.DigestText} is missing from the archive");
        if (file.Digest != descriptor.Digest)
            throw new ImageException(ImageError.Corrupt,
                $"what should be {descriptor.DigestText} has the digest {file.Digest}");
        return file.Length == descriptor.Size ? file : throw new ImageException(
            ImageError.Corrupt,
            $"{descriptor.DigestText} has {file.Length} bytes where {descriptor.Size} are declared");
    }

    private byte[] ReadBlob(Descriptor descriptor)
    {
        Require(descriptor);
        return files.Read($"blobs/sha256/{descriptor.Digest.Hex}")!;
    }

    private void AdoptBlob(Descriptor descriptor)
    {
        if (_adopted.Add(descriptor.DigestText) && Require(descriptor) is var file)
            staging.Adopt(file.Digest, file.Path);
    }

    private void LoadDocker(byte[] json)
    {
        foreach (var image in DockerImages(json))
            LoadDocker(image);
        if (_images.Count == 0)
            throw new ImageException(ImageError.Corrupt, "the archive's manifest.json names no images");
    }

    private void LoadDocker(DockerImage described)
    {
        var what = Printable.Of(described.Config);
        var json = files.Read(described.Config) ?? throw new ImageException(
            ImageError.Corrupt, $"the configuration {what} is missing from the archive");
        var config = OciReader.Config(json, $"the configuration {what}");
        var diffIds = config.Rootfs?.DiffIds ?? [];
        if (diffIds.Length != described.Layers.Length)
            throw new ImageException(ImageError.Corrupt,
                $"{what} lists {diffIds.Length} layers, but manifest.json {described.Layers.Length}");
        var manifest = new ImageManifest
        {
            MediaType = MediaTypes.Manifest,
            Config = staging.AddBlob(MediaTypes.Config, json),
            Layers = [.. described.Layers.Select(AdoptLayer)],
        };
        var descriptor = staging.AddBlob(MediaTypes.Manifest, OciJson.Write(manifest)) with
        {
            Platform = new() { Architecture = config.Architecture, Os = config.Os, Variant = config.Variant },
        };
        var image = new Image(null, descriptor, manifest, config);
        CheckPlainLayers(image, diffIds);
        foreach (var name in described.Names.Length == 0 ? new Reference?[] { null } : described.Names)
            _images.Add((descriptor, name, image));
    }

    private Descriptor AdoptLayer(string name)
    {
        var file = files.Find(name) ?? throw new ImageException(
            ImageError.Corrupt, $"the layer {Printable.Of(name)} is missing from the archive");
        staging.Adopt(file.Digest, file.Path);
        return Descriptor.Of(LayerType(file.Path), file.Digest, file.Length);
    }

    private static string LayerType(string path)
    {
        Span<byte> magic = stackalloc byte[4];
        using var file = File.OpenHandle(path);
        return magic[..RandomAccess.Read(file, magic, 0)] switch
        {
            [0x1f, 0x8b, ..] => MediaTypes.LayerGzip,
            [0x28, 0xb5, 0x2f, 0xfd] => MediaTypes.LayerZstd,
            _ => MediaTypes.Layer,
        };
    }

    private static void CheckPlainLayers(Image image, string[] diffIds)
    {
        for (var i = 0; i < diffIds.Length; i++)
            if (image.Manifest.Layers[i] is { MediaType: MediaTypes.Layer } layer && layer.DigestText != diffIds[i])
                throw new ImageException(ImageError.Corrupt,
                    $"layer {layer.DigestText} should be {Printable.Of(diffIds[i])}");
    }

    /// <summary>
    /// What can be run is unpacked at once, so that an archive that tries to escape is refused before anything is
    /// stored. Files for Linux are kept as they are.
    /// </summary>
    private void Unpack(Image image)
    {
        if (image.Platform.IsWasm && image.Manifest.Layers.Any(layer => MediaTypes.IsTarLayer(layer.MediaType))
            && !Directory.Exists(store.Layout.RootFileSystem(image.Id)))
            _notes.AddRange(RootFileSystem.Unpack(staging, image));
    }

    /// <summary>
    /// Names that <c>manifest.json</c> gives beside an image layout, by the digest of the configuration.
    /// </summary>
    private Sequences.Groups<string, Reference> DockerNames() =>
        (files.Read("manifest.json") is { } json ? DockerImages(json) : [])
        .SelectMany(image =>
            image.Names.Select(name => (Id: Path.GetFileNameWithoutExtension(image.Config), Name: name)))
        .ToLookup(pair => pair.Id, pair => pair.Name, StringComparer.Ordinal);

    private sealed record DockerImage(string Config, Reference[] Names, string[] Layers);

    private static List<DockerImage> DockerImages(byte[] json)
    {
        try
        {
            using var document = JsonDocument.Parse(json);
            return [.. document.RootElement.EnumerateArray().Take(MaxImages).Select(image => new DockerImage(
                image.GetProperty("Config").GetString() ?? "",
                [.. Strings(image, "RepoTags").Select(Reference.Parse)],
                [.. Strings(image, "Layers")]))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            throw OciJson.NotJson("manifest.json", e);
        }
    }

    private static IEnumerable<string> Strings(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array
            ? list.EnumerateArray().Select(item => item.GetString() ?? "")
            : [];
}
