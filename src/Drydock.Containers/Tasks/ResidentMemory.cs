using System.Runtime.InteropServices;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>
/// Gives memory back when there is nothing to do. The kernel maps code in pieces of 64 KiB around each byte that was
/// ever used; most of what a call touched is not needed until the next one, and comes back from the page cache then.
/// </summary>
internal static unsafe partial class ResidentMemory
{
    private const int NotNeeded = 4;

    /// <summary>Collects garbage and unmaps pages of files, which are the same on disk.</summary>
    public static void Trim()
    {
        GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive);
        _ = TrimHeap(0);
        foreach ((nuint start, nuint length) in CleanMappings()) _ = Libc.Advise(start, length, NotNeeded);
    }

    /// <summary>Mappings of files in which not a page was written: one that was would be lost.</summary>
    private static List<(nuint Start, nuint Length)> CleanMappings()
    {
        var mappings = new List<(nuint, nuint)>();
        (nuint Start, nuint Length)? current = null;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            if (TryReadMapping(line, out var mapping)) current = mapping;
            else if (current is { } clean && line.StartsWith("Anonymous:", StringComparison.Ordinal)
                && line.EndsWith(" 0 kB", StringComparison.Ordinal))
                mappings.Add(clean);
        }
        return mappings;
    }

    /// <summary>
    /// Reads the first line of a mapping (proc(5), <c>/proc/pid/smaps</c>); none for what is writable or no file's.
    /// </summary>
    internal static bool TryReadMapping(string line, out (nuint Start, nuint Length)? mapping)
    {
        mapping = null;
        int dash = line.IndexOf('-', StringComparison.Ordinal), space = line.IndexOf(' ', StringComparison.Ordinal);
        if (dash < 0 || dash > space || line.Length < space + 5 || line[space - 1] == ':') return false;
        if (line[space + 1] != 'r' || line[space + 2] != '-' || !line.Contains('/', StringComparison.Ordinal))
            return true;
        nuint start = nuint.Parse(line.AsSpan(0, dash), System.Globalization.NumberStyles.HexNumber);
        mapping = (start, nuint.Parse(line.AsSpan(dash + 1, space - dash - 1),
            System.Globalization.NumberStyles.HexNumber) - start);
        return true;
    }

    [LibraryImport("libc", EntryPoint = "malloc_trim")]
    private static partial int TrimHeap(nuint keep);
}
