namespace Drydock.Wasm.Text;

/// <summary>
/// The labels around an instruction, innermost last. A name hides the same name further out (spec: 6.5.1).
/// </summary>
internal sealed class LabelStack
{
    private readonly List<(string? Name, int Hidden)> _labels = [];
    private readonly Dictionary<string, int> _depths = [];

    private readonly List<(uint Index, string Name)> _names = [];
    private uint _count;

    /// <summary>The names of all labels so far, which count as their blocks begin.</summary>
    public IReadOnlyList<(uint Index, string Name)> Names => _names;

    public void Push(string? name)
    {
        if (name is not null) _names.Add((_count, name));
        _count++;
        var hidden = name is not null && _depths.TryGetValue(name, out var depth) ? depth : -1;
        if (name is not null) _depths[name] = _labels.Count;
        _labels.Add((name, hidden));
    }

    public void Pop()
    {
        var (name, hidden) = _labels[^1];
        _labels.RemoveAt(_labels.Count - 1);
        if (name is null) return;
        if (hidden < 0) _depths.Remove(name);
        else _depths[name] = hidden;
    }

    /// <summary>The label index at the cursor, a number or a name.</summary>
    public uint Resolve(TextCursor cursor)
    {
        if (cursor.Kind != TokenKind.Identifier) return cursor.U32();
        var name = cursor.TryIdentifier()!;
        if (_depths.TryGetValue(name, out var depth)) return (uint)(_labels.Count - 1 - depth);
        throw cursor.ErrorBefore($"unknown label ${name}");
    }
}
