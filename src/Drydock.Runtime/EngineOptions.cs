using Drydock.Compiler;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>How an engine compiles and runs guests.</summary>
public sealed record EngineOptions
{
    /// <summary>What modules may use; one that uses anything else is refused as malformed or invalid.</summary>
    public WasmFeatures Features { get; init; } = WasmFeatures.All;

    /// <summary>
    /// Whether guests look at the epoch at loop heads and function entries, so that <see cref="Store.SetEpochDeadline"/>
    /// and <see cref="Store.Interrupt"/> stop them. Costs a few per cent of speed.
    /// </summary>
    public bool EpochInterruption { get; init; }

    /// <summary>
    /// Bytes of native stack that guests may use from the outermost call on; never more than the thread has, less a
    /// reserve for the host. A guest that needs more traps with "call stack exhausted".
    /// </summary>
    public long MaxWasmStack { get; init; } = 1 << 20;

    /// <summary>
    /// Whether stores collect their heap at every allocation, to find code that keeps references where they are not
    /// seen. Extremely slow.
    /// </summary>
    public bool StressHeap { get; init; }

    /// <summary>What turns functions into machine code; null for the baseline compiler.</summary>
    public IFunctionCompiler? Compiler { get; init; }
}

/// <summary>
/// Upper bounds on what the guests of one store may hold. Instantiation beyond them fails; growth returns -1.
/// </summary>
public sealed record StoreLimits
{
    /// <summary>Bytes of all memories together.</summary>
    public long MaxMemoryBytes { get; init; } = long.MaxValue;
    /// <summary>Elements of all tables together.</summary>
    public long MaxTableElements { get; init; } = 20_000_000;
    /// <summary>
    /// Bytes of the heap for structures, arrays, exceptions and external references, at least 64 KiB. A guest that
    /// needs more traps with "out of memory". That much address space is reserved when the heap is first used.
    /// </summary>
    public long MaxHeapBytes { get; init; } = 4L << 30;
    /// <summary>Instances.</summary>
    public int MaxInstances { get; init; } = 10_000;
}

/// <summary>How a store is made.</summary>
public sealed record StoreOptions
{
    /// <summary>Upper bounds on what guests may hold.</summary>
    public StoreLimits Limits { get; init; } = new();
    /// <summary>Whatever the host wants to find again in <see cref="Store.HostData"/>.</summary>
    public object? HostData { get; init; }
}
