using System.Buffers.Binary;

namespace Drydock.Compiler;

/// <summary>The parts of a <see cref="CodeImageFile"/>. Values are part of the format.</summary>
public enum CodeImageSection
{
    /// <summary>Machine code.</summary>
    Text,
    /// <summary>Where each function is.</summary>
    Functions,
    /// <summary>The functions in the order of addresses.</summary>
    Order,
    /// <summary>Traps and calls.</summary>
    Sites,
    /// <summary>The module's binary without the code section; for the runtime.</summary>
    Module,
    /// <summary>Which pages of which memory <see cref="MemoryPages"/> are; for the runtime.</summary>
    MemoryRuns,
    /// <summary>Initial content of memories; for the runtime.</summary>
    MemoryPages,
}

/// <summary>
/// A code image as a file: a page of header, then the sections, each beginning on a page of its own, so that they can
/// be mapped as they are. The header has a checksum of itself and of each section, the identity of what the image is
/// valid for, and for each section its offset, length and checksum. All numbers are little-endian.
/// </summary>
public sealed class CodeImageFile
{
    private const ulong Magic = 0x1A6B636F64797264; // "drydock" and an end-of-file character
    private const uint Version = 2;
    private const int SectionCount = (int)CodeImageSection.MemoryPages + 1, SectionEntrySize = 24;
    private const int IdentityAt = 16, LengthAt = IdentityAt + CodeImageIdentity.Size, MissingSizeAt = LengthAt + 8,
        LeftAt = MissingSizeAt + 8, SectionsAt = LeftAt + 8, ChecksumAt = SectionsAt + SectionCount * SectionEntrySize;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly Entry[] _sections = new Entry[SectionCount];

    private CodeImageFile(ReadOnlyMemory<byte> bytes)
    {
        _bytes = bytes;
        var header = bytes.Span;
        CheckHeader(header);
        Identity = new CodeImageIdentity(header[IdentityAt..]);
        MissingSize = Math.Max(0, BinaryPrimitives.ReadInt64LittleEndian(header[MissingSizeAt..]));
        FunctionsLeft = (int)Math.Clamp(BinaryPrimitives.ReadInt64LittleEndian(header[LeftAt..]), 0, int.MaxValue);
        for (int i = 0; i < SectionCount; i++) _sections[i] = ReadEntry(header[(SectionsAt + i * SectionEntrySize)..]);
        Image = new CodeImage(
            this[CodeImageSection.Text], this[CodeImageSection.Functions], this[CodeImageSection.Order],
            this[CodeImageSection.Sites]);
    }

    /// <summary>What the image is valid for.</summary>
    public CodeImageIdentity Identity { get; }
    /// <summary>The code.</summary>
    public CodeImage Image { get; }
    /// <summary>Bytes of wasm of the functions the image lacks.</summary>
    public long MissingSize { get; }

    /// <summary>
    /// Number of functions that baseline compiled because they are not hot, and that the optimizing tier has yet to do.
    /// </summary>
    public int FunctionsLeft { get; }

    /// <summary>The content of a section.</summary>
    public ReadOnlyMemory<byte> this[CodeImageSection section] =>
        _bytes.Slice((int)_sections[(int)section].Offset, (int)_sections[(int)section].Length);

    /// <summary>Offset of a section in the file, a multiple of the page size.</summary>
    public long OffsetOf(CodeImageSection section) => _sections[(int)section].Offset;

    /// <summary>Reads the header; sections are not looked at, however large they are.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <exception cref="InvalidDataException">The header is damaged, or the file is not whole.</exception>
    public static CodeImageFile Read(ReadOnlyMemory<byte> bytes) => new(bytes);

    /// <summary>Whether every byte of the sections is what was written; reads them all.</summary>
    public bool IsIntact()
    {
        for (int i = 0; i < SectionCount; i++)
            if (Checksum.Of(this[(CodeImageSection)i].Span) != _sections[i].Checksum) return false;
        return true;
    }

    /// <summary>The bytes of a file, in pieces to be written one after the other.</summary>
    /// <param name="identity">What the image is valid for.</param>
    /// <param name="image">The code.</param>
    /// <param name="missingSize">Bytes of wasm of the functions the image lacks.</param>
    /// <param name="module">See <see cref="CodeImageSection.Module"/>.</param>
    /// <param name="memoryRuns">See <see cref="CodeImageSection.MemoryRuns"/>.</param>
    /// <param name="memoryPages">See <see cref="CodeImageSection.MemoryPages"/>.</param>
    /// <param name="functionsLeft">See <see cref="FunctionsLeft"/>.</param>
    public static IReadOnlyList<ReadOnlyMemory<byte>> Write(
        CodeImageIdentity identity, CodeImage image, long missingSize, ReadOnlyMemory<byte> module = default,
        ReadOnlyMemory<byte> memoryRuns = default, ReadOnlyMemory<byte> memoryPages = default, int functionsLeft = 0)
    {
        ReadOnlyMemory<byte>[] sections =
            [image.Text, image.Functions, image.Order, image.Sites, module, memoryRuns, memoryPages];
        var header = new byte[CodeImage.PageSize];
        List<ReadOnlyMemory<byte>> pieces = [header];
        long offset = header.Length;
        for (int i = 0; i < SectionCount; i++)
        {
            WriteEntry(header.AsSpan(SectionsAt + i * SectionEntrySize), offset, sections[i].Span);
            int padding = -sections[i].Length & (CodeImage.PageSize - 1);
            pieces.Add(sections[i]);
            pieces.Add(new byte[padding]);
            offset += sections[i].Length + padding;
        }
        WriteHeader(header, identity, offset, missingSize, functionsLeft);
        return pieces;
    }

    private static void WriteHeader(
        Span<byte> header, CodeImageIdentity identity, long length, long missingSize, int functionsLeft)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(header, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(header[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(header[12..], SectionCount);
        identity.Bytes.CopyTo(header[IdentityAt..]);
        BinaryPrimitives.WriteInt64LittleEndian(header[LengthAt..], length);
        BinaryPrimitives.WriteInt64LittleEndian(header[MissingSizeAt..], missingSize);
        BinaryPrimitives.WriteInt64LittleEndian(header[LeftAt..], functionsLeft);
        BinaryPrimitives.WriteUInt64LittleEndian(header[ChecksumAt..], Checksum.Of(header[..ChecksumAt]));
    }

    private static void WriteEntry(Span<byte> entry, long offset, ReadOnlySpan<byte> content)
    {
        BinaryPrimitives.WriteInt64LittleEndian(entry, offset);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], content.Length);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], Checksum.Of(content));
    }

    private static void CheckHeader(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < CodeImage.PageSize || BinaryPrimitives.ReadUInt64LittleEndian(bytes) != Magic)
            throw Unusable("it is none");
        if (BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]) != Version
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[12..]) != SectionCount) throw Unusable(
                "it is of another version");
        if (BinaryPrimitives.ReadUInt64LittleEndian(bytes[ChecksumAt..]) != Checksum.Of(bytes[..ChecksumAt]))
            throw Unusable("its header is damaged");
        if (BinaryPrimitives.ReadInt64LittleEndian(bytes[LengthAt..]) != bytes.Length)
            throw Unusable("it is not whole");
    }

    private Entry ReadEntry(ReadOnlySpan<byte> entry)
    {
        long offset = BinaryPrimitives.ReadInt64LittleEndian(entry),
            length = BinaryPrimitives.ReadInt64LittleEndian(entry[8..]);
        bool isInside = offset >= CodeImage.PageSize && offset <= _bytes.Length && length >= 0
            && length <= _bytes.Length - offset
            && offset % CodeImage.PageSize == 0;
        if (!isInside) throw Unusable("a section lies outside of it");
        return new Entry(offset, length, BinaryPrimitives.ReadUInt64LittleEndian(entry[16..]));
    }

    private static InvalidDataException Unusable(string why) => new($"cannot use the code image: {why}");

    private readonly record struct Entry(long Offset, long Length, ulong Checksum);
}
