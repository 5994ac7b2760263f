using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>Functions of the host under one module name, made as guests import them.</summary>
public abstract class HostModule
{
    /// <summary>The names of all functions.</summary>
    public abstract IReadOnlyList<string> Names { get; }

    /// <summary>Makes a function.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its parameter and result types.</param>
    /// <returns>Null if there is no function of this name.</returns>
    public abstract HostFunction? Find(string name, out FunctionType type);
}
