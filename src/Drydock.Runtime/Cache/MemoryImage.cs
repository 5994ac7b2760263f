using System.Buffers.Binary;
using Drydock.Wasm;

namespace Drydock.Runtime.Cache;

/// <summary>
/// What active data segments make of a module's memories, laid out in pages, so that they can be mapped copy-on-write
/// instead of being copied. There is one only where all active segments are known to fit without instantiating the
/// module.
/// </summary>
internal sealed class MemoryImage
{
    private const int PageSize = 4096, WasmPageLog2 = 16, RunSize = 32;
    /// <summary>Less than this is copied sooner than it is mapped.</summary>
    private const long LeastBytes = 64 << 10;

    private readonly SortedDictionary<(int Memory, long Page), byte[]> _pages = [];

    private MemoryImage() { }

    /// <summary>Lays out a module's memories; two empty sections where that cannot be done or does not pay.</summary>
    /// <returns>Runs of pages, each a memory (i32), four unused bytes, address, offset in the pages, and length; the
    /// pages.</returns>
    public static (byte[] Runs, byte[] Pages) Build(WasmModule module)
    {
        var image = new MemoryImage();
        long size = 0;
        foreach (var segment in module.Data)
        {
            if (segment.Mode != SegmentMode.Active) continue;
            if (!image.TryAdd(module, segment)) return ([], []);
            size += segment.Content.Length;
        }
        return size < LeastBytes ? ([], []) : image.Write();
    }

    /// <summary>The runs of a file that were written by <see cref="Build"/>, checked against its pages.</summary>
    /// <exception cref="InvalidDataException">They do not fit.</exception>
    public static MemoryRun[] Read(ReadOnlySpan<byte> runs, long pages)
    {
        var result = new MemoryRun[runs.Length / RunSize];
        for (int i = 0; i < result.Length; i++)
        {
            var bytes = runs.Slice(i * RunSize, RunSize);
            var run = new MemoryRun(
                BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[8..]),
                BinaryPrimitives.ReadInt64LittleEndian(bytes[16..]),
                    BinaryPrimitives.ReadInt64LittleEndian(bytes[24..]));
            bool isAligned = (run.Address | run.Offset | run.Length) % PageSize == 0 && run.Address >= 0;
            bool isInside = run.Offset >= 0 && run.Offset <= pages && run.Length > 0
                && run.Length <= pages - run.Offset;
            result[i] = isAligned && isInside
                ? run
                : throw new InvalidDataException("a run of memory lies outside of the file");
        }
        return result;
    }

    private bool TryAdd(WasmModule module, in DataSegment segment)
    {
        if (segment.Memory < module.ImportedMemoryCount || !TryReadOffset(module, segment, out ulong address))
            return false;
        var type = module.Memories[segment.Memory];
        ulong pages = type.Limits.Minimum, length = (ulong)segment.Content.Length;
        if (type.PageSizeLog2 != WasmPageLog2 || pages > 1 << 20) return false;
        ulong size = pages << WasmPageLog2;
        if (address > size || length > size - address) return false;
        Copy(segment.Memory, (long)address, module.BytesOf(segment.Content));
        return true;
    }

    /// <summary>Offsets that are a constant and nothing else; others may depend on imports.</summary>
    private static bool TryReadOffset(WasmModule module, in DataSegment segment, out ulong address)
    {
        var code = module.BytesOf(segment.Offset);
        bool is64Bit = module.Memories[segment.Memory].Limits.Is64Bit;
        long value = 0;
        address = 0;
        if (code[0] != (byte)(is64Bit ? Opcode.I64Const : Opcode.I32Const)) return false;
        for (int i = 1, shift = 0; ; i++, shift += 7)
        {
            value |= (long)(code[i] & 0x7F) << shift;
            if (code[i] >= 0x80) continue;
            if (shift + 7 < 64 && (code[i] & 0x40) != 0) value |= -1L << (shift + 7);
            address = is64Bit ? (ulong)value : (uint)value;
            return i + 2 == code.Length;
        }
    }

    private void Copy(int memory, long address, ReadOnlySpan<byte> content)
    {
        while (!content.IsEmpty)
        {
            int inPage = (int)(address % PageSize), count = Math.Min(PageSize - inPage, content.Length);
            var key = (memory, address / PageSize);
            if (!_pages.TryGetValue(key, out var page)) _pages[key] = page = new byte[PageSize];
            content[..count].CopyTo(page.AsSpan(inPage));
            content = content[count..];
            address += count;
        }
    }

    private (byte[] Runs, byte[] Pages) Write()
    {
        var runs = new List<MemoryRun>();
        var pages = new MemoryStream();
        foreach (var ((memory, number), page) in _pages)
        {
            if (!page.AsSpan().ContainsAnyExcept((byte)0)) continue;
            long address = number * PageSize;
            bool isNext = runs.Count > 0 && runs[^1].Memory == memory && runs[^1].Address + runs[^1].Length == address;
            if (isNext) runs[^1] = runs[^1] with { Length = runs[^1].Length + PageSize };
            else runs.Add(new MemoryRun(memory, address, pages.Length, PageSize));
            pages.Write(page);
        }
        return (Write(runs), pages.ToArray());
    }

    private static byte[] Write(List<MemoryRun> runs)
    {
        var bytes = new byte[runs.Count * RunSize];
        for (int i = 0; i < runs.Count; i++)
        {
            var run = bytes.AsSpan(i * RunSize);
            BinaryPrimitives.WriteInt32LittleEndian(run, runs[i].Memory);
            BinaryPrimitives.WriteInt64LittleEndian(run[8..], runs[i].Address);
            BinaryPrimitives.WriteInt64LittleEndian(run[16..], runs[i].Offset);
            BinaryPrimitives.WriteInt64LittleEndian(run[24..], runs[i].Length);
        }
        return bytes;
    }
}

/// <summary>Pages that a memory begins with.</summary>
/// <param name="Memory">The memory's index.</param>
/// <param name="Address">Address in the memory.</param>
/// <param name="Offset">Offset in the pages.</param>
/// <param name="Length">Length in bytes.</param>
internal readonly record struct MemoryRun(int Memory, long Address, long Offset, long Length);
