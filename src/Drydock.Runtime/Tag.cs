using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>An exception tag (spec: 4.2.10). Guests share it through imports and exports; it is told by its identity.</summary>
public sealed class Tag : Extern
{
    internal Tag(Store store, FunctionType type, int signature) : base(store)
    {
        Type = type;
        Signature = signature;
    }

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Tag;
    /// <inheritdoc/>
    public override ExternType ExternType => ExternType.Tag(Type);
    /// <summary>The type whose parameters an exception of this tag carries.</summary>
    public FunctionType Type { get; }

    /// <summary>The engine-wide number of <see cref="Type"/>.</summary>
    internal int Signature { get; }
}
