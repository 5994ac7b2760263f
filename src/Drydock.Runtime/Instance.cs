namespace Drydock.Runtime;

/// <summary>An instantiated module (spec: 4.2.5).</summary>
public sealed class Instance
{
    internal Instance(Store store, Module module)
    {
        Store = store;
        Module = module;
    }

    /// <summary>The store.</summary>
    public Store Store { get; }
    /// <summary>The module.</summary>
    public Module Module { get; }
    /// <summary>Exported items by name.</summary>
    public IReadOnlyDictionary<string, Extern> Exports => throw new NotImplementedException();

    /// <summary>The export called <paramref name="name"/>, or null.</summary>
    public Extern? GetExport(string name) => throw new NotImplementedException();
    /// <summary>The exported function called <paramref name="name"/>, or null.</summary>
    public Function? GetFunction(string name) => GetExport(name) as Function;
    /// <summary>The exported memory called <paramref name="name"/>, or null.</summary>
    public Memory? GetMemory(string name) => GetExport(name) as Memory;
    /// <summary>The exported table called <paramref name="name"/>, or null.</summary>
    public Table? GetTable(string name) => GetExport(name) as Table;
    /// <summary>The exported global called <paramref name="name"/>, or null.</summary>
    public Global? GetGlobal(string name) => GetExport(name) as Global;

    internal Span<byte> Memory0Span => throw new NotImplementedException();
}
