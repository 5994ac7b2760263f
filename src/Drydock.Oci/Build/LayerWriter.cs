using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using Drydock.Oci.Native;

namespace Drydock.Oci.Build;

/// <summary>A layer that was written.</summary>
/// <param name="Descriptor">The compressed blob.</param>
/// <param name="DiffId">Digest of the archive in it.</param>
internal readonly record struct WrittenLayer(Descriptor Descriptor, Digest DiffId);

/// <summary>
/// Writes nodes as a layer, the same bytes for the same nodes: entries in byte order, one time stamp for all, no names
/// of owners, a gzip header without a time.
/// </summary>
internal sealed class LayerWriter(Staging staging, DateTimeOffset time)
{
    private const int MaxShortName = 100;
    private const int MaxShortId = 0x1fffff;
    private const long MaxShortLength = (8L << 30) - 1;

    /// <summary>Writes a layer of everything given, keyed by path.</summary>
    public WrittenLayer Write(SortedDictionary<string, TreeNode> nodes)
    {
        using var blob = staging.OpenBlob();
        Digest diffId;
        using (var gzip = new GZipStream(blob, CompressionLevel.Optimal, leaveOpen: true))
        using (var archive = new HashingStream(gzip))
        {
            using (var tar = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
                foreach (var (path, node) in nodes)
                    WriteNode(tar, path, node);
            diffId = archive.Finish();
        }
        var digest = blob.Complete();
        return new(Descriptor.Of(MediaTypes.LayerGzip, digest, new FileInfo(staging.PathOf(digest)).Length), diffId);
    }

    private void WriteNode(TarWriter tar, string path, TreeNode node)
    {
        using var content = node.Kind == NodeKind.File ? Open(path, node) : null;
        var entry = NewEntry(node.Kind == NodeKind.Directory ? path + "/" : path, node, content?.Length ?? 0);
        entry.Mode = (UnixFileMode)node.Mode;
        entry.Uid = node.User;
        entry.Gid = node.Group;
        entry.ModificationTime = time;
        if (node.Target is { } target)
            entry.LinkName = target;
        if (content is not null)
            entry.DataStream = content;
        tar.WriteEntry(entry);
    }

    /// <summary>
    /// The plain format where everything fits it, which every tool reads; GNU's where something does not.
    /// </summary>
    private static PosixTarEntry NewEntry(string name, TreeNode node, long length)
    {
        var type = node.Kind switch
        {
            NodeKind.Directory => TarEntryType.Directory,
            NodeKind.Link => TarEntryType.SymbolicLink,
            _ => TarEntryType.RegularFile,
        };
        var isShort = Encoding.UTF8.GetByteCount(name) <= MaxShortName
            && Encoding.UTF8.GetByteCount(node.Target ?? "") <= MaxShortName
            && Math.Max(node.User, node.Group) <= MaxShortId && length <= MaxShortLength;
        return isShort ? new UstarTarEntry(type, name) : new GnuTarEntry(type, name)
        {
            AccessTime = DateTimeOffset.UnixEpoch,
            ChangeTime = DateTimeOffset.UnixEpoch,
        };
    }

    private static Stream Open(string path, TreeNode node)
    {
        if (node.SourcePath is null)
            return new MemoryStream(node.Content ?? []);
        try
        {
            var stream = new FileStream(Posix.OpenFile(node.SourcePath), FileAccess.Read, 1 << 16);
            return stream.CanSeek ? stream : throw new IOException("it is neither a file nor a directory");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.Build, $"cannot read {path}: {StoreErrors.Describe(e)}", e);
        }
    }
}
