namespace Drydock.Wasm.Text;

/// <summary>How many of a text's identifiers are kept in the custom section <c>name</c>.</summary>
public enum TextNames
{
    /// <summary>None.</summary>
    None,
    /// <summary>Those of the module and its functions, for backtraces.</summary>
    Functions,
    /// <summary>All: those of locals, labels, types, fields and everything else too.</summary>
    All,
}

/// <summary>Names inside of numbered members: locals and labels of functions, fields of types.</summary>
internal sealed class InnerNames
{
    private readonly List<(uint Outer, IReadOnlyList<(uint Index, string Name)> Names)> _all = [];

    public void Add(uint outer, IReadOnlyList<(uint Index, string Name)> names)
    {
        if (names.Count > 0) _all.Add((outer, names));
    }

    public IReadOnlyList<(uint Outer, IReadOnlyList<(uint Index, string Name)> Names)> All => _all;
}

/// <summary>Writes the custom section <c>name</c> (spec: 7.4.1).</summary>
internal static class NameSectionEmitter
{
    /// <summary>The section's content, or nothing when nothing has a name.</summary>
    public static byte[] Build(string? module, ModuleScope scope, TextNames detail)
    {
        var section = new ModuleEmitter();
        section.Name("name");
        var empty = section.Length;
        if (detail == TextNames.None) return [];
        if (module is not null) AddSubsection(section, 0, content => content.Name(module));
        AddNames(section, NameKind.Function, scope.Functions);
        if (detail == TextNames.All) AddAll(section, scope);
        return section.Length == empty ? [] : section.ToArray();
    }

    private static void AddAll(ModuleEmitter section, ModuleScope scope)
    {
        AddInner(section, NameSection.LocalSubsection, scope.LocalNames);
        AddInner(section, NameSection.LabelSubsection, scope.LabelNames);
        AddNames(section, NameKind.Type, scope.TypeNames);
        AddNames(section, NameKind.Table, scope.Tables);
        AddNames(section, NameKind.Memory, scope.Memories);
        AddNames(section, NameKind.Global, scope.Globals);
        AddNames(section, NameKind.Element, scope.Elements);
        AddNames(section, NameKind.Data, scope.Data);
        AddInner(section, NameSection.FieldSubsection, scope.FieldNames);
        AddNames(section, NameKind.Tag, scope.Tags);
    }

    private static void AddNames(ModuleEmitter section, NameKind kind, IndexSpace space)
    {
        var names = space.Names();
        if (names.Count > 0) AddSubsection(section, (byte)kind, content => NameMap(content, names));
    }

    private static void AddInner(ModuleEmitter section, byte kind, InnerNames names)
    {
        if (names.All.Count > 0) AddSubsection(section, kind, content => InnerMaps(content, names));
    }

    private static void AddSubsection(ModuleEmitter section, byte id, Action<ModuleEmitter> write)
    {
        var content = new ModuleEmitter();
        write(content);
        section.Byte(id);
        section.Vector(content.Written);
    }

    private static void InnerMaps(ModuleEmitter content, InnerNames names)
    {
        content.Unsigned((ulong)names.All.Count);
        foreach (var (outer, inner) in names.All)
        {
            content.Unsigned(outer);
            NameMap(content, inner);
        }
    }

    private static void NameMap(ModuleEmitter content, IReadOnlyList<(uint Index, string Name)> names)
    {
        content.Unsigned((ulong)names.Count);
        foreach (var (index, name) in names)
        {
            content.Unsigned(index);
            content.Name(name);
        }
    }
}
