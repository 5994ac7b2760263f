using System.Buffers.Binary;

namespace Drydock.Wasi.Preview1;

/// <summary>
/// Packs directory entries (<c>dirent</c> and the name) into a buffer of the guest. The last one may be cut: a full
/// buffer tells the guest that there is more.
/// </summary>
internal ref struct DirectoryEntryWriter(Span<byte> buffer)
{
    private const int HeaderSize = 24;
    private readonly Span<byte> _buffer = buffer;

    /// <summary>The bytes written.</summary>
    public int Length { get; private set; }

    /// <summary>Whether nothing more fits.</summary>
    public readonly bool IsFull => Length == _buffer.Length;

    /// <summary>Adds an entry; <paramref name="next"/> is the position behind it.</summary>
    public void Write(ulong next, ulong inode, Filetype type, scoped ReadOnlySpan<byte> name)
    {
        Span<byte> header = stackalloc byte[HeaderSize];
        header.Clear();
        BinaryPrimitives.WriteUInt64LittleEndian(header, next);
        BinaryPrimitives.WriteUInt64LittleEndian(header[8..], inode);
        BinaryPrimitives.WriteInt32LittleEndian(header[16..], name.Length);
        header[20] = (byte)type;
        Append(header);
        Append(name);
    }

    private void Append(scoped ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(bytes.Length, _buffer.Length - Length);
        bytes[..count].CopyTo(_buffer[Length..]);
        Length += count;
    }
}
