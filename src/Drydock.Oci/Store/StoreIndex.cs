using Drydock.Oci.Native;

namespace Drydock.Oci;

/// <summary>Reads and replaces <c>index.json</c>, and finds names in it.</summary>
internal static class StoreIndex
{
    /// <summary>Room for a hundred thousand images; more than any other document may measure.</summary>
    public const int MaxBytes = 64 << 20;

    /// <summary>The index; empty where there is no store yet.</summary>
    public static ImageIndex Read(StoreLayout layout)
    {
        try
        {
            using var file = File.OpenHandle(layout.Index);
            var length = RandomAccess.GetLength(file);
            if (length > MaxBytes)
                throw new ImageException(ImageError.Corrupt,
                    $"cannot read {layout.Index}: it measures {length} bytes, more than {MaxBytes}");
            var content = GC.AllocateUninitializedArray<byte>((int)length);
            var read = RandomAccess.Read(file, content, 0);
            return OciReader.Index(content.AsSpan(0, read), layout.Index);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new ImageIndex();
        }
    }

    /// <summary>Replaces the index. The caller holds the lock.</summary>
    public static void Write(StoreLayout layout, ImageIndex index)
    {
        var temporary = Path.Join(layout.Temporary, "index.json");
        WriteDurably(temporary, OciJson.Write(index));
        File.Move(temporary, layout.Index, overwrite: true);
        Posix.SyncDirectory(layout.Root);
    }

    /// <summary>Makes whatever a layout needs and is not there.</summary>
    public static void EnsureLayout(StoreLayout layout)
    {
        if (File.Exists(layout.Index) && File.Exists(layout.Marker) && Directory.Exists(layout.Temporary))
            return;
        foreach (var directory in (string[])[layout.Blobs, layout.RootFileSystems, layout.Temporary])
            Trees.Make(directory);
        if (!File.Exists(layout.Marker))
            WriteMarker(layout);
        if (!File.Exists(layout.Index))
            Write(layout, new ImageIndex { MediaType = MediaTypes.Index });
    }

    /// <summary>The name of an entry, normalised; null where it has none.</summary>
    public static Reference? NameOf(Descriptor entry)
    {
        var text = entry.Annotation(Annotations.ContainerdName) ?? entry.Annotation(Annotations.RefName);
        return text is not null && Reference.TryParse(text, out var name) ? name : null;
    }

    /// <summary>Whether an entry goes by a name; by digest, any entry of that repository with it does.</summary>
    public static bool IsNamed(Descriptor entry, Reference name)
    {
        if (!name.Digest.IsEmpty)
            return entry.DigestText == name.Digest.ToString() && NameOf(entry)?.Repository == name.Repository;
        var text = entry.Annotation(Annotations.ContainerdName) ?? entry.Annotation(Annotations.RefName);
        // Reading a name takes longer than looking at it, and a lookup passes every entry.
        return text is not null && text.Contains(name.LastComponent, StringComparison.Ordinal)
            && (text == name.ToString() || NameOf(entry) == name);
    }

    /// <summary>
    /// The index with a name on an entry. Who had the name before keeps its place without one, unless it has other
    /// names.
    /// </summary>
    public static ImageIndex WithName(ImageIndex index, Descriptor entry, Reference name)
    {
        var kept = WithoutName(index, name, keepNameless: true).Manifests
            .Where(other => other.DigestText != entry.DigestText || NameOf(other) is not null);
        return index with { Manifests = [.. kept, Rename(entry, name)] };
    }

    /// <summary>The index without a name.</summary>
    /// <param name="index">The index.</param>
    /// <param name="name">The name.</param>
    /// <param name="keepNameless">Whether an image stays that loses its last name.</param>
    public static ImageIndex WithoutName(ImageIndex index, Reference name, bool keepNameless)
    {
        var (gone, kept) = (index.Manifests.Where(entry => IsNamed(entry, name)).ToArray(),
            index.Manifests.Where(entry => !IsNamed(entry, name)).ToList());
        if (keepNameless)
            kept.AddRange(gone.Where(entry => kept.All(other => other.DigestText != entry.DigestText))
                .Select(entry => Rename(entry, null)));
        return index with { Manifests = [.. kept] };
    }

    /// <summary>Writes a file and syncs it.</summary>
    public static void WriteDurably(string path, ReadOnlySpan<byte> content)
    {
        using var file = File.OpenHandle(path, FileMode.Create, FileAccess.Write);
        RandomAccess.Write(file, content, 0);
        RandomAccess.FlushToDisk(file);
    }

    private static void WriteMarker(StoreLayout layout)
    {
        var temporary = Path.Join(layout.Temporary, "oci-layout");
        WriteDurably(temporary, OciJson.Write(new LayoutMarker()));
        File.Move(temporary, layout.Marker, overwrite: true);
    }

    /// <summary>The index with an entry, unless it is there already.</summary>
    public static ImageIndex WithEntry(ImageIndex index, Descriptor entry) =>
        index.Manifests.Any(other => other.DigestText == entry.DigestText) ? index
            : index with { Manifests = [.. index.Manifests, entry] };

    /// <summary>An entry under a name.</summary>
    public static Descriptor Named(Descriptor entry, Reference name) => Rename(entry, name);

    /// <summary>An entry without its name.</summary>
    public static Descriptor Nameless(Descriptor entry) => Rename(entry, null);

    private static Descriptor Rename(Descriptor entry, Reference? name)
    {
        var annotations = new Dictionary<string, string>(entry.Annotations ?? []);
        annotations.Remove(Annotations.RefName);
        annotations.Remove(Annotations.ContainerdName);
        if (name is not null)
        {
            annotations[Annotations.ContainerdName] = name.ToString();
            annotations[Annotations.RefName] = name.ToString();
        }
        return entry with { Annotations = annotations.Count == 0 ? null : annotations };
    }
}
