namespace Drydock.Containers;

/// <summary>The functions that a guest spent nearly all of its time in.</summary>
internal static class HotFunctions
{
    /// <summary>Per mille of all counts that hot functions make up.</summary>
    private const long Share = 990;

    /// <summary>The fewest functions that together have the share, hottest first; none without counts.</summary>
    /// <param name="counts">For each function how often it was met; null if that is not known.</param>
    public static int[] Of(uint[]? counts)
    {
        if (counts is null) return [];
        long total = 0;
        foreach (uint count in counts) total += count;
        var indices = new int[counts.Length];
        var keys = new long[counts.Length];
        for (int i = 0; i < counts.Length; i++) (indices[i], keys[i]) = (i, -(long)counts[i]);
        Array.Sort(keys, indices);
        int needed = 0;
        for (long sum = 0; needed < keys.Length && keys[needed] < 0 && sum * 1000 < total * Share; needed++)
            sum -= keys[needed];
        return indices[..needed];
    }
}
