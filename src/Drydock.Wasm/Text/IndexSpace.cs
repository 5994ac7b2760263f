namespace Drydock.Wasm.Text;

/// <summary>An index space of a module (spec: 6.6.1): how many there are, and which have names.</summary>
/// <param name="kind">What the specification calls its members where one is defined twice.</param>
/// <param name="reference">What it calls them where one is missing, if that differs.</param>
internal sealed class IndexSpace(string kind, string? reference = null)
{
    private readonly Dictionary<string, uint> _names = [];
    private readonly Dictionary<uint, string> _annotated = [];

    public uint Count { get; private set; }

    /// <summary>The names of members by index: those of annotations before identifiers.</summary>
    public IReadOnlyList<(uint Index, string Name)> Names() =>
    [
        .. _names.Where(pair => !_annotated.ContainsKey(pair.Value)).Select(pair => (Index: pair.Value, Name: pair.Key))
            .Concat(_annotated.Select(pair => (Index: pair.Key, Name: pair.Value))).OrderBy(pair => pair.Index),
    ];

    /// <summary>Adds a member, with the identifier and the name annotation at the cursor if there are any.</summary>
    public uint Define(TextCursor cursor)
    {
        var name = cursor.TryIdentifier();
        if (name is not null && !_names.TryAdd(name, Count)) throw cursor.ErrorBefore($"duplicate {kind} ${name}");
        if (cursor.TakeName(kind) is { } annotated) _annotated.Add(Count, annotated);
        return Count++;
    }

    public uint DefineAnonymous() => Count++;

    public uint DefineAnonymous(uint count) => Count = checked(Count + count);

    /// <summary>
    /// The index at the cursor, a number or a name. Whether a number is in range is left to validation.
    /// </summary>
    public uint Resolve(TextCursor cursor)
    {
        if (cursor.Kind != TokenKind.Identifier) return cursor.U32();
        var name = cursor.TryIdentifier()!;
        return _names.TryGetValue(name, out var index)
            ? index
            : throw cursor.ErrorBefore($"unknown {reference ?? kind} ${name}");
    }
}

/// <summary>The index spaces and the types of the module being assembled.</summary>
internal sealed class ModuleScope
{
    public ModuleScope() => Types = new TypeTable(TypeNames);

    public IndexSpace TypeNames { get; } = new("type");
    public IndexSpace Functions { get; } = new("func", "function");
    public IndexSpace Tables { get; } = new("table");
    public IndexSpace Memories { get; } = new("memory");
    public IndexSpace Globals { get; } = new("global");
    public IndexSpace Tags { get; } = new("tag");
    public IndexSpace Elements { get; } = new("elem segment");
    public IndexSpace Data { get; } = new("data segment");
    public TypeTable Types { get; }
    public InnerNames LocalNames { get; } = new();
    public InnerNames LabelNames { get; } = new();
    public InnerNames FieldNames { get; } = new();
}
