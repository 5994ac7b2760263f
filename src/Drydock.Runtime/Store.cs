using System.Globalization;
using Drydock.Compiler;
using Drydock.Runtime.Native;

namespace Drydock.Runtime;

/// <summary>
/// The state of a group of instances (spec: 4.2.4): everything a guest can change. One thread at a time may use a store
/// and what is in it; other threads may only call <see cref="Interrupt"/>. Dispose it to return its memory to the
/// system: it is not done by the garbage collector, so that a <see cref="Span{T}"/> of a guest's memory never outlives
/// it unseen.
/// </summary>
public sealed unsafe partial class Store : IDisposable
{
    private static long _lastId;
    private readonly List<Instance> _instances = [];
    private readonly List<IDisposable> _resources = [];
    private readonly ulong _functionTag;
    private long _memoryBytes, _tableElements;
    private bool _disposed;

    /// <summary>Makes an empty store.</summary>
    public Store(Engine engine, StoreOptions? options = null)
    {
        Engine = engine;
        Options = options ?? new();
        HostData = Options.HostData;
        _functionTag = (ulong)Interlocked.Increment(ref _lastId) << 1;
        Context = Blocks.Allocate((nuint)StoreContextLayout.Size);
        VmContext.Word(Context, StoreContextLayout.EpochCounter) = (nint)engine.EpochCounter;
        VmContext.UInt64(Context, StoreContextLayout.EpochDeadline) = ulong.MaxValue;
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }
    /// <summary>How the store was made.</summary>
    public StoreOptions Options { get; }
    /// <summary>Whatever the host wants to find again from <see cref="HostCall.Caller"/>.</summary>
    public object? HostData { get; set; }

    /// <summary>The block that <see cref="StoreContextLayout"/> declares.</summary>
    internal byte* Context { get; }
    internal NativeBlocks Blocks { get; } = new();
    /// <summary>What a host function or the compiler threw; the next site with a pending trap hands it on.</summary>
    internal Exception? PendingException { get; set; }

    /// <summary>
    /// Guests trap with "interrupted" once the engine's epoch has been incremented <paramref name="ticks"/> more times.
    /// Needs <see cref="EngineOptions.EpochInterruption"/>.
    /// </summary>
    public void SetEpochDeadline(ulong ticks)
    {
        EnsureAlive();
        ulong now = Volatile.Read(ref *Engine.EpochCounter);
        ulong deadline = ticks > ulong.MaxValue - now ? ulong.MaxValue : now + ticks;
        Volatile.Write(ref VmContext.UInt64(Context, StoreContextLayout.EpochDeadline), deadline);
    }

    /// <summary>
    /// Makes the running guest trap with "interrupted" at its next loop head or function entry, or the next guest if
    /// none is running; until <see cref="SetEpochDeadline"/> is called again. May be called from any thread, but not
    /// while the store is being disposed. Needs <see cref="EngineOptions.EpochInterruption"/>.
    /// </summary>
    public void Interrupt()
    {
        EnsureAlive();
        Volatile.Write(ref VmContext.UInt64(Context, StoreContextLayout.EpochDeadline), 0);
    }

    /// <summary>Whether the running guest is to stop: the epoch has reached the deadline.</summary>
    internal bool IsInterrupted => Volatile.Read(ref *Engine.EpochCounter)
        >= Volatile.Read(ref VmContext.UInt64(Context, StoreContextLayout.EpochDeadline));

    /// <summary>Ends all instances and returns their memory. No guest may be running.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        if (_runner != null) throw new InvalidOperationException("cannot dispose a store while a guest runs in it");
        _disposed = true;
        foreach (var instance in _instances) instance.Module.Release();
        foreach (var resource in _resources) resource.Dispose();
        _heap?.Dispose();
        Blocks.Dispose();
    }

    /// <summary>A function reference as a value.</summary>
    internal Value FunctionValue(nint reference) => new((ulong)reference, _functionTag);

    internal void EnsureAlive() => ObjectDisposedException.ThrowIf(_disposed, this);

    /// <summary>Refuses an item of another store.</summary>
    internal void EnsureOwns(Extern item, string what)
    {
        if (item.Store != this) throw new InvalidOperationException($"cannot use {what}: it belongs to another store");
    }

    /// <summary>Takes in an instance for as long as the store lives.</summary>
    internal void Add(Instance instance)
    {
        EnsureAlive();
        if (_instances.Count >= Options.Limits.MaxInstances)
        {
            throw new LinkException(string.Create(CultureInfo.InvariantCulture,
                $"cannot instantiate: the store is limited to {Options.Limits.MaxInstances} instances"));
        }
        instance.Module.AddReference();
        _instances.Add(instance);
    }

    /// <summary>Disposes <paramref name="resource"/> with the store.</summary>
    internal void Own(IDisposable resource) => _resources.Add(resource);

    /// <summary>Counts bytes of memory; false if that would exceed the limit.</summary>
    internal bool TryCountMemory(ulong bytes) => TryCount(ref _memoryBytes, bytes, Options.Limits.MaxMemoryBytes);

    /// <summary>Counts elements of tables; false if that would exceed the limit.</summary>
    internal bool TryCountElements(ulong count) => TryCount(ref _tableElements, count, Options.Limits.MaxTableElements);

    /// <summary>Takes back a count for memory that could not be had after all.</summary>
    internal void UncountMemory(ulong bytes) => _memoryBytes -= (long)bytes;

    private static bool TryCount(ref long total, ulong more, long limit)
    {
        if (more > long.MaxValue || total > limit - (long)more) return false;
        total += (long)more;
        return true;
    }
}
