using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;

namespace Drydock.Runtime;

/// <summary>
/// What modules, stores and linkers have in common: settings, the epoch, type identities. Cheap to make; thread-safe.
/// </summary>
public sealed unsafe class Engine : IDisposable
{
    private readonly ulong* _epoch;
    private bool _disposed;

    /// <summary>Makes an engine.</summary>
    /// <exception cref="PlatformNotSupportedException">This machine cannot run compiled code.</exception>
    public Engine(EngineOptions? options = null)
    {
        if (!OperatingSystem.IsLinux() || RuntimeInformation.ProcessArchitecture != Architecture.X64)
            throw new PlatformNotSupportedException("cannot run guests here: compiled code needs Linux on x86-64");
        if ((Processor.Features & CpuFeatures.Avx) == 0)
            throw new PlatformNotSupportedException("cannot run guests here: this processor has no AVX");
        Options = options ?? new();
        var settings = new CompilerSettings()
        {
            EpochInterruption = Options.EpochInterruption,
            Features = Processor.Features,
        };
        Settings = Options.Compiler is null && DefaultCompiler.IsOptimizing
            ? Processor.Optimized(settings, 2)
            : settings;
        _epoch = (ulong*)NativeMemory.AllocZeroed(64);
    }

    /// <summary>The settings.</summary>
    public EngineOptions Options { get; }

    /// <summary>What code is compiled for; it runs in engines whose settings are the same.</summary>
    public CompilerSettings Settings { get; }
    /// <summary>What turns functions into machine code.</summary>
    public IFunctionCompiler Compiler => Options.Compiler ?? DefaultCompiler.Instance;

    internal SignatureRegistry Signatures { get; } = new();
    internal ThunkPool Thunks { get; } = new();
    internal ulong* EpochCounter => _epoch;

    /// <summary>Lets one tick of time pass for the deadlines of all stores. May be called from any thread.</summary>
    public void IncrementEpoch()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Interlocked.Increment(ref *_epoch);
    }

    /// <summary>Ends the engine. Dispose its stores and modules first.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Thunks.Dispose();
        Signatures.Dispose();
        NativeMemory.Free(_epoch);
    }
}
