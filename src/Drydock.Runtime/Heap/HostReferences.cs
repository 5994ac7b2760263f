namespace Drydock.Runtime.Heap;

/// <summary>
/// The references to objects that the host has been given and may give back: those of open scopes, which end in the
/// opposite order of their beginning, and those held one by one. All are roots; no other address is taken from the
/// host.
/// </summary>
internal sealed class HostReferences
{
    private readonly List<nint> _scoped = [];
    private readonly HashSet<nint> _known = [];
    private readonly Dictionary<nint, int> _held = [];

    /// <summary>How many references the open scopes have; what <see cref="Close"/> goes back to.</summary>
    public int Count => _scoped.Count;

    /// <summary>Lets the host have a reference until the innermost scope ends.</summary>
    public void Expose(nint reference)
    {
        if (_known.Add(reference)) _scoped.Add(reference);
    }

    /// <summary>Ends the scopes that began when there were more than <paramref name="count"/> references.</summary>
    public void Close(int count)
    {
        if (_scoped.Count <= count) return;
        for (int i = count; i < _scoped.Count; i++) _known.Remove(_scoped[i]);
        _scoped.RemoveRange(count, _scoped.Count - count);
    }

    /// <summary>Whether the host may use a reference now.</summary>
    public bool IsKnown(nint reference) => _known.Contains(reference) || _held.ContainsKey(reference);

    public void Hold(nint reference) => _held[reference] = _held.GetValueOrDefault(reference) + 1;

    public void Release(nint reference)
    {
        int count = _held.GetValueOrDefault(reference) - 1;
        if (count > 0) _held[reference] = count;
        else _held.Remove(reference);
    }

    public void MarkAll(Collector collector)
    {
        foreach (nint reference in _scoped) collector.Mark(reference);
        foreach (nint reference in _held.Keys) collector.Mark(reference);
    }
}
