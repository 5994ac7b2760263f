using Drydock.Oci.Native;

namespace Drydock.Oci;

/// <summary>
/// Removes what no entry of the index, no lease and no running container leads to. Runs under the store's lock.
/// </summary>
internal sealed class GarbageCollector(StoreLayout layout, ImageReader reader)
{
    private readonly HashSet<string> _live = new(StringComparer.Ordinal);
    private long _freed;

    /// <summary>Removes blobs and root file systems that nothing leads to; returns the bytes of the blobs.</summary>
    /// <exception cref="ImageException">When an image cannot be read: then nothing is removed, lest it lose its
    /// parts.</exception>
    public long Collect(ImageIndex index)
    {
        foreach (var entry in index.Manifests)
            Mark(entry);
        foreach (var (_, manifest) in Leases.All(layout))
            MarkUsed(manifest);
        Staging.RemoveAbandoned(layout);
        // Manifests go first: whoever holds one is seen by its lock, and who comes later finds none.
        SweepManifests();
        SweepRootFileSystems();
        SweepBlobs();
        return _freed;
    }

    private void Mark(Descriptor descriptor)
    {
        if (!_live.Add(descriptor.Digest.Hex) || !File.Exists(layout.Blob(descriptor.Digest)))
            return;
        var what = descriptor.DigestText;
        if (MediaTypes.IsIndex(descriptor.MediaType))
            MarkAll(OciReader.Index(reader.ReadBlob(descriptor, what), what).Manifests);
        else if (MediaTypes.IsManifest(descriptor.MediaType))
            MarkManifest(OciReader.Manifest(reader.ReadBlob(descriptor, what), what));
    }

    private void MarkManifest(ImageManifest manifest)
    {
        if (manifest.Config.DigestText.Length > 0)
            _live.Add(manifest.Config.Digest.Hex);
        MarkAll(manifest.Layers);
        if (manifest.Subject is { } subject)
            Mark(subject);
    }

    private void MarkAll(Descriptor[] descriptors)
    {
        foreach (var descriptor in descriptors)
            Mark(descriptor);
    }

    /// <summary>Marks an image that only a container knows of.</summary>
    private void MarkUsed(Digest manifest)
    {
        var file = new FileInfo(layout.Blob(manifest));
        if (file.Exists)
            Mark(Descriptor.Of(MediaTypes.Manifest, manifest, file.Length));
    }

    private void SweepManifests()
    {
        foreach (var blob in new DirectoryInfo(layout.Blobs).EnumerateFiles())
            if (!_live.Contains(blob.Name) && IsManifest(blob))
                SweepManifest(blob);
    }

    private void SweepManifest(FileInfo blob)
    {
        using var file = Posix.TryOpenFile(blob.FullName);
        if (file is not null && Posix.TryLock(file))
            Remove(blob);
        else
            MarkUsed(Digest.Parse(Digest.Prefix + blob.Name));
    }

    /// <summary>A blob nothing leads to has no media type any more, so it is told by its content.</summary>
    private static bool IsManifest(FileInfo blob)
    {
        if (blob.Length > OciJson.MaxBytes)
            return false;
        try
        {
            var content = File.ReadAllBytes(blob.FullName);
            return content is [(byte)'{', ..] && OciReader.Manifest(content, blob.Name).Config.DigestText.Length > 0;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    private void SweepRootFileSystems()
    {
        foreach (var directory in Directory.EnumerateDirectories(layout.RootFileSystems))
            if (!_live.Contains(Path.GetFileName(directory)))
                Trees.TryDelete(MoveAside(directory));
    }

    /// <summary>A rename takes the whole tree out of sight at once.</summary>
    private string MoveAside(string directory)
    {
        var aside = Path.Join(layout.Temporary, Guid.NewGuid().ToString("N"));
        Directory.Move(directory, aside);
        return aside;
    }

    private void SweepBlobs()
    {
        foreach (var blob in new DirectoryInfo(layout.Blobs).EnumerateFiles())
            if (!_live.Contains(blob.Name))
                Remove(blob);
    }

    private void Remove(FileInfo blob)
    {
        _freed += blob.Length;
        blob.Delete();
    }
}
