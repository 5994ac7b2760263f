using System.Text;

namespace Drydock.Oci;

/// <summary>A section of a WebAssembly binary.</summary>
/// <param name="Id">Number of its kind; 0 for a custom section.</param>
/// <param name="Name">Name of a custom section; empty for others.</param>
/// <param name="Start">Where it starts, its id included.</param>
/// <param name="ContentStart">Where its content starts, after the name of a custom section.</param>
/// <param name="End">Where it ends.</param>
internal readonly record struct WasmSection(byte Id, string Name, int Start, int ContentStart, int End);

/// <summary>
/// Walks the sections of a module or component without understanding them (core specification 5.5.2; component model,
/// Binary): images need their names, their producers and their signatures, and no more.
/// </summary>
internal static class WasmSections
{
    public const int HeaderLength = 8;
    private const int MaxNameLength = 1 << 10;
    private const int MaxSections = 1 << 16;

    /// <summary>Every section, in order.</summary>
    /// <exception cref="InvalidDataException">A section reaches beyond the end.</exception>
    public static List<WasmSection> Read(ReadOnlySpan<byte> binary)
    {
        if (BinaryKinds.Detect(binary[..Math.Min(binary.Length, BinaryKinds.PrefixLength)])
            is not (BinaryKind.Module or BinaryKind.Component)
            || binary.Length < HeaderLength)
            throw new InvalidDataException("it is no WebAssembly binary");
        List<WasmSection> sections = [];
        var cursor = new WasmCursor(binary, HeaderLength);
        while (!cursor.IsAtEnd && sections.Count < MaxSections)
        {
            var start = cursor.Position;
            var id = cursor.Byte();
            var end = (int)cursor.Length() + cursor.Position;
            var name = id == 0 ? cursor.Text(MaxNameLength) : "";
            if (cursor.Position > end)
                throw new InvalidDataException("the name of a custom section is longer than the section");
            sections.Add(new(id, name, start, cursor.Position, end));
            cursor.Position = end;
        }
        return sections;
    }

    /// <summary>The content of the first custom section of a name; empty where there is none.</summary>
    public static ReadOnlySpan<byte> Custom(ReadOnlySpan<byte> binary, string name)
    {
        foreach (var section in Read(binary))
            if (section.Id == 0 && section.Name == name)
                return binary[section.ContentStart..section.End];
        return [];
    }
}

/// <summary>Reads the primitive values of the binary format; what reaches beyond the end is refused.</summary>
internal ref struct WasmCursor(ReadOnlySpan<byte> bytes, int position = 0)
{
    private readonly ReadOnlySpan<byte> _bytes = bytes;

    public int Position { get; set; } = position;

    public readonly bool IsAtEnd => Position >= _bytes.Length;

    public byte Byte() => Position < _bytes.Length ? _bytes[Position++] : throw Truncated();

    /// <summary>An unsigned number of at most 32 bits, LEB128.</summary>
    public uint Number()
    {
        ulong value = 0;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var next = Byte();
            value |= (ulong)(next & 0x7f) << shift;
            if ((next & 0x80) == 0)
                return value <= uint.MaxValue ? (uint)value : throw new InvalidDataException("a number is too large");
        }
        throw new InvalidDataException("a number is too long");
    }

    /// <summary>A number of bytes that are there.</summary>
    public uint Length()
    {
        var length = Number();
        return length <= _bytes.Length - Position ? length : throw Truncated();
    }

    public ReadOnlySpan<byte> Bytes(uint count)
    {
        if (count > _bytes.Length - Position)
            throw Truncated();
        var result = _bytes.Slice(Position, (int)count);
        Position += (int)count;
        return result;
    }

    /// <summary>A name in UTF-8, its length in front.</summary>
    public string Text(int maxLength)
    {
        var length = Length();
        return length <= maxLength
            ? Encoding.UTF8.GetString(Bytes(length))
            : throw new InvalidDataException($"a name is longer than {maxLength} bytes");
    }

    private static InvalidDataException Truncated() => new("it ends too early");
}
