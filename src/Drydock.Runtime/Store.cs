namespace Drydock.Runtime;

/// <summary>
/// The state of a group of instances (spec: 4.2.4): everything a guest can change. One thread at a time may use a store and
/// what is in it; other threads may only call <see cref="Interrupt"/>. Dispose it to return its memory to the system: it is
/// not done by the garbage collector, so that a <see cref="Span{T}"/> of a guest's memory never outlives it unseen.
/// </summary>
public sealed class Store : IDisposable
{
    /// <summary>Makes an empty store.</summary>
    public Store(Engine engine, StoreOptions? options = null)
    {
        Engine = engine;
        Options = options ?? new();
        HostData = Options.HostData;
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }
    /// <summary>How the store was made.</summary>
    public StoreOptions Options { get; }
    /// <summary>Whatever the host wants to find again from <see cref="HostCall.Caller"/>.</summary>
    public object? HostData { get; set; }

    /// <summary>
    /// Guests trap with "interrupted" once the engine's epoch has been incremented <paramref name="ticks"/> more times.
    /// Needs <see cref="EngineOptions.EpochInterruption"/>.
    /// </summary>
    public void SetEpochDeadline(ulong ticks) => throw new NotImplementedException();

    /// <summary>
    /// Makes the running guest trap with "interrupted" at its next loop head or function entry, or the next guest if none
    /// is running; until <see cref="SetEpochDeadline"/> is called again. May be called from any thread.
    /// Needs <see cref="EngineOptions.EpochInterruption"/>.
    /// </summary>
    public void Interrupt() => throw new NotImplementedException();

    /// <summary>An <c>externref</c> to <paramref name="target"/>; equal for the same object.</summary>
    public Value ToExternalReference(object? target) => throw new NotImplementedException();
    /// <summary>The object of an <c>externref</c>; null for the null reference.</summary>
    public object? FromExternalReference(Value reference) => throw new NotImplementedException();
    /// <summary>The function of a <c>funcref</c>; null for the null reference.</summary>
    public Function? FromFunctionReference(Value reference) => throw new NotImplementedException();

    /// <summary>Ends all instances and returns their memory. No guest may be running.</summary>
    public void Dispose() { }
}
