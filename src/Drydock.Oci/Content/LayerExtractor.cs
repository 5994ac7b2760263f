using Drydock.Oci.Native;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Oci;

/// <summary>
/// Applies layers to a directory, lowest first (image-spec: layer.md). Names with <c>..</c> are refused and links never
/// lead out of the directory; devices are left out with a note; sizes and counts are bounded. Owners are not kept: a
/// guest has no user of its own, and everything stays readable to the one who runs it.
/// </summary>
internal sealed class LayerExtractor : IDisposable
{
    private const long MaxBytes = 64L << 30;
    private const int MaxEntries = 1 << 20;
    private const int MaxNotes = 20;
    private const int FewFiles = 64;
    private const string WhiteoutPrefix = ".wh.";
    private const string OpaqueMarker = ".wh..wh..opq";

    private const long LeastExpansion = 128L << 20;
    private const int ExpansionRatio = 100;

    private readonly RootDirectory _root;
    private readonly string _path;
    private readonly List<string> _notes = [];
    private readonly HashSet<string> _added = new(StringComparer.Ordinal);
    private long _bytes;
    private long _allowed = MaxBytes;
    private int _entries;
    private int _files;

    public LayerExtractor(string directory)
    {
        _path = directory;
        _root = new RootDirectory(directory);
    }

    /// <summary>
    /// The most bytes that a layer of a size may unpack to: programs do not compress a hundredfold, bombs do.
    /// </summary>
    public static long MaxExpansion(long size) =>
        Math.Min(MaxBytes, LeastExpansion + (ExpansionRatio * Math.Min(size, MaxBytes)));

    /// <summary>What was left out.</summary>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Applies one layer.</summary>
    /// <param name="tar">The archive.</param>
    /// <param name="packedLength">Bytes of it as stored, which bound what it may unpack to; null where nothing is
    /// packed.</param>
    public void Extract(Stream tar, long? packedLength = null)
    {
        _added.Clear();
        if (packedLength is { } packed)
            _allowed = Math.Min(MaxBytes, _bytes + MaxExpansion(packed));
        using var reader = new ArchiveReader(tar);
        while (reader.Next() is { } entry)
        {
            if (++_entries > MaxEntries)
                throw new ImageException(ImageError.Corrupt, $"the layers hold more than {MaxEntries} files");
            Apply(entry);
        }
    }

    /// <summary>Makes everything durable: file by file where they are few, all at once where they are many.</summary>
    public void Sync()
    {
        if (_files > FewFiles)
            Posix.SyncFileSystem(_root.Handle, _path);
    }

    public void Dispose() => _root.Dispose();

    private void Apply(ArchiveEntry entry)
    {
        var path = Clean(entry.Name);
        if (path.Length == 0)
            return;
        var name = Path.GetFileName(path);
        if (name.StartsWith(WhiteoutPrefix, StringComparison.Ordinal))
        {
            Whiteout(path, name);
            return;
        }
        using var place = _root.Walk(path, followLast: false, create: true)
            ?? throw new ImageException(ImageError.Corrupt,
                $"{Printable.Of(path)} lies in something that is no directory");
        if (Make(entry, place))
            Remember(place.Path);
    }

    private bool Make(ArchiveEntry entry, RootDirectory.Place place)
    {
        switch (entry.Kind)
        {
            case ArchiveKind.Directory: MakeDirectory(place, entry.Mode); return true;
            case ArchiveKind.File: MakeFile(place, entry); return true;
            case ArchiveKind.SymbolicLink: MakeSymbolicLink(place, entry); return true;
            case ArchiveKind.HardLink: MakeHardLink(place, entry); return true;
            default:
                Note($"{Printable.Of(entry.Name)} is left out: it is {Describe(entry.Type)}");
                return false;
        }
    }

    private static string Describe(char type) => type switch
    {
        '3' or '4' => "a device",
        '6' => "a pipe",
        _ => $"of the unknown type '{Printable.Of(type.ToString())}'",
    };

    private static void MakeSymbolicLink(RootDirectory.Place place, ArchiveEntry entry)
    {
        if (entry.LinkName.Length == 0)
            throw new ImageException(ImageError.Corrupt, $"symbolic link {Printable.Of(entry.Name)} leads nowhere");
        Clear(place.Parent, place.Name);
        Posix.MakeSymbolicLink(entry.LinkName, place.Parent, place.Name);
    }

    private static void MakeDirectory(RootDirectory.Place place, int mode)
    {
        using var present = Open(place, Posix.O_DIRECTORY);
        if (present.IsInvalid)
        {
            Clear(place.Parent, place.Name);
            Posix.MakeDirectory(place.Parent, place.Name, 0x1c0);
        }
        using var made = present.IsInvalid ? Open(place, Posix.O_DIRECTORY) : null;
        Posix.ChangeMode(made ?? present, Permissions(mode) | 0x1c0, place.Path);
    }

    private void MakeFile(RootDirectory.Place place, ArchiveEntry entry)
    {
        if (entry.Length > _allowed - _bytes)
            throw new ImageException(ImageError.Corrupt, _allowed == MaxBytes
                ? $"the layers hold more than {MaxBytes >> 30} GiB"
                : $"{Printable.Of(entry.Name)} makes a layer unpack to more than {_allowed} bytes, which no honest layer does");
        _bytes += entry.Length;
        Clear(place.Parent, place.Name);
        var handle = Posix.OpenAt(
            place.Parent, place.Name, Posix.O_WRONLY | Posix.O_CREAT | Posix.O_EXCL | Posix.O_NOFOLLOW, 0x180);
        if (handle.IsInvalid)
            throw Posix.Failure("create", place.Path);
        using var file = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        entry.Content.CopyTo(file, 1 << 16);
        Posix.ChangeMode(handle, Permissions(entry.Mode) | 0x100, place.Path);
        File.SetLastWriteTimeUtc(handle, entry.Modified);
        if (++_files <= FewFiles)
            RandomAccess.FlushToDisk(handle);
    }

    private void MakeHardLink(RootDirectory.Place place, ArchiveEntry entry)
    {
        using var target = _root.Walk(Clean(entry.LinkName), followLast: false, create: false)
            ?? throw new ImageException(ImageError.Corrupt,
                $"hard link {Printable.Of(entry.Name)} leads to {Printable.Of(entry.LinkName)}, which is not there");
        if (target.Path == place.Path)
            return;
        Clear(place.Parent, place.Name);
        Posix.MakeHardLink(target.Parent, target.Name, place.Parent, place.Name);
    }

    /// <summary>A whiteout speaks of the layers below only: what this layer made stays.</summary>
    private void Whiteout(string path, string name)
    {
        var directory = path[..^name.Length];
        if (name == OpaqueMarker)
        {
            using var marked = _root.Walk(directory, followLast: true, create: false);
            if (marked is not null)
                ClearBelow(marked);
            return;
        }
        var hidden = name[WhiteoutPrefix.Length..];
        if (hidden.Length == 0 || hidden is "." or ".." || hidden.StartsWith(WhiteoutPrefix, StringComparison.Ordinal))
            return;
        using var place = _root.Walk(directory + hidden, followLast: false, create: false);
        if (place is not null && !_added.Contains(place.Path))
            Clear(place.Parent, place.Name);
    }

    private void ClearBelow(RootDirectory.Place place)
    {
        using var directory = Open(place, Posix.O_DIRECTORY);
        if (directory.IsInvalid)
            return;
        foreach (var name in Names(directory))
        {
            var path = place.Path == "/" ? "/" + name : $"{place.Path}/{name}";
            if (!_added.Contains(path))
                Clear(directory, name);
            else if (_root.Walk(path, followLast: false, create: false) is { } kept)
                using (kept)
                    ClearBelow(kept);
        }
    }

    private static SafeFileHandle Open(RootDirectory.Place place, int flags) =>
        Posix.OpenAt(place.Parent, place.Name, Posix.O_RDONLY | Posix.O_NOFOLLOW | flags);

    /// <summary>Removes a name with everything below it.</summary>
    private static void Clear(SafeFileHandle parent, string name)
    {
        if (Posix.Unlink(parent, name))
            return;
        using (var directory = Posix.OpenAt(parent, name, Posix.O_RDONLY | Posix.O_DIRECTORY | Posix.O_NOFOLLOW))
            foreach (var child in directory.IsInvalid ? [] : Names(directory))
                Clear(directory, child);
        Posix.RemoveDirectory(parent, name);
    }

    /// <summary>
    /// The names in an open directory, read through the handle so that no path is walked a second time.
    /// </summary>
    private static string[] Names(SafeFileHandle directory) =>
        [.. Directory.EnumerateFileSystemEntries($"/proc/self/fd/{directory.DangerousGetHandle()}")
            .Select(Path.GetFileName).OfType<string>()];

    /// <summary>Remembers a path and the directories above it as made by this layer.</summary>
    private void Remember(string path)
    {
        for (; path.Length > 1 && _added.Add(path); path = path[..Math.Max(1, path.LastIndexOf('/'))])
        {
        }
    }

    private void Note(string note)
    {
        if (_notes.Count < MaxNotes)
            _notes.Add(note);
    }

    /// <summary>An archive's path without leading or doubled slashes; absolute ones count from the root.</summary>
    private static string Clean(string name)
    {
        var components = name.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (components.Contains(".."))
            throw new ImageException(ImageError.Corrupt,
                $"refusing the path {Printable.Of(name)} in a layer: it has \"..\" in it");
        return string.Join('/', components.Where(component => component != "."));
    }

    private static int Permissions(int mode) => mode & 0x1ff;
}
