namespace Drydock.Oci;

/// <summary>How much room one kind of thing takes.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="Active">How many a container uses.</param>
/// <param name="Bytes">Bytes of all of them.</param>
/// <param name="ReclaimableBytes">Bytes of those that no container uses.</param>
public sealed record UsageOf(int Total, int Active, long Bytes, long ReclaimableBytes);

/// <summary>How much room a store takes.</summary>
/// <param name="Images">Blobs, counted once however many images share them.</param>
/// <param name="RootFileSystems">Unpacked files of images; they can be made again.</param>
/// <param name="Containers">Private files of containers that run, or were killed and are not cleared yet.</param>
public sealed record StoreUsage(UsageOf Images, UsageOf RootFileSystems, UsageOf Containers);

/// <summary>Measures a store.</summary>
internal sealed class UsageReader(StoreLayout layout, ImageReader reader)
{
    public StoreUsage Read()
    {
        var images = new Listing(layout, reader).Of(StoreIndex.Read(layout)).DistinctBy(image => image.ManifestDigest)
            .ToArray();
        var leased = Leases.All(layout).Select(lease => lease.Manifest).ToHashSet();
        var active = images.Where(image =>
            leased.Contains(image.ManifestDigest) || Leases.IsHeld(layout, image.ManifestDigest)).ToArray();
        var ids = active.Select(image => image.Id.Hex).ToHashSet(StringComparer.Ordinal);
        return new(
            Blobs(images.Length, active), Trees(layout.RootFileSystems, ids.Contains),
            Trees(Path.Join(layout.Root, "containers"), _ => true));
    }

    private UsageOf Blobs(int total, ImageSummary[] active)
    {
        var bytes = Files(layout.Blobs).Sum(file => file.Length);
        return new(total, active.Length, bytes,
            Math.Max(0, bytes - active.DistinctBy(image => image.Id).Sum(image => image.Size)));
    }

    private static UsageOf Trees(string directory, Func<string, bool> isActive)
    {
        var trees = Directory.Exists(directory) ? new DirectoryInfo(directory).GetDirectories() : [];
        var sizes = trees.Select(tree =>
            (IsActive: isActive(tree.Name), Bytes: Files(tree.FullName).Sum(file => file.Length))).ToArray();
        return new(
            trees.Length, sizes.Count(tree => tree.IsActive), sizes.Sum(tree => tree.Bytes),
            sizes.Where(tree => !tree.IsActive).Sum(tree => tree.Bytes));
    }

    private static IEnumerable<FileInfo> Files(string directory) => Directory.Exists(directory)
        ? new DirectoryInfo(directory).EnumerateFiles("*", new EnumerationOptions
        {
            RecurseSubdirectories = true,
            AttributesToSkip = FileAttributes.ReparsePoint,
            IgnoreInaccessible = true,
        })
        : [];
}
