namespace Drydock.Compiler;

/// <summary>
/// The sites of a function as a run of bytes: their number, then for each the distance from the last one's offset, the
/// trap code, and the distance from the last one's wasm offset. Numbers are LEB128, signed ones zigzag-coded. Runs are
/// read when something has to be explained, so small is better than fast.
/// </summary>
internal static class SiteRun
{
    private const int LongestNumber = 5;

    /// <summary>Appends the run of <paramref name="sites"/>, which ascend by offset.</summary>
    public static void Write(List<byte> output, ReadOnlySpan<CodeSite> sites)
    {
        int offset = 0, wasmOffset = 0;
        WriteNumber(output, (uint)sites.Length);
        foreach (var site in sites)
        {
            WriteNumber(output, (uint)(site.Offset - offset));
            output.Add((byte)site.Code);
            int distance = site.WasmOffset - wasmOffset;
            WriteNumber(output, (uint)(distance << 1 ^ distance >> 31));
            (offset, wasmOffset) = (site.Offset, site.WasmOffset);
        }
    }

    /// <summary>
    /// Finds the site at exactly <paramref name="offset"/>; where a call returns to an instruction that traps, the
    /// trap. Reads nothing beyond the bytes given.
    /// </summary>
    public static bool TryFind(ReadOnlySpan<byte> run, int offset, out CodeSite site)
    {
        site = default;
        bool isFound = false;
        uint count = ReadNumber(ref run);
        int at = 0, wasmOffset = 0;
        for (; count > 0 && !run.IsEmpty; count--)
        {
            at += (int)ReadNumber(ref run);
            var code = run.IsEmpty ? TrapCode.None : (TrapCode)run[0];
            run = run.IsEmpty ? run : run[1..];
            uint distance = ReadNumber(ref run);
            wasmOffset += (int)(distance >> 1) ^ -(int)(distance & 1);
            if (at > offset) break;
            if (at == offset) (isFound, site) = (true, new CodeSite(at, code, wasmOffset));
        }
        return isFound;
    }

    private static void WriteNumber(List<byte> output, uint value)
    {
        for (; value >= 0x80; value >>= 7) output.Add((byte)(value | 0x80));
        output.Add((byte)value);
    }

    /// <summary>A number; the end of the bytes ends it.</summary>
    private static uint ReadNumber(ref ReadOnlySpan<byte> bytes)
    {
        uint value = 0;
        for (int i = 0; i < LongestNumber && !bytes.IsEmpty; i++)
        {
            byte next = bytes[0];
            bytes = bytes[1..];
            value |= (uint)(next & 0x7F) << (7 * i);
            if (next < 0x80) break;
        }
        return value;
    }
}
