using Drydock.Compiler;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A global variable (spec: 4.2.9).</summary>
public sealed unsafe class Global : Extern
{
    private readonly Value* _cell;

    /// <param name="store">The store.</param>
    /// <param name="type">The type as its module spells it.</param>
    /// <param name="canonical">The value type with engine-wide numbers as type indices.</param>
    /// <param name="cell">Where the value is, aligned to 16 bytes.</param>
    internal Global(Store store, GlobalType type, ValueType canonical, nint cell) : base(store)
    {
        Type = type;
        CanonicalType = canonical;
        _cell = (Value*)cell;
        if (canonical.IsReference && !store.Engine.Signatures.IsFunction(canonical.Heap)) store.AddRoot(cell);
    }

    /// <summary>Makes a global.</summary>
    public static Global Create(Store store, GlobalType type, Value initial)
    {
        store.EnsureAlive();
        store.CheckReference(initial, type.Type);
        var global = new Global(store, type, type.Type, (nint)store.Blocks.Allocate(VmContextLayout.GlobalCellSize));
        global.Set(initial);
        return global;
    }

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Global;
    /// <inheritdoc/>
    public override ExternType ExternType => new(Type);
    /// <summary>The type.</summary>
    public GlobalType Type { get; }

    /// <summary>The value.</summary>
    /// <exception cref="InvalidOperationException">On setting: the global is immutable.</exception>
    public Value Value
    {
        get
        {
            Store.EnsureAlive();
            return Store.ToHost(*_cell, CanonicalType);
        }
        set
        {
            Store.EnsureAlive();
            if (!Type.IsMutable) throw new InvalidOperationException("cannot set the value of an immutable global");
            Store.CheckReference(value, CanonicalType);
            Set(value);
        }
    }

    internal ValueType CanonicalType { get; }
    internal nint Cell => (nint)_cell;

    /// <summary>Sets the value of a global that is being made.</summary>
    internal void Set(Value value) => *_cell = value;
}
