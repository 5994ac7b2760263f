namespace Drydock.Layout.Profiles;

/// <summary>What was counted in a method.</summary>
/// <param name="Name">The full name of its type, and its own.</param>
/// <param name="Size">Bytes of IL.</param>
/// <param name="Parameters">How many it has.</param>
/// <param name="Edges">Its edges, in the order of the compiler that put the counters in.</param>
internal sealed record MethodCounts(string Name, int Size, int Parameters, Edge[] Edges)
{
    /// <summary>The count of the most frequent edge.</summary>
    public uint Most
    {
        get
        {
            uint most = 0;
            foreach (Edge edge in Edges) most = Math.Max(most, edge.Count);
            return most;
        }
    }

    /// <summary>These and those of another run of the same code.</summary>
    public MethodCounts Plus(MethodCounts other)
    {
        if (other.Edges.Length != Edges.Length) return this;
        var sums = new Edge[Edges.Length];
        for (int i = 0; i < sums.Length; i++)
        {
            (int from, int to, uint count) = other.Edges[i];
            if ((from, to) != (Edges[i].From, Edges[i].To)) return this;
            sums[i] = new Edge(from, to, (uint)Math.Min(int.MaxValue, (ulong)Edges[i].Count + count));
        }
        return this with { Edges = sums };
    }
}
