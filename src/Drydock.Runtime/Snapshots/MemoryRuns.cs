namespace Drydock.Runtime.Snapshots;

/// <summary>
/// Which parts of a memory are worth a data segment: those that are not zero, with short gaps left in.
/// </summary>
internal static class MemoryRuns
{
    /// <summary>A segment costs about as many bytes; engines refuse modules with more segments than this.</summary>
    private const int ShortestGap = 16, MostRuns = 50_000;

    public static List<(int Start, int Length)> Find(ReadOnlySpan<byte> memory)
    {
        for (int gap = ShortestGap; ; gap *= 4)
            if (Find(memory, gap) is { } runs) return runs;
    }

    /// <summary>
    /// The runs with gaps of at least <paramref name="gap"/> zeros between; null if there are too many.
    /// </summary>
    private static List<(int Start, int Length)>? Find(ReadOnlySpan<byte> memory, int gap)
    {
        var runs = new List<(int, int)>();
        int at = 0;
        while (true)
        {
            int start = memory[at..].IndexOfAnyExcept((byte)0);
            if (start < 0) return runs;
            start += at;
            int end = EndOf(memory, start, gap);
            runs.Add((start, end - start));
            if (runs.Count > MostRuns) return null;
            at = end;
        }
    }

    private static int EndOf(ReadOnlySpan<byte> memory, int start, int gap)
    {
        int at = start;
        while (true)
        {
            int zeros = memory[at..].IndexOf((byte)0);
            if (zeros < 0) return memory.Length;
            at += zeros;
            int next = memory[at..].IndexOfAnyExcept((byte)0);
            if (next < 0 || next >= gap) return at;
            at += next;
        }
    }
}
