using System.Runtime.InteropServices;
using System.Text;

namespace Drydock.Layout;

/// <summary>An ELF file for x86-64, whose records are read and changed in place.</summary>
internal sealed class ElfFile
{
    private const int HeaderSize = 64;
    private const uint SymbolTable = 2;
    private const uint RelocationTable = 4;
    private const uint WithoutContent = 8;
    private byte[] _bytes;
    private readonly int _sectionsAt;
    private readonly int _sectionCount;
    private readonly int _namesIndex;

    /// <exception cref="UnexpectedShapeException">It is no such file, or is damaged.</exception>
    public ElfFile(byte[] bytes)
    {
        _bytes = bytes;
        Require(bytes.Length >= HeaderSize && bytes.AsSpan(0, 6).SequenceEqual("\u007fELF\u0002\u0001"u8)
            && MemoryMarshal.Read<ushort>(bytes.AsSpan(18)) == 62, "it is not an ELF file for x86-64");
        _sectionsAt = (int)Math.Min(MemoryMarshal.Read<ulong>(bytes.AsSpan(40)), int.MaxValue);
        _sectionCount = MemoryMarshal.Read<ushort>(bytes.AsSpan(60));
        _namesIndex = MemoryMarshal.Read<ushort>(bytes.AsSpan(62));
        Require(_namesIndex < _sectionCount, "its sections have no names");
    }

    public byte[] Bytes => _bytes;

    public Span<SectionHeader> Sections => Records<SectionHeader>((ulong)_sectionsAt,
        (ulong)(_sectionCount * Marshal.SizeOf<SectionHeader>()));

    /// <summary>The symbols of the file's only symbol table.</summary>
    public Span<Symbol> Symbols => Records<Symbol>(OnlySymbolTable().Offset, OnlySymbolTable().Size);

    /// <exception cref="UnexpectedShapeException">There is none of that name.</exception>
    public int SectionNamed(ReadOnlySpan<byte> name)
    {
        SectionHeader names = Sections[_namesIndex];
        for (int index = 0; index < _sectionCount; index++)
            if (TextAt(names, Sections[index].Name).SequenceEqual(name))
                return index;
        throw new UnexpectedShapeException($"it has no section {Encoding.ASCII.GetString(name)}");
    }

    public string NameOf(in Symbol symbol) =>
        Encoding.UTF8.GetString(TextAt(Sections[(int)Math.Min(OnlySymbolTable().Link, _sectionCount - 1)], symbol.Name));

    public Span<byte> ContentOf(int section)
    {
        ref SectionHeader header = ref Sections[section];
        return header.Type == WithoutContent ? [] : Range(header.Offset, header.Size);
    }

    /// <summary>The indices of the relocation tables.</summary>
    public IEnumerable<int> RelocationTables()
    {
        for (int index = 0; index < _sectionCount; index++)
            if (Sections[index].Type == RelocationTable)
                yield return index;
    }

    public Span<Relocation> RelocationsIn(int table) => Records<Relocation>(Sections[table].Offset, Sections[table].Size);

    /// <summary>Gives a section another content, which is written behind all others.</summary>
    public void Replace(int section, ReadOnlySpan<byte> content)
    {
        int at = (_bytes.Length + 63) / 64 * 64;
        byte[] longer = new byte[at + content.Length];
        _bytes.CopyTo(longer, 0);
        content.CopyTo(longer.AsSpan(at));
        _bytes = longer;
        ref SectionHeader header = ref Sections[section];
        header.Offset = (ulong)at;
        header.Size = (ulong)content.Length;
    }

    private ref SectionHeader OnlySymbolTable()
    {
        foreach (ref SectionHeader section in Sections)
            if (section.Type == SymbolTable)
                return ref section;
        throw new UnexpectedShapeException("it has no symbols");
    }

    private Span<T> Records<T>(ulong offset, ulong size) where T : unmanaged =>
        MemoryMarshal.Cast<byte, T>(Range(offset, size));

    private ReadOnlySpan<byte> TextAt(in SectionHeader table, uint offset)
    {
        ReadOnlySpan<byte> texts = Range(table.Offset, table.Size);
        Require(offset <= texts.Length, "a name is outside its table");
        ReadOnlySpan<byte> text = texts[(int)offset..];
        int length = text.IndexOf((byte)0);
        return length < 0 ? text : text[..length];
    }

    private Span<byte> Range(ulong offset, ulong size)
    {
        ulong length = (ulong)_bytes.Length;
        Require(offset <= length && size <= length - offset, "a section is outside the file");
        return _bytes.AsSpan((int)offset, (int)size);
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new UnexpectedShapeException(otherwise);
    }
}
