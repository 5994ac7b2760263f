using System.Buffers.Binary;

namespace Drydock.Wasi.Host;

/// <summary>
/// Reads the entries of a directory from a position on. Positions are the file system's own (d_off), which stay valid
/// while entries come and go, so nothing has to be remembered between calls.
/// </summary>
internal unsafe ref struct DirectoryReader
{
    private readonly int _fd;
    private readonly Span<byte> _buffer;
    private int _start, _end;

    /// <summary>Starts at a position, 0 being the beginning, with a buffer of 280 bytes or more: one entry.</summary>
    public DirectoryReader(int fd, long position, Span<byte> buffer)
    {
        _fd = fd;
        _buffer = buffer;
        Error = (int)Math.Min(0, Files.Seek(fd, position, 0));
    }

    /// <summary>0, or the negative errno that ended reading.</summary>
    public int Error { get; private set; }
    /// <summary>The file number of the current entry.</summary>
    public readonly ulong Inode => BinaryPrimitives.ReadUInt64LittleEndian(Record);
    /// <summary>The position after the current entry.</summary>
    public readonly ulong Next => BinaryPrimitives.ReadUInt64LittleEndian(Record[8..]);
    /// <summary>The type of the current entry (DT_*).</summary>
    public readonly byte Type => Record[18];
    /// <summary>The name of the current entry.</summary>
    public readonly ReadOnlySpan<byte> Name
    {
        get
        {
            var name = Record[19..];
            return name[..name.IndexOf((byte)0)];
        }
    }

    private readonly ReadOnlySpan<byte> Record => _buffer.Slice(_start, RecordLength);
    private readonly int RecordLength => BinaryPrimitives.ReadUInt16LittleEndian(_buffer[(_start + 16)..]);

    /// <summary>Goes to the next entry; false at the end or on an error.</summary>
    public bool MoveNext()
    {
        if (Error < 0) return false;
        if (_end > 0) _start += RecordLength;
        return _start < _end || Fill();
    }

    private bool Fill()
    {
        fixed (byte* buffer = _buffer)
        {
            var count = (int)Libc.Check(Libc.ReadDirectory(_fd, buffer, (nuint)_buffer.Length));
            Error = Math.Min(0, count);
            _start = 0;
            _end = Math.Max(0, count);
        }
        return _end > 0;
    }
}
