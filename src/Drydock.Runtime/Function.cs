using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A function of a store, a guest's or the host's (spec: 4.2.6).</summary>
public sealed class Function : Extern
{
    private Function(Store store, FunctionType type) : base(store) => Type = type;

    /// <summary>Makes a function of the host.</summary>
    public static Function Create(Store store, FunctionType type, HostFunction function) =>
        throw new NotImplementedException();

    /// <summary>Parameter and result types.</summary>
    public FunctionType Type { get; }
    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Function;
    /// <inheritdoc/>
    public override ExternType ExternType => new(Type);

    internal Value Reference => throw new NotImplementedException();

    /// <summary>Calls the function (spec: 4.5.5) and returns its results.</summary>
    /// <exception cref="TrapException">The guest trapped. Exceptions of host functions come through as they are.</exception>
    public Value[] Invoke(params ReadOnlySpan<Value> arguments)
    {
        var results = Type.Results.IsEmpty ? [] : new Value[Type.Results.Length];
        Invoke(arguments, results);
        return results;
    }

    /// <summary>Calls the function without allocating.</summary>
    /// <param name="arguments">As many values as there are parameters.</param>
    /// <param name="results">Receives the results; exactly as long as there are results.</param>
    /// <exception cref="TrapException">The guest trapped. Exceptions of host functions come through as they are.</exception>
    public void Invoke(ReadOnlySpan<Value> arguments, Span<Value> results) => throw new NotImplementedException();
}
