namespace Drydock.Wasm.Text;

/// <summary>The custom section that keeps the identifiers of the module and its functions (spec: 7.4.1), for backtraces.</summary>
internal static class NameSectionEmitter
{
    /// <summary>The section's content, or nothing when nothing has a name.</summary>
    public static byte[] Build(string? module, IReadOnlyDictionary<string, uint> functions)
    {
        if (module is null && functions.Count == 0) return [];
        var section = new ModuleEmitter();
        section.Name("name");
        if (module is not null) AddSubsection(section, 0, content => content.Name(module));
        if (functions.Count > 0) AddSubsection(section, 1, content => NameMap(content, functions));
        return section.ToArray();
    }

    private static void AddSubsection(ModuleEmitter section, int id, Action<ModuleEmitter> write)
    {
        var content = new ModuleEmitter();
        write(content);
        section.Byte(id);
        section.Vector(content.Written);
    }

    private static void NameMap(ModuleEmitter content, IReadOnlyDictionary<string, uint> names)
    {
        content.Unsigned((ulong)names.Count);
        foreach (var (name, index) in names.OrderBy(pair => pair.Value))
        {
            content.Unsigned(index);
            content.Name(name);
        }
    }
}
