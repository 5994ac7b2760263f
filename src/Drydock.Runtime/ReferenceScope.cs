namespace Drydock.Runtime;

/// <summary>
/// A stretch of time: references to guests' objects that the host is given in it stay valid until it ends. Scopes end
/// in the opposite order of their beginning; each call of a host function is one by itself. Outside of any scope
/// references stay valid as long as the store, and keep their objects.
/// </summary>
public readonly struct ReferenceScope : IDisposable
{
    private readonly Store? _store;
    private readonly int _count;

    internal ReferenceScope(Store store)
    {
        _store = store;
        _count = store.References.Count;
    }

    /// <summary>Ends the scope.</summary>
    public void Dispose() => _store?.References.Close(_count);
}

/// <summary>
/// Keeps a reference to a guest's object valid, and the object alive, whatever scopes end. Dispose it when done.
/// </summary>
public sealed class HeldReference : IDisposable
{
    private readonly Store _store;
    private bool _disposed;

    internal HeldReference(Store store, Value value)
    {
        _store = store;
        Value = value;
        if (Store.IsObject(value)) store.References.Hold(value.Handle);
    }

    /// <summary>The reference.</summary>
    public Value Value { get; }

    /// <summary>Lets the object go.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        if (Store.IsObject(Value)) _store.References.Release(Value.Handle);
    }
}
