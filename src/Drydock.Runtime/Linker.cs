using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>
/// Collects what guests may import, and instantiates modules with it. Host functions belong to no store and serve any
/// store of the engine; other items only the store they live in. A later definition replaces an earlier one.
/// </summary>
public sealed class Linker
{
    /// <summary>An empty linker.</summary>
    public Linker(Engine engine) => Engine = engine;

    /// <summary>The engine.</summary>
    public Engine Engine { get; }

    /// <summary>Offers <paramref name="function"/> to guests as <paramref name="module"/>.<paramref name="name"/>.</summary>
    public void DefineFunction(string module, string name, FunctionType type, HostFunction function) =>
        throw new NotImplementedException();

    /// <summary>Offers an item of a store to guests as <paramref name="module"/>.<paramref name="name"/>.</summary>
    public void Define(string module, string name, Extern item) => throw new NotImplementedException();

    /// <summary>Offers all exports of <paramref name="instance"/> under the module name <paramref name="name"/>.</summary>
    public void DefineInstance(string name, Instance instance) => throw new NotImplementedException();

    /// <summary>
    /// Instantiates <paramref name="module"/> (spec: 4.5.4) and runs its start function.
    /// </summary>
    /// <exception cref="LinkException">An import is missing or does not match, or a limit is exceeded.</exception>
    /// <exception cref="TrapException">A segment does not fit, or the start function trapped.</exception>
    public Instance Instantiate(Store store, Module module) => throw new NotImplementedException();
}
