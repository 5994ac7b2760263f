namespace Drydock.Runtime;

/// <summary>
/// What modules, stores and linkers have in common: settings, the epoch, type identities. Cheap to make; thread-safe.
/// </summary>
public sealed class Engine : IDisposable
{
    /// <summary>Makes an engine.</summary>
    /// <exception cref="PlatformNotSupportedException">This machine cannot run compiled code.</exception>
    public Engine(EngineOptions? options = null) => Options = options ?? new();

    /// <summary>The settings.</summary>
    public EngineOptions Options { get; }

    /// <summary>Lets one tick of time pass for the deadlines of all stores. May be called from any thread.</summary>
    public void IncrementEpoch() => throw new NotImplementedException();

    /// <summary>Ends the engine. Dispose its stores and modules first.</summary>
    public void Dispose() { }
}
