using Drydock.Oci.Registry;

namespace Drydock.Oci;

/// <summary>
/// The images of this machine: an OCI image layout that skopeo, oras and others read, with the root file systems of its
/// images unpacked beside the blobs, so that starting one reads three small files and nothing else. Safe to use from
/// several processes at once. Every method throws <see cref="ImageException"/> and nothing else for what users can
/// cause.
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
    /// <c>$XDG_DATA_HOME/drydock</c>, else <c>/var/lib/drydock</c> for root and <c>~/.local/share/drydock</c> for
    /// others.
    /// </summary>
    public static ImageStore Open(string? root = null) =>
        new(new StoreLayout(root is null ? StoreLayout.DefaultRoot() : Path.GetFullPath(root)));

    /// <summary>The image of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="platform">What it must run on; null prefers WebAssembly and takes what there is.</param>
    public Image Resolve(Reference name, Platform? platform = null) =>
        Guard(() => Finder().ByName(name, platform));

    /// <summary>
    /// The image of a name, an id, the first digits of an id (three at least), or a manifest's digest.
    /// </summary>
    /// <param name="nameOrId">What the user typed.</param>
    /// <param name="platform">What it must run on; ids are taken as they are.</param>
    public Image Resolve(string nameOrId, Platform? platform = null) =>
        Guard(() => Finder().ByNameOrId(nameOrId, platform));

    /// <summary>Every image, once for each of its names; newest first.</summary>
    public IReadOnlyList<ImageSummary> List() => Guard(() =>
    {
        var images = new Listing(Layout, _reader).Of(StoreIndex.Read(Layout)).ToArray();
        Array.Sort(Array.ConvertAll(images, SortKey.Of), images);
        return images;
    });

    /// <summary>How much room the store takes.</summary>
    public StoreUsage Usage() => Guard(() => new UsageReader(Layout, _reader).Read());

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
        return new ImageRemover(Layout, _reader).Remove(nameOrId, force);
    });

    /// <summary>
    /// Removes images that no container uses, everything nothing leads to, and what broken pulls left a day ago.
    /// </summary>
    /// <param name="isUnwanted">Says whether an image may go; null takes those without a name.</param>
    public RemovalResult Prune(Func<ImageSummary, bool>? isUnwanted = null) => Guard(() =>
    {
        using var held = StoreLock.Take(Layout);
        isUnwanted ??= image => image.Name is null;
        var kept = new Listing(Layout, _reader).Of(StoreIndex.Read(Layout)).Where(image => !isUnwanted(image))
            .ToArray();
        var (names, digests) = (kept.Select(image => image.Name).OfType<Reference>().ToHashSet(),
            kept.Where(image => image.Name is null).Select(image => image.ManifestDigest.ToString())
                .ToHashSet(StringComparer.Ordinal));
        var removed = new ImageRemover(Layout, _reader).Prune((entry, name) => name is null
            ? !_reader.Expand(entry).Any(image => digests.Contains(image.Manifest.DigestText))
            : !names.Contains(name));
        return removed with { FreedBytes = removed.FreedBytes + new Downloads(Layout).Prune() };
    });

    /// <summary>The list of parts that is attached to an image, as it was written; null where there is none.</summary>
    public byte[]? FindSbom(Image image) => Guard(() => Sbom.Find(this, image));

    /// <summary>
    /// Keeps everything of an image from being removed while this process lives, or until it is let go of.
    /// </summary>
    /// <exception cref="ImageException">The image was removed since it was found.</exception>
    public ImageHold Hold(Image image) => Guard(() => ImageHold.Take(Layout, image));

    /// <summary>Keeps everything of an image while a container exists, whether it runs or not.</summary>
    /// <param name="container">Id of the container: letters, digits, <c>_</c>, <c>.</c> and <c>-</c>.</param>
    /// <param name="image">The image.</param>
    public void AddLease(string container, Image image) => Guard(() =>
    {
        using var held = StoreLock.Take(Layout);
        if (!File.Exists(Layout.Blob(image.ManifestDigest)))
            throw new ImageException(ImageError.NotFound,
                $"image {image.DisplayName} was removed from the store meanwhile");
        Leases.Add(Layout, container, image.ManifestDigest);
    });

    /// <summary>Lets go of a container's image; without a lease nothing happens.</summary>
    /// <param name="container">Id of the container.</param>
    public void RemoveLease(string container) => Guard(() =>
    {
        if (!Directory.Exists(Layout.Leases))
            return;
        using var held = StoreLock.Take(Layout);
        Leases.Remove(Layout, container);
    });

    /// <summary>What can be run of an image: its root file system, unpacked if it was not yet, and its entry.</summary>
    public ImageContent OpenContent(Image image) => Guard(() => ImageContent.Open(this, image));

    internal ImageReader Reader => _reader;

    /// <summary>The entry of a name or an id: the whole index, where it leads to one.</summary>
    internal Descriptor FindEntry(string nameOrId) => EntryOf(StoreIndex.Read(Layout), nameOrId);

    /// <summary>
    /// The entries of the index that a name or an id means, with what is attached to them; of a platform the manifest
    /// alone.
    /// </summary>
    internal IReadOnlyList<Descriptor> Entries(string nameOrId, Platform? platform) =>
        Guard<IReadOnlyList<Descriptor>>(() =>
    {
        var index = StoreIndex.Read(Layout);
        var image = new ImageFinder(index, _reader).ByNameOrId(nameOrId, platform);
        if (platform is not null)
            return [image.Name is null ? image.Descriptor : StoreIndex.Named(image.Descriptor, image.Name)];
        var entry = EntryOf(index, nameOrId);
        var isNamed = Reference.TryParse(nameOrId, out var name) && StoreIndex.IsNamed(entry, name);
        return isNamed ? [entry, .. Attachments.Of(index, image.ManifestDigest, _reader)]
            : [StoreIndex.Nameless(entry)];
    });

    /// <summary>Opens a blob for reading.</summary>
    /// <exception cref="ImageException">It is missing, or not as long as it should be.</exception>
    internal FileStream OpenBlob(Descriptor blob)
    {
        var file = Native.Posix.TryOpenFile(Layout.Blob(blob.Digest)) ?? throw new ImageException(
            ImageError.Corrupt, $"blob {blob.DigestText} is missing from the store");
        var stream = new FileStream(file, FileAccess.Read, 1 << 16);
        if (stream.Length == blob.Size)
            return stream;
        using (stream)
            throw new ImageException(ImageError.Corrupt,
                $"blob {blob.DigestText} has {stream.Length} bytes where {blob.Size} are declared");
    }

    internal T Guard<T>(Func<T> action) => StoreErrors.Guard(Root, action);

    private void Guard(Action action) => StoreErrors.Guard(Root, action);

    private ImageFinder Finder() => new(StoreIndex.Read(Layout), _reader);

    /// <summary>The newest first, then by name: made once for each image, not at each comparison.</summary>
    private readonly record struct SortKey(long Age, string Name, string Digest) : IComparable<SortKey>
    {
        public static SortKey Of(ImageSummary image) =>
            new(-(image.Created?.UtcTicks ?? 0), image.Name?.ToString() ?? "", image.ManifestDigest.Hex);

        public int CompareTo(SortKey other)
        {
            var order = Age.CompareTo(other.Age);
            if (order == 0)
                order = string.CompareOrdinal(Name, other.Name);
            return order != 0 ? order : string.CompareOrdinal(Digest, other.Digest);
        }
    }

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

    private static void RequireTag(Reference name)
    {
        if (!name.Digest.IsEmpty)
            throw new ImageException(ImageError.InvalidReference,
                $"cannot tag as {name.Familiar}: a name with a digest belongs to one content; leave the digest out");
    }
}
