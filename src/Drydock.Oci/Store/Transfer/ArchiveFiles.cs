using System.IO.Compression;
using Drydock.Oci.Native;

namespace Drydock.Oci;

/// <summary>A file of an archive, written aside and hashed.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="Digest">Its digest.</param>
/// <param name="Length">Its length.</param>
internal readonly record struct ArchivedFile(string Path, Digest Digest, long Length);

/// <summary>
/// The files of an archive by their names. They may come in any order, the description last; so each is written aside
/// first, where it stays if it turns out to be a blob. Links lead to other files of the archive and nowhere else.
/// </summary>
internal sealed class ArchiveFiles(Staging staging)
{
    private const int MaxFiles = 1 << 17;
    private const int MaxLinks = 16;
    private const long MaxBytes = 256L << 30;

    private readonly Dictionary<string, ArchivedFile> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _links = new(StringComparer.Ordinal);
    private long _bytes;

    /// <summary>The file of a name; null where there is none.</summary>
    public ArchivedFile? Find(string name)
    {
        for (var links = 0; links < MaxLinks; links++)
            if (_files.TryGetValue(name, out var file))
                return file;
            else if (!_links.TryGetValue(name, out name!))
                return null;
        return null;
    }

    /// <summary>The content of a small file.</summary>
    public byte[]? Read(string name)
    {
        if (Find(name) is not { } file)
            return null;
        return file.Length <= OciJson.MaxBytes ? File.ReadAllBytes(file.Path) : throw new ImageException(
            ImageError.Corrupt,
            $"{Printable.Of(name)} measures {file.Length} bytes; at most {OciJson.MaxBytes} are accepted");
    }

    /// <summary>Reads a tar archive, plain or compressed.</summary>
    public void ReadArchive(Stream archive)
    {
        try
        {
            using var buffered = new BufferedStream(archive, 1 << 16);
            using var tar = Decompress(buffered);
            using var reader = new ArchiveReader(tar);
            while (reader.Next() is { } entry)
                Add(entry);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw new ImageException(ImageError.Corrupt, $"cannot read the archive: {Reason.Of(e)}", e);
        }
    }

    /// <summary>Reads what an image layout has in a directory.</summary>
    public void ReadDirectory(string directory)
    {
        foreach (var name in (string[])["oci-layout", "index.json", "manifest.json"])
            if (File.Exists(Path.Join(directory, name)))
                AddFile(name, Path.Join(directory, name));
        var blobs = Path.Join(directory, "blobs", "sha256");
        foreach (var path in Directory.Exists(blobs) ? Directory.EnumerateFiles(blobs) : [])
            AddFile($"blobs/sha256/{Path.GetFileName(path)}", path);
    }

    private void Add(ArchiveEntry entry)
    {
        var name = Clean(entry.Name);
        if (_files.Count + _links.Count > MaxFiles)
            throw new ImageException(ImageError.Corrupt, $"the archive holds more than {MaxFiles} files");
        switch (entry.Kind)
        {
            case ArchiveKind.File:
                _links.Remove(name);
                AddFile(name, entry.Content);
                break;
            case ArchiveKind.SymbolicLink:
                _links[name] = Resolve(name, entry.LinkName);
                break;
            case ArchiveKind.HardLink:
                _links[name] = Clean(entry.LinkName);
                break;
        }
    }

    private void AddFile(string name, string path)
    {
        using var content = File.OpenRead(path);
        AddFile(name, content);
    }

    private void AddFile(string name, Stream content)
    {
        using var writer = staging.OpenFile((digest, path) =>
            _files[name] = new(path, digest, new FileInfo(path).Length));
        content.CopyTo(writer, 1 << 16);
        if ((_bytes += writer.Length) > MaxBytes)
            throw new ImageException(ImageError.Corrupt, $"the archive holds more than {MaxBytes >> 30} GiB");
        writer.Complete();
    }

    private static string Clean(string name)
    {
        var components = name.Split('/', StringSplitOptions.RemoveEmptyEntries);
        return components.Contains("..")
            ? throw new ImageException(ImageError.Corrupt,
                $"refusing the path {Printable.Of(name)} in the archive: it has \"..\" in it")
            : string.Join('/', components.Where(component => component != "."));
    }

    /// <summary>Where a link leads; what would leave the archive leads to no file in it.</summary>
    private static string Resolve(string name, string target)
    {
        List<string> path = [.. name.Split('/')[..^1]];
        foreach (var component in target.Split('/', StringSplitOptions.RemoveEmptyEntries))
            if (component == ".." && path.Count > 0)
                path.RemoveAt(path.Count - 1);
            else if (component != ".")
                path.Add(component);
        return string.Join('/', path);
    }

    private static Stream Decompress(BufferedStream archive)
    {
        var magic = new byte[4];
        var read = archive.ReadAtLeast(magic, magic.Length, throwOnEndOfStream: false);
        var whole = new PrefixedStream(magic.AsMemory(0, read), archive);
        return magic.AsSpan(0, read) switch
        {
            [0x1f, 0x8b, ..] => new GZipStream(whole, CompressionMode.Decompress),
            [0x28, 0xb5, 0x2f, 0xfd] => new ZstdStream(whole),
            [0x42, 0x5a, 0x68, ..] or [0xfd, 0x37, 0x7a, 0x58] => throw new ImageException(ImageError.Unsupported,
                "the archive is compressed with bzip2 or xz: unpack it first"),
            _ => whole,
        };
    }
}

/// <summary>A stream with bytes put back in front of it.</summary>
internal sealed class PrefixedStream(ReadOnlyMemory<byte> prefix, Stream rest) : ForwardStream
{
    private ReadOnlyMemory<byte> _prefix = prefix;

    public override int Read(Span<byte> buffer)
    {
        if (_prefix.IsEmpty)
            return rest.Read(buffer);
        var count = Math.Min(buffer.Length, _prefix.Length);
        _prefix.Span[..count].CopyTo(buffer);
        _prefix = _prefix[count..];
        return count;
    }
}
