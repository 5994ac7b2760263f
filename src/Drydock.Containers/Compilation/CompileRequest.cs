using Drydock.Compiler;

namespace Drydock.Containers;

/// <summary>How a module is compiled ahead of its next start.</summary>
public sealed record CompileRequest
{
    /// <summary>The module's file.</summary>
    public required string Path { get; init; }
    /// <summary>A file to write instead of an entry of the cache.</summary>
    public string? Output { get; init; }
    /// <summary>The processor to compile for, which needs an <see cref="Output"/>; null for this machine's.</summary>
    public TargetCpu? Target { get; init; }
    /// <summary>Level of the optimizing tier, 1 to 3; 0 for baseline.</summary>
    public int Level { get; init; }
    /// <summary>
    /// Whether hot functions are optimized and stored before the others, by all processors, and the others by one.
    /// </summary>
    public bool HotFirst { get; init; }
    /// <summary>Hears how many functions of how many are compiled, by any thread.</summary>
    public Action<int, int>? Progress { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="Functions">Number of functions.</param>
/// <param name="Compiled">Number of functions whose code was written.</param>
/// <param name="Bytes">Size of what was written.</param>
/// <param name="Time">How long compiling took.</param>
public sealed record CompileResult(int Functions, int Compiled, long Bytes, TimeSpan Time);
