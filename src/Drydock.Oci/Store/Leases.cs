using Drydock.Oci.Native;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Oci;

/// <summary>
/// An image in use by this process: while it lives nothing of the image is removed. The kernel lets go of it with the
/// process, however that ends.
/// </summary>
public sealed class ImageHold : IDisposable
{
    private readonly SafeFileHandle _manifest;

    private ImageHold(SafeFileHandle manifest) => _manifest = manifest;

    /// <summary>A shared lock on the manifest; who removes an image takes an exclusive one first.</summary>
    internal static ImageHold Take(StoreLayout layout, Image image)
    {
        var path = layout.Blob(image.ManifestDigest);
        var manifest = Posix.TryOpenFile(path) ?? throw Gone(image);
        Posix.LockShared(manifest, path);
        if (File.Exists(path))
            return new(manifest);
        manifest.Dispose();
        throw Gone(image);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_manifest.IsClosed)
            return;
        Posix.Unlock(_manifest);
        _manifest.Dispose();
    }

    private static ImageException Gone(Image image) =>
        new(ImageError.NotFound, $"image {image.DisplayName} was removed from the store meanwhile; get it again");
}

/// <summary>
/// Images that containers need which do not run at the moment: a file for each container in <c>leases/</c>, with the
/// manifest's digest in it. Whoever changes them holds the store's lock.
/// </summary>
internal static class Leases
{
    /// <summary>Notes that a container needs an image.</summary>
    public static void Add(StoreLayout layout, string container, Digest manifest)
    {
        Trees.Make(layout.Leases);
        var temporary = Path.Join(layout.Temporary, "lease");
        StoreIndex.WriteDurably(temporary, System.Text.Encoding.ASCII.GetBytes(manifest.ToString()));
        File.Move(temporary, PathOf(layout, container), overwrite: true);
        Posix.SyncDirectory(layout.Leases);
    }

    /// <summary>Forgets it; a container without a lease is no error.</summary>
    public static void Remove(StoreLayout layout, string container)
    {
        if (Directory.Exists(layout.Leases))
            File.Delete(PathOf(layout, container));
    }

    /// <summary>Every lease: the container, and the digest of the manifest.</summary>
    public static IEnumerable<(string Container, Digest Manifest)> All(StoreLayout layout)
    {
        if (!Directory.Exists(layout.Leases))
            yield break;
        foreach (var file in Directory.EnumerateFiles(layout.Leases))
            if (Digest.TryParse(File.ReadAllText(file), out var manifest))
                yield return (Path.GetFileName(file), manifest);
    }

    /// <summary>Whether a process holds a manifest at this moment.</summary>
    public static bool IsHeld(StoreLayout layout, Digest manifest)
    {
        using var file = Posix.TryOpenFile(layout.Blob(manifest));
        return file is not null && !Posix.IsUnlocked(file);
    }

    private static string PathOf(StoreLayout layout, string container) =>
        container.Length is > 0 and <= 128
            && container.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-') && container[0] != '.'
            ? Path.Join(layout.Leases, container)
            : throw new ArgumentException($"\"{container}\" is no id of a container", nameof(container));
}
