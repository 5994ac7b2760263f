namespace Drydock.Wasm.Text;

/// <summary>
/// What the text format has to know of a type: its signature if it is a function, its field names if a structure.
/// </summary>
/// <param name="Function">The signature, or null.</param>
/// <param name="Fields">The fields of a structure by name, or null.</param>
internal readonly record struct TypeEntry(FunctionType? Function, IndexSpace? Fields);

/// <summary>The type index space, to which type uses without a matching definition append (spec: 6.4.10).</summary>
internal sealed class TypeTable(IndexSpace names)
{
    private readonly List<TypeEntry> _entries = [];
    private readonly Dictionary<FunctionType, uint> _plainFunctions = [];
    private readonly List<FunctionType> _appended = [];

    /// <summary>
    /// Adds the next defined type and gives its index. A plain one, <c>(type (func …))</c>, serves type uses of the
    /// same signature.
    /// </summary>
    public uint Add(TypeEntry entry, bool isPlain)
    {
        if (isPlain && entry.Function is not null) _plainFunctions.TryAdd(entry.Function, (uint)_entries.Count);
        _entries.Add(entry);
        return (uint)_entries.Count - 1;
    }

    /// <summary>The index of a signature, appended if nothing defines it.</summary>
    public uint IndexOf(FunctionType type)
    {
        if (_plainFunctions.TryGetValue(type, out var index)) return index;
        index = names.DefineAnonymous();
        _plainFunctions.Add(type, index);
        _entries.Add(new TypeEntry(type, null));
        _appended.Add(type);
        return index;
    }

    public TypeEntry this[uint index] => index < _entries.Count ? _entries[(int)index] : default;

    /// <summary>Writes the types that type uses appended, behind the defined ones.</summary>
    public void EmitAppended(SectionEmitter section)
    {
        foreach (var type in _appended) TypeParser.EmitFunction(section.Add(), type);
    }
}
