namespace Drydock.Oci;

/// <summary>What an archive brought.</summary>
/// <param name="Images">The images, with a name where they had one.</param>
/// <param name="Notes">What was left out.</param>
public sealed record LoadResult(IReadOnlyList<(Reference? Name, Digest Id)> Images, IReadOnlyList<string> Notes);

/// <summary>Which of the two descriptions an archive carries.</summary>
public enum ArchiveFormat
{
    /// <summary>Both, as Docker does it: everything reads it.</summary>
    Both,
    /// <summary>The OCI image layout alone.</summary>
    Oci,
    /// <summary>Docker's <c>manifest.json</c> alone.</summary>
    Docker,
}

/// <summary>
/// Images in an archive: the OCI image layout in a tar (image-spec: image-layout.md), and what <c>docker save</c> has
/// written since it began.
/// </summary>
public static class ImageArchive
{
    /// <summary>Reads every image of an archive into a store, all or none.</summary>
    /// <param name="store">The store.</param>
    /// <param name="archive">The archive, plain or compressed; read to its end, never sought.</param>
    /// <exception cref="ImageException">It is no archive of images, or a damaged one.</exception>
    public static LoadResult Load(ImageStore store, Stream archive) => store.Guard(() =>
    {
        using var staging = Staging.Create(store.Layout);
        var files = new ArchiveFiles(staging);
        files.ReadArchive(archive);
        return new ArchiveLoader(store, staging, files).Load();
    });

    /// <summary>Reads every image of an OCI image layout in a directory.</summary>
    /// <param name="store">The store.</param>
    /// <param name="directory">The directory with <c>index.json</c> in it.</param>
    /// <exception cref="ImageException">It is no image layout, or a damaged one.</exception>
    public static LoadResult LoadDirectory(ImageStore store, string directory) => store.Guard(() =>
    {
        using var staging = Staging.Create(store.Layout);
        var files = new ArchiveFiles(staging);
        files.ReadDirectory(directory);
        return new ArchiveLoader(store, staging, files).Load();
    });

    /// <summary>Writes images into an archive; the same images give the same bytes.</summary>
    /// <param name="store">The store.</param>
    /// <param name="names">Names or ids.</param>
    /// <param name="target">Where to; written from the front, never sought.</param>
    /// <param name="format">What describes them.</param>
    /// <param name="platform">The one platform to take of each; null for all.</param>
    public static void Save(
        ImageStore store, IReadOnlyList<string> names, Stream target, ArchiveFormat format = ArchiveFormat.Both,
        Platform? platform = null)
    {
        List<Descriptor> entries = [];
        foreach (var name in names)
            entries.AddRange(store.Entries(name, platform));
        store.Guard(() =>
        {
            new ArchiveSaver(store, target).Save(entries, format);
            return 0;
        });
    }
}
