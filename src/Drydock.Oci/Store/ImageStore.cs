namespace Drydock.Oci;

/// <summary>
/// The images of this machine: an OCI image layout that skopeo, oras and others read, with the root file systems of its
/// images unpacked beside the blobs, so that starting one reads three small files and nothing else. Safe to use from
/// several processes at once. Every method throws <see cref="ImageException"/> and nothing else for what users can cause.
/// </summary>
public sealed class ImageStore
{
    private readonly ImageReader _reader;

    private ImageStore(StoreLayout layout)
    {
        Layout = layout;
        _reader = new(layout);
    }

    /// <summary>The directory of the store.</summary>
    public string Root => Layout.Root;

    internal StoreLayout Layout { get; }

    /// <summary>
    /// Opens a store; nothing is made before something is written. Without a directory: <c>$DRYDOCK_ROOT</c>, else
    /// <c>$XDG_DATA_HOME/drydock</c>, else <c>/var/lib/drydock</c> for root and <c>~/.local/share/drydock</c> for others.
    /// </summary>
    public static ImageStore Open(string? root = null) =>
        new(new StoreLayout(root is null ? StoreLayout.DefaultRoot() : Path.GetFullPath(root)));

    /// <summary>The image of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="platform">What it must run on; null prefers WebAssembly and takes what there is.</param>
    public Image Resolve(Reference name, Platform? platform = null) =>
        Guard(() => Finder().ByName(name, platform));

    /// <summary>The image of a name, an id, the first digits of an id (three at least), or a manifest's digest.</summary>
    /// <param name="nameOrId">What the user typed.</param>
    /// <param name="platform">What it must run on; ids are taken as they are.</param>
    public Image Resolve(string nameOrId, Platform? platform = null) =>
        Guard(() => Finder().ByNameOrId(nameOrId, platform));

    /// <summary>Every image, once for each of its names; newest first.</summary>
    public IReadOnlyList<ImageSummary> List() => Guard(() =>
    {
        var finder = Finder(out var index);
        return index.Manifests.SelectMany(_reader.Expand)
            .Select(finder.TryRead).OfType<Image>().Select(Summarize)
            .OrderByDescending(image => image.Created).ThenBy(image => image.Name?.ToString(), StringComparer.Ordinal)
            .ToArray();
    });

    /// <summary>The bytes of a manifest or a configuration, as stored.</summary>
    public byte[] ReadJson(Descriptor descriptor) => Guard(() => _reader.ReadBlob(descriptor, descriptor.DigestText));

    /// <summary>The file of a blob. Whoever writes to it breaks the store.</summary>
    public string BlobPath(Digest digest) => Layout.Blob(digest);

    /// <summary>Gives an image one more name, taking it from whichever image had it.</summary>
    /// <param name="source">Name or id.</param>
    /// <param name="name">The new name.</param>
    public void Tag(string source, Reference name) => Guard(() =>
    {
        RequireTag(name);
        using var held = StoreLock.Take(Layout);
        var index = StoreIndex.Read(Layout);
        StoreIndex.Write(Layout, StoreIndex.WithName(index, EntryOf(index, source), name));
    });

    /// <summary>
    /// Takes a name away; with its last name an image goes, and every blob nothing else needs. By id an image goes with
    /// its only name, or with all of them when forced.
    /// </summary>
    /// <param name="nameOrId">Name or id.</param>
    /// <param name="force">Whether several names may go at once.</param>
    public RemovalResult Remove(string nameOrId, bool force = false) => Guard(() =>
    {
        using var held = StoreLock.Take(Layout);
        var index = StoreIndex.Read(Layout);
        return Replace(index, Removal(index, nameOrId, force));
    });

    /// <summary>Removes images without a name, and everything nothing leads to.</summary>
    public RemovalResult Prune() => Guard(() =>
    {
        using var held = StoreLock.Take(Layout);
        var index = StoreIndex.Read(Layout);
        return Replace(index, index with
        {
            Manifests = [.. index.Manifests.Where(entry => StoreIndex.NameOf(entry) is not null)],
        });
    });

    /// <summary>What can be run of an image: its root file system, unpacked if it was not yet, and its entry.</summary>
    public ImageContent OpenContent(Image image) => Guard(() => ImageContent.Open(this, image));

    internal ImageReader Reader => _reader;

    /// <summary>The entry of a name or an id: the whole index, where it leads to one.</summary>
    internal Descriptor FindEntry(string nameOrId) => EntryOf(StoreIndex.Read(Layout), nameOrId);

    internal T Guard<T>(Func<T> action) => StoreErrors.Guard(Root, action);

    private void Guard(Action action) => StoreErrors.Guard(Root, action);

    private ImageFinder Finder() => Finder(out _);

    private ImageFinder Finder(out ImageIndex index)
    {
        index = StoreIndex.Read(Layout);
        return new(index, _reader);
    }

    private static ImageSummary Summarize(Image image) =>
        new(image.Name, image.Id, image.ManifestDigest, image.Platform, CreatedOf(image), image.Size);

    private static DateTimeOffset? CreatedOf(Image image) =>
        DateTimeOffset.TryParse(image.Config.Created, out var created) ? created : null;

    /// <summary>The entry of an image: the whole index it is part of, where it is part of one.</summary>
    private Descriptor EntryOf(ImageIndex index, string source)
    {
        if (Reference.TryParse(source, out var name)
            && index.Manifests.FirstOrDefault(entry => StoreIndex.IsNamed(entry, name)) is { } named)
            return named;
        var finder = new ImageFinder(index, _reader);
        return finder.ById(source) is [var first, ..]
            ? first.Entry
            : throw new ImageException(ImageError.NotFound, $"image {Printable.Of(source)} is not in the local store");
    }

    private ImageIndex Removal(ImageIndex index, string nameOrId, bool force)
    {
        if (Reference.TryParse(nameOrId, out var name) && index.Manifests.Any(entry => StoreIndex.IsNamed(entry, name)))
            return StoreIndex.WithoutName(index, name, keepNameless: false);
        var entries = new ImageFinder(index, _reader).ById(nameOrId).Select(pair => pair.Entry).Distinct().ToArray();
        if (entries.Length == 0)
            throw new ImageException(ImageError.NotFound, $"image {Printable.Of(nameOrId)} is not in the local store");
        var names = entries.Select(StoreIndex.NameOf).OfType<Reference>().ToArray();
        if (names.Length > 1 && !force)
            throw new ImageException(ImageError.Store,
                $"image {nameOrId} has several names ({string.Join(", ", names.Select(each => each.Familiar))}); force removes it");
        return index with { Manifests = [.. index.Manifests.Except(entries)] };
    }

    private RemovalResult Replace(ImageIndex before, ImageIndex after)
    {
        var idsBefore = Ids(before);
        StoreIndex.Write(Layout, after);
        var freed = new GarbageCollector(Layout, _reader).Collect(after);
        var kept = after.Manifests.Select(StoreIndex.NameOf).OfType<Reference>().ToHashSet();
        return new(
            [.. before.Manifests.Select(StoreIndex.NameOf).OfType<Reference>().Where(name => !kept.Contains(name))],
            [.. idsBefore.Except(Ids(after))], freed);
    }

    private HashSet<Digest> Ids(ImageIndex index)
    {
        var finder = new ImageFinder(index, _reader);
        return [.. index.Manifests.SelectMany(_reader.Expand).Select(finder.TryRead).OfType<Image>().Select(image => image.Id)];
    }

    private static void RequireTag(Reference name)
    {
        if (!name.Digest.IsEmpty)
            throw new ImageException(ImageError.InvalidReference,
                $"cannot tag as {name.Familiar}: a name with a digest belongs to one content; leave the digest out");
    }
}
