using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A table of references (spec: 4.2.7).</summary>
public sealed class Table : Extern
{
    private Table(Store store) : base(store) { }

    /// <summary>Makes a table of the type's minimum size.</summary>
    public static Table Create(Store store, TableType type, Value initial = default) => throw new NotImplementedException();

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Table;
    /// <inheritdoc/>
    public override ExternType ExternType => new(Type);
    /// <summary>The type; the minimum is the current size.</summary>
    public TableType Type => throw new NotImplementedException();
    /// <summary>Current number of elements.</summary>
    public ulong Size => throw new NotImplementedException();

    /// <summary>An element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    public Value this[ulong index]
    {
        get => throw new NotImplementedException();
        set => throw new NotImplementedException();
    }

    /// <summary>Grows by <paramref name="count"/>; returns the old size, or -1 if a limit is in the way.</summary>
    public long Grow(ulong count, Value initial = default) => throw new NotImplementedException();
}
