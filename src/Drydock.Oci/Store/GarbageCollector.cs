namespace Drydock.Oci;

/// <summary>Removes what no entry of the index leads to. Runs under the store's lock.</summary>
internal sealed class GarbageCollector(StoreLayout layout, ImageReader reader)
{
    private readonly HashSet<string> _live = new(StringComparer.Ordinal);

    /// <summary>Removes blobs and root file systems that nothing leads to; returns the bytes of the blobs.</summary>
    /// <exception cref="ImageException">When an image cannot be read: then nothing is removed, lest it lose its parts.</exception>
    public long Collect(ImageIndex index)
    {
        foreach (var entry in index.Manifests)
            Mark(entry);
        Staging.RemoveAbandoned(layout);
        SweepRootFileSystems();
        return SweepBlobs();
    }

    private void Mark(Descriptor descriptor)
    {
        if (!_live.Add(descriptor.Digest.Hex) || !File.Exists(layout.Blob(descriptor.Digest)))
            return;
        var what = descriptor.DigestText;
        if (MediaTypes.IsIndex(descriptor.MediaType))
            MarkAll(OciJson.Read(reader.ReadBlob(descriptor, what), OciJson.Instance.ImageIndex, what).Manifests);
        else if (MediaTypes.IsManifest(descriptor.MediaType))
            MarkManifest(OciJson.Read(reader.ReadBlob(descriptor, what), OciJson.Instance.ImageManifest, what));
    }

    private void MarkManifest(ImageManifest manifest)
    {
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

    private long SweepBlobs()
    {
        var freed = 0L;
        foreach (var blob in new DirectoryInfo(layout.Blobs).EnumerateFiles())
        {
            if (_live.Contains(blob.Name))
                continue;
            freed += blob.Length;
            blob.Delete();
        }
        return freed;
    }
}
