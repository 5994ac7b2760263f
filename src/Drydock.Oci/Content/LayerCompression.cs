using System.IO.Compression;
using Drydock.Oci.Native;

namespace Drydock.Oci;

/// <summary>
/// Opens layers whatever they are compressed with, by their first bytes: media types of layers are often wrong, and
/// everyone goes by the content.
/// </summary>
internal static class LayerCompression
{
    private const int PrefixLength = 8;

    /// <summary>The first bytes of a file, at most eight.</summary>
    public static byte[] Prefix(string path)
    {
        using var file = File.OpenHandle(path);
        var prefix = new byte[PrefixLength];
        return prefix[..RandomAccess.Read(file, prefix, 0)];
    }

    /// <summary>The archive in a layer.</summary>
    /// <exception cref="ImageException">A compression that nobody should use for layers, named.</exception>
    public static Stream Open(FileStream file, Descriptor layer)
    {
        Span<byte> prefix = stackalloc byte[PrefixLength];
        var read = file.ReadAtLeast(prefix, prefix.Length, throwOnEndOfStream: false);
        file.Position = 0;
        return prefix[..read] switch
        {
            [0x1f, 0x8b, ..] => new GZipStream(file, CompressionMode.Decompress),
            [0x28, 0xb5, 0x2f, 0xfd, ..] => new ZstdStream(file),
            // A zstd file may begin with a frame to skip: zstd:chunked layers end with such ones, too.
            [>= 0x50 and <= 0x5f, 0x2a, 0x4d, 0x18, ..] => new ZstdStream(file),
            [(byte)'B', (byte)'Z', (byte)'h', ..] => throw Unsupported(layer, "bzip2"),
            [0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', ..] => throw Unsupported(layer, "xz"),
            _ => new BufferedStream(file, 1 << 16),
        };
    }

    private static ImageException Unsupported(Descriptor layer, string compression) => new(ImageError.Unsupported,
        $"layer {layer.DigestText} is compressed with {compression}, which is not supported: gzip and zstd are");
}
