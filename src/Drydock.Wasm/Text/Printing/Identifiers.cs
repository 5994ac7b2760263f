namespace Drydock.Wasm.Text;

/// <summary>
/// Identifiers for the members of one index space, made of their names. No two are the same: a later one with the name
/// of an earlier gets a number, and its name stands beside it in an annotation.
/// </summary>
internal sealed class Identifiers
{
    private readonly string?[] _identifiers;
    private readonly string?[] _names;

    public Identifiers(int count, Func<int, string?> nameOf)
    {
        (_identifiers, _names) = (new string?[count], new string?[count]);
        var taken = new HashSet<string>(StringComparer.Ordinal);
        for (var i = 0; i < count; i++)
        {
            if (nameOf(i) is not { Length: > 0 } name) continue;
            var unique = MakeUnique(name, i, taken);
            _identifiers[i] = TextEscapes.Identifier(unique);
            if (unique != name) _names[i] = name;
        }
    }

    private static string MakeUnique(string name, int index, HashSet<string> taken)
    {
        var unique = name;
        while (!taken.Add(unique)) unique = $"{unique}#{index}";
        return unique;
    }

    public static Identifiers None { get; } = new(0, _ => null);

    /// <summary>What refers to a member: its identifier, or else its index.</summary>
    public string Reference(int index) =>
        ((uint)index < (uint)_identifiers.Length ? _identifiers[index] : null) ?? index.ToString();

    /// <summary>The identifier of a member, or null.</summary>
    public string? Identifier(int index) => _identifiers[index];

    /// <summary>
    /// What stands at the definition of a member, with a space before it: its identifier, else a comment that counts.
    /// </summary>
    public string Definition(int index) => _identifiers[index] is not { } identifier
        ? $" (;{index};)"
        : _names[index] is not { } name ? " " + identifier : $" {identifier} (@name {TextEscapes.Name(name)})";
}

/// <summary>The identifiers of a module.</summary>
internal sealed class ModuleIdentifiers
{
    private readonly WasmModule _module;
    private readonly Dictionary<int, Identifiers> _fields = [];

    public ModuleIdentifiers(WasmModule module)
    {
        _module = module;
        Types = Of(NameKind.Type, module.Types.Length);
        Functions = Of(NameKind.Function, module.Functions.Length);
        Tables = Of(NameKind.Table, module.Tables.Length);
        Memories = Of(NameKind.Memory, module.Memories.Length);
        Globals = Of(NameKind.Global, module.Globals.Length);
        Tags = Of(NameKind.Tag, module.Tags.Length);
        Elements = Of(NameKind.Element, module.Elements.Length);
        Data = Of(NameKind.Data, module.Data.Length);
    }

    public Identifiers Types { get; }
    public Identifiers Functions { get; }
    public Identifiers Tables { get; }
    public Identifiers Memories { get; }
    public Identifiers Globals { get; }
    public Identifiers Tags { get; }
    public Identifiers Elements { get; }
    public Identifiers Data { get; }

    private Identifiers Of(NameKind kind, int count) => new(count, index => _module.Names.NameOf(kind, index));

    public Identifiers Locals(int function, int count) => new(count, local => _module.Names.Local(function, local));

    /// <summary>Identifiers of the fields of a structure type.</summary>
    public Identifiers Fields(int type)
    {
        if (_fields.TryGetValue(type, out var fields)) return fields;
        var count = (_module.Types[type].Composite as StructType)?.Fields.Length ?? 0;
        return _fields[type] = new Identifiers(count, field => _module.Names.Field(type, field));
    }
}
