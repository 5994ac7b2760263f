using System.Buffers;
using System.Globalization;
using System.Text;

namespace Drydock.Oci;

/// <summary>What an entry of an archive is.</summary>
internal enum ArchiveKind
{
    File,
    Directory,
    SymbolicLink,
    HardLink,
    /// <summary>A device, a pipe, or something only one tool knows.</summary>
    Other,
}

/// <summary>An entry of an archive. Its content is read before the next entry, or passed over.</summary>
internal sealed record ArchiveEntry
{
    public required ArchiveKind Kind { get; init; }
    /// <summary>The type as written, for messages.</summary>
    public required char Type { get; init; }
    public required string Name { get; init; }
    /// <summary>Target of a link; empty for others.</summary>
    public required string LinkName { get; init; }
    /// <summary>Permission bits.</summary>
    public required int Mode { get; init; }
    public required DateTime Modified { get; init; }
    /// <summary>Bytes of the content.</summary>
    public required long Length { get; init; }
    public required Stream Content { get; init; }
}

/// <summary>
/// Reads tar archives as they come: POSIX ustar and pax, GNU's long names and large numbers (POSIX.1-2017, pax,
/// Extended Description; GNU tar, Basic Tar Format). The framework's reader takes any size for the headers before an
/// entry and holds them in memory; here every length is bounded before it is believed. Sparse files are refused: their
/// content is a map and not the file.
/// </summary>
/// <exception cref="InvalidDataException">What is read is no archive, or a damaged one.</exception>
/// <exception cref="EndOfStreamException">It ends in the middle of an entry.</exception>
internal sealed class ArchiveReader(Stream archive) : IDisposable
{
    private const int BlockSize = 512;
    private const int MaxHeaderLength = 1 << 20;
    private const int MaxHeadersInARow = 64;
    private const long MaxTime = 253402300799;

    private readonly byte[] _block = new byte[BlockSize];
    private EntryContent _content = new(archive, 0, "");
    private int _padding;

    /// <summary>The next entry, or null at the end.</summary>
    public ArchiveEntry? Next()
    {
        _content.PassOver();
        Skip(_padding);
        var extended = new Extended();
        for (var headers = 0; headers <= MaxHeadersInARow; headers++)
        {
            if (!ReadBlock())
                return null;
            var type = (char)_block[156];
            if (type is not ('x' or 'g' or 'L' or 'K'))
                return Entry(type, extended);
            Extend(type, extended);
        }
        throw new InvalidDataException($"more than {MaxHeadersInARow} headers stand before one entry");
    }

    public void Dispose() => _content.Dispose();

    /// <summary>Reads the header in the block, with what the headers before it said.</summary>
    private ArchiveEntry Entry(char type, Extended extended)
    {
        var name = extended.Name ?? OwnName();
        var length = extended.Length ?? Number(_block.AsSpan(124, 12));
        if (type == 'S' || extended.IsSparse)
            throw new InvalidDataException($"{Printable.Of(name)} is a sparse file; pack it without --sparse");
        if (length < 0)
            throw new InvalidDataException($"{Printable.Of(name)} has a negative length");
        var kind = KindOf(type, name);
        _padding = (int)(-length & (BlockSize - 1));
        _content = new(archive, length, name);
        return new()
        {
            Kind = kind,
            Type = type,
            Name = Checked(name),
            LinkName = Checked(extended.LinkName ?? Text(_block.AsSpan(157, 100))),
            Mode = (int)(Number(_block.AsSpan(100, 8)) & 0xfff),
            Modified =
                DateTime.UnixEpoch.AddSeconds(Math.Clamp(extended.Time ?? Number(_block.AsSpan(136, 12)), 0, MaxTime)),
            Length = length,
            Content = _content,
        };
    }

    private static ArchiveKind KindOf(char type, string name) => type switch
    {
        '\0' when name.EndsWith('/') => ArchiveKind.Directory,
        '0' or '\0' or '7' => ArchiveKind.File,
        '1' => ArchiveKind.HardLink,
        '2' => ArchiveKind.SymbolicLink,
        '5' => ArchiveKind.Directory,
        _ => ArchiveKind.Other,
    };

    /// <summary>
    /// A header that speaks of the next entry. What is said of all entries holds nothing an image needs.
    /// </summary>
    private void Extend(char type, Extended extended)
    {
        var length = Number(_block.AsSpan(124, 12));
        if (length is < 0 or > MaxHeaderLength)
            throw new InvalidDataException($"a header claims {length} bytes; at most {MaxHeaderLength} are accepted");
        var content = ArrayPool<byte>.Shared.Rent((int)length);
        try
        {
            archive.ReadExactly(content, 0, (int)length);
            Skip((int)(-length & (BlockSize - 1)));
            extended.Read(type, content.AsSpan(0, (int)length));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(content);
        }
    }

    /// <summary>Reads a header; false at the end, which is a block of zeros or of nothing.</summary>
    private bool ReadBlock()
    {
        var read = archive.ReadAtLeast(_block, BlockSize, throwOnEndOfStream: false);
        if (read == 0 || (read == BlockSize && !_block.AsSpan().ContainsAnyExcept((byte)0)))
            return false;
        if (read < BlockSize)
            throw new EndOfStreamException("the archive ends in the middle of a header");
        var declared = Number(_block.AsSpan(148, 8));
        return declared == Checksum() ? true
            : throw new InvalidDataException("it is no tar archive, or a damaged one: a checksum is wrong");
    }

    /// <summary>The sum of all bytes, those of the sum itself taken as spaces.</summary>
    private long Checksum()
    {
        long sum = 8 * ' ';
        for (var i = 0; i < BlockSize; i++)
            sum += i is >= 148 and < 156 ? 0 : _block[i];
        return sum;
    }

    private string OwnName()
    {
        var name = Text(_block.AsSpan(0, 100));
        var isPosix = _block.AsSpan(257, 6).SequenceEqual("ustar\0"u8);
        return isPosix && Text(_block.AsSpan(345, 155)) is { Length: > 0 } prefix ? $"{prefix}/{name}" : name;
    }

    private void Skip(int count) => archive.ReadExactly(_block, 0, count);

    private static string Text(ReadOnlySpan<byte> field) =>
        Encoding.UTF8.GetString(field.IndexOf((byte)0) is >= 0 and var end ? field[..end] : field);

    private static string Checked(string name) => !name.Contains('\0', StringComparison.Ordinal)
        ? name
        : throw new InvalidDataException($"the name {Printable.Of(name)} has a zero byte in it");

    /// <summary>
    /// Octal digits between spaces, or GNU's form for what they cannot hold: big-endian with the first bit set.
    /// </summary>
    private static long Number(ReadOnlySpan<byte> field)
    {
        if ((field[0] & 0x80) != 0)
            return LargeNumber(field);
        long value = 0;
        foreach (var digit in field.Trim(" \0"u8))
            value = digit is >= (byte)'0' and <= (byte)'7'
                ? (value << 3) | (uint)(digit - '0')
                : throw new InvalidDataException("it is no tar archive, or a damaged one: a number is none");
        return value;
    }

    private static long LargeNumber(ReadOnlySpan<byte> field)
    {
        var value = (field[0] & 0x40) != 0 ? -1L : 0;
        foreach (var next in field[^8..])
            value = (value << 8) | next;
        return value;
    }

    /// <summary>What the headers before an entry say of it.</summary>
    private sealed class Extended
    {
        public string? Name { get; private set; }
        public string? LinkName { get; private set; }
        public long? Length { get; private set; }
        public long? Time { get; private set; }
        public bool IsSparse { get; private set; }

        public void Read(char type, ReadOnlySpan<byte> content)
        {
            switch (type)
            {
                case 'L': Name = Text(content); break;
                case 'K': LinkName = Text(content); break;
                case 'x': ReadRecords(content); break;
            }
        }

        /// <summary>Records of the form <c>LENGTH NAME=VALUE\n</c>, the length counting all of it.</summary>
        private void ReadRecords(ReadOnlySpan<byte> content)
        {
            while (!content.IsEmpty)
            {
                var space = content.IndexOf((byte)' ');
                var equals = content.IndexOf((byte)'=');
                if (space is < 1 or > 9 || equals < space
                    || !int.TryParse(content[..space], NumberStyles.None, CultureInfo.InvariantCulture, out var length)
                    || length > content.Length || length < equals + 2 || content[length - 1] != '\n')
                    throw new InvalidDataException("a pax header is malformed");
                Set(content[(space + 1)..equals], content[(equals + 1)..(length - 1)]);
                content = content[length..];
            }
        }

        private void Set(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
        {
            if (key.SequenceEqual("path"u8)) Name = Encoding.UTF8.GetString(value);
            else if (key.SequenceEqual("linkpath"u8)) LinkName = Encoding.UTF8.GetString(value);
            else if (key.SequenceEqual("size"u8)) Length = Whole(value);
            else if (key.SequenceEqual("mtime"u8)) Time =
                Whole(value.IndexOf((byte)'.') is >= 0 and var point ? value[..point] : value);
            else if (key.StartsWith("GNU.sparse."u8)) IsSparse = true;
        }

        private static long Whole(ReadOnlySpan<byte> value) =>
            long.TryParse(value, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
                ? number
                : throw new InvalidDataException("a number in a pax header is none");
    }

    /// <summary>The bytes of one entry.</summary>
    private sealed class EntryContent(Stream archive, long length, string name) : ForwardStream
    {
        private long _read;

        public override long Length => length;

        public override int Read(Span<byte> buffer)
        {
            if (_read == length || buffer.IsEmpty)
                return 0;
            var read = archive.Read(buffer[..(int)Math.Min(buffer.Length, length - _read)]);
            _read += read;
            return read > 0 ? read
                : throw new EndOfStreamException($"the archive ends in the middle of {Printable.Of(name)}");
        }

        /// <summary>Reads what nobody wanted.</summary>
        public void PassOver()
        {
            if (_read == length)
                return;
            var buffer = ArrayPool<byte>.Shared.Rent(1 << 16);
            while (Read(buffer.AsSpan()) > 0)
            {
            }
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
