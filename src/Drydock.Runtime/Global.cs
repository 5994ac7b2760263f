using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A global variable (spec: 4.2.9).</summary>
public sealed class Global : Extern
{
    private Global(Store store) : base(store) { }

    /// <summary>Makes a global.</summary>
    public static Global Create(Store store, GlobalType type, Value initial) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Global;
    /// <inheritdoc/>
    public override ExternType ExternType => new(Type);
    /// <summary>The type.</summary>
    public GlobalType Type => throw new NotImplementedException();

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">On setting: the global is immutable.</exception>
    public Value Value
    {
        get => throw new NotImplementedException();
        set => throw new NotImplementedException();
    }
}
