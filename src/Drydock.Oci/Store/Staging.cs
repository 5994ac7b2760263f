using Drydock.Oci.Native;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Oci;

/// <summary>
/// Content on its way into the store: written into a directory of its own, seen by nobody, until <see cref="Commit"/>
/// renames everything into place under the lock. Builds, imports and pulls write through here. A lock on the directory
/// tells the living from the dead, so what a killed process left is cleared by the next writer.
/// </summary>
internal sealed class Staging : IDisposable
{
    private readonly StoreLayout _layout;
    private readonly SafeFileHandle _claim;
    private readonly Dictionary<Digest, string> _blobs = [];
    private readonly Dictionary<Digest, string> _rootFileSystems = [];
    private readonly HashSet<Digest> _required = [];
    private int _nextName;

    private Staging(StoreLayout layout, string directory, SafeFileHandle claim) =>
        (_layout, Location, _claim) = (layout, directory, claim);

    /// <summary>The directory everything is written to.</summary>
    public string Location { get; }

    /// <summary>Makes a staging directory, and clears those whose makers are dead.</summary>
    public static Staging Create(StoreLayout layout)
    {
        using var held = StoreLock.Take(layout);
        RemoveAbandoned(layout);
        var directory = Path.Join(layout.Temporary, Guid.NewGuid().ToString("N"));
        Trees.Make(directory);
        var claim = Posix.OpenDirectory(directory);
        Posix.Lock(claim, directory);
        return new(layout, directory, claim);
    }

    /// <summary>A path in here that nothing else has.</summary>
    public string NewPath() => Path.Join(Location, $"{_nextName++}");

    /// <summary>Stages bytes as a blob.</summary>
    public Descriptor AddBlob(string mediaType, ReadOnlySpan<byte> content)
    {
        using var writer = OpenBlob();
        writer.Write(content);
        return Descriptor.Of(mediaType, writer.Complete(), content.Length);
    }

    /// <summary>Starts a blob whose digest comes out at the end.</summary>
    public BlobWriter OpenBlob() => new(NewPath(), (digest, path) => _blobs[digest] = path);

    /// <summary>
    /// Stages a checked and durable blob where it lies, on the store's file system. Others may publish it first.
    /// </summary>
    public void Adopt(Digest digest, string path) => _blobs[digest] = path;

    /// <summary>Starts a file of which it is not known yet whether it will be a blob.</summary>
    /// <param name="completed">Hears its digest and its path when it is complete.</param>
    public BlobWriter OpenFile(Action<Digest, string> completed) => new(NewPath(), completed);

    /// <summary>Whether a blob is staged or stored.</summary>
    public bool Has(Digest digest) => _blobs.ContainsKey(digest) || File.Exists(_layout.Blob(digest));

    /// <summary>Stages an unpacked root file system, already durable.</summary>
    public void AddRootFileSystem(Digest image, string directory) => _rootFileSystems[image] = directory;

    /// <summary>Where a staged root file system is; null where none was staged.</summary>
    public string? RootFileSystemOf(Digest image) => _rootFileSystems.GetValueOrDefault(image);

    /// <summary>
    /// Names a blob of the store that the result needs; the commit fails if it was removed meanwhile.
    /// </summary>
    public void Require(Digest digest) => _required.Add(digest);

    /// <summary>Where a blob can be read before the commit: here, or in the store.</summary>
    public string PathOf(Digest digest) => _blobs.GetValueOrDefault(digest) ?? _layout.Blob(digest);

    /// <summary>Publishes everything at once.</summary>
    /// <param name="update">Makes the new index of the old one; null to leave it.</param>
    public void Commit(Func<ImageIndex, ImageIndex>? update)
    {
        using var held = StoreLock.Take(_layout);
        CheckRequired();
        foreach (var (digest, path) in _blobs)
            Publish(path, _layout.Blob(digest));
        foreach (var (image, path) in _rootFileSystems)
            Publish(path, _layout.RootFileSystem(image));
        SyncDirectories();
        if (update is not null)
            StoreIndex.Write(_layout, update(StoreIndex.Read(_layout)));
    }

    public void Dispose()
    {
        // Nothing here is worth failing for: whatever stays is cleared by the next writer.
        Trees.TryDelete(Location);
        _claim.Dispose();
    }

    /// <summary>Clears staging directories that nobody holds. The caller holds the store's lock.</summary>
    public static void RemoveAbandoned(StoreLayout layout)
    {
        foreach (var directory in Directory.EnumerateDirectories(layout.Temporary))
        {
            // Whoever made it may remove it at any moment.
            using var claim = Posix.TryOpenDirectory(directory);
            if (claim is not null && Posix.IsUnlocked(claim))
                Trees.TryDelete(directory);
        }
    }

    private void CheckRequired()
    {
        foreach (var digest in _required)
            if (!File.Exists(_layout.Blob(digest)))
                throw new ImageException(ImageError.NotFound,
                    $"blob {digest} was removed from the store meanwhile; try again");
    }

    /// <summary>Content is named by its digest, so what is there already is the same.</summary>
    private static void Publish(string from, string to)
    {
        if (!Path.Exists(to))
            Directory.Move(from, to);
    }

    private void SyncDirectories()
    {
        if (_blobs.Count > 0)
            Posix.SyncDirectory(_layout.Blobs);
        if (_rootFileSystems.Count > 0)
            Posix.SyncDirectory(_layout.RootFileSystems);
    }
}
