using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>
/// Collects what guests may import, and instantiates modules with it. Host functions belong to no store and serve any
/// store of the engine; other items only the store they live in. A later definition replaces an earlier one.
/// </summary>
public sealed class Linker
{
    private readonly Dictionary<(string Module, string Name), Definition> _definitions = [];
    private readonly Dictionary<string, HostModule> _hostModules = [];

    /// <summary>An empty linker.</summary>
    public Linker(Engine engine) => Engine = engine;

    /// <summary>Either an item of a store, or a function of the host.</summary>
    private readonly record struct Definition(Extern? Item, FunctionType? Type, int Signature, HostFunction? Host)
    {
        public ExternType ExternType => Item?.ExternType ?? new ExternType(Type!);
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>
    /// Offers <paramref name="function"/> to guests as <paramref name="module"/>.<paramref name="name"/>.
    /// </summary>
    public void DefineFunction(string module, string name, FunctionType type, HostFunction function) =>
        _definitions[(module, name)] = new(null, type, Engine.Signatures.Register(type), function);

    /// <summary>
    /// Offers functions of the host under the module name <paramref name="name"/>, each made when a guest imports it.
    /// What is offered under that name one by one comes before them.
    /// </summary>
    public void DefineModule(string name, HostModule module) => _hostModules[name] = module;

    /// <summary>
    /// Offers an item of a store to guests as <paramref name="module"/>.<paramref name="name"/>: to those of the same
    /// store, and a shared memory to those of any store of the engine.
    /// </summary>
    public void Define(string module, string name, Extern item)
    {
        if (item.Store.Engine != Engine) throw new InvalidOperationException("cannot define an item of another engine");
        _definitions[(module, name)] = new(item, null, -1, null);
    }

    /// <summary>
    /// Offers all exports of <paramref name="instance"/> under the module name <paramref name="name"/>.
    /// </summary>
    public void DefineInstance(string name, Instance instance)
    {
        foreach (var (export, item) in instance.Exports) Define(name, export, item);
    }

    /// <summary>
    /// Instantiates <paramref name="module"/> (spec: 4.5.4) and runs its start function.
    /// </summary>
    /// <exception cref="LinkException">An import is missing or does not match, or a limit is exceeded.</exception>
    /// <exception cref="TrapException">A segment does not fit, or the start function trapped.</exception>
    public Instance Instantiate(Store store, Module module)
    {
        if (store.Engine != Engine || module.Engine != Engine)
            throw new InvalidOperationException(
                "cannot instantiate: the store or the module belongs to another engine");
        var imports = module.Definition.Imports;
        var found = new Definition[imports.Length];
        for (int i = 0; i < imports.Length; i++) found[i] = Find(store, module, imports[i]);
        var instance = new Instance(store, module);
        for (int i = 0; i < imports.Length; i++) Bind(instance, imports[i], found[i]);
        Instantiation.Run(instance);
        return instance;
    }

    private Definition Find(Store store, Module module, in Import import)
    {
        var wanted = module.TypeOf(import.Kind, import.Index);
        if (!_definitions.TryGetValue((import.Module, import.Name), out var definition)
            && !TryMake(import, out definition))
            throw new LinkException(UnknownImport(import, wanted));
        if (definition.Item is Memory { Storage.Type.IsShared: true } shared && shared.Store != store)
            definition = definition with { Item = Memory.OfShared(store, shared.Storage) };
        if (definition.Item is { } item) store.EnsureOwns(item, $"\"{import.Module}\".\"{import.Name}\"");
        if (!Matches(definition, module, import))
        {
            throw new LinkException($"incompatible import type: the module needs \"{import.Module}\".\"{import.Name}\" "
                + $"as {wanted}, but what is offered is {definition.ExternType}");
        }
        return definition;
    }

    private bool TryMake(in Import import, out Definition definition)
    {
        definition = default;
        if (!_hostModules.TryGetValue(import.Module, out var module)) return false;
        if (module.Find(import.Name, out var type) is not { } function) return false;
        definition = new(null, type, Engine.Signatures.Register(type), function);
        return true;
    }

    /// <summary>External subtyping (spec: 3.3.9).</summary>
    private bool Matches(in Definition definition, Module module, in Import import) =>
        (import.Kind, definition.Item) switch
        {
            (ExternalKind.Function, null) => MatchesFunction(definition.Signature, module, import.Index),
            (ExternalKind.Function, Function function) => MatchesFunction(function.Signature, module, import.Index),
            (ExternalKind.Table, Table table) => MatchesTable(table, module, import.Index),
            (ExternalKind.Memory, Memory memory) => MatchesMemory(memory.Type, module.Definition.Memories[import.Index]),
            (ExternalKind.Global, Global global) => MatchesGlobal(global, module, import.Index),
            (ExternalKind.Tag, Tag tag) => tag.Signature == module.Signatures[module.Definition.Tags[import.Index]],
            _ => false,
        };

    private bool MatchesFunction(int signature, Module module, int index) =>
        Engine.Signatures.IsSubtype(signature, module.Signatures[module.Definition.Functions[index]]);

    private static bool MatchesTable(Table table, Module module, int index)
    {
        var wanted = module.Definition.Tables[index].Type;
        return SignatureRegistry.Canonical(wanted.Element, module.Signatures) == table.CanonicalElement
            && MatchesLimits(table.Type.Limits, wanted.Limits);
    }

    private static bool MatchesMemory(MemoryType offered, MemoryType wanted) =>
        offered.IsShared == wanted.IsShared && offered.PageSizeLog2 == wanted.PageSizeLog2
        && MatchesLimits(offered.Limits, wanted.Limits);

    private bool MatchesGlobal(Global global, Module module, int index)
    {
        var wanted = module.Definition.Globals[index].Type;
        var type = SignatureRegistry.Canonical(wanted.Type, module.Signatures);
        return global.Type.IsMutable == wanted.IsMutable
            && (wanted.IsMutable
                ? global.CanonicalType == type
                : Engine.Signatures.IsSubtype(global.CanonicalType, type));
    }

    private static bool MatchesLimits(Limits offered, Limits wanted) =>
        offered.Is64Bit == wanted.Is64Bit && offered.Minimum >= wanted.Minimum
        && (wanted.Maximum is not { } maximum || offered.Maximum <= maximum);

    private static void Bind(Instance instance, in Import import, in Definition definition)
    {
        switch (import.Kind)
        {
            case ExternalKind.Function: instance.SetFunction(import.Index, FunctionFor(instance, definition)); break;
            case ExternalKind.Table: instance.Tables[import.Index] = (Table)definition.Item!; break;
            case ExternalKind.Memory: instance.Memories[import.Index] = (Memory)definition.Item!; break;
            case ExternalKind.Global: instance.Globals[import.Index] = (Global)definition.Item!; break;
            case ExternalKind.Tag: instance.Tags[import.Index] = (Tag)definition.Item!; break;
        }
    }

    /// <summary>A function to import; one of the host is made anew, so that it knows who calls it.</summary>
    private static Function FunctionFor(Instance instance, in Definition definition)
    {
        if (definition.Host is { } host)
            return new Function(instance.Store, definition.Type!, definition.Signature, host, instance);
        var function = (Function)definition.Item!;
        return function.Host is { } itsHost
            ? new Function(instance.Store, function.Type, function.Signature, itsHost, instance)
            : function;
    }

    private string UnknownImport(in Import import, ExternType wanted)
    {
        const int MostNames = 10;
        string message = $"unknown import: \"{import.Module}\".\"{import.Name}\" ({wanted}) is not defined";
        var names = new List<string>();
        foreach (var (module, name) in _definitions.Keys)
            if (module == import.Module) names.Add(name);
        if (_hostModules.TryGetValue(import.Module, out var host)) names.AddRange(host.Names);
        if (names.Count == 0) return $"{message}; nothing is offered under \"{import.Module}\"";
        names.Sort(string.CompareOrdinal);
        string more = names.Count > MostNames ? $" and {names.Count - MostNames} more" : "";
        return $"{message}; \"{import.Module}\" offers {string.Join(", ", names.GetRange(0, Math.Min(names.Count, MostNames)))}{more}";
    }
}
