using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;
using Drydock.Runtime;

namespace Drydock.Containers;

/// <summary>Whether the optimizing tier is there, and what stands in its way.</summary>
public static class OptimizingTier
{
    /// <summary>The level that is used where none is asked for.</summary>
    public const int DefaultLevel = 2;
    /// <summary>The highest level.</summary>
    public const int HighestLevel = 3;

    internal const string Missing = "install libLLVM 15 or later, for instance the package libllvm19";

    /// <summary>Whether libLLVM can be loaded; loads it.</summary>
    public static bool IsAvailable =>
        Environment.GetEnvironmentVariable("DRYDOCK_LIBLLVM") != "off" && LlvmLibrary.IsAvailable;

    /// <summary>The compiler of a level, for this machine or another processor.</summary>
    internal static IFunctionCompiler Create(int level, TargetCpu? target = null) => level == 0
        ? new BaselineCompiler()
        : new OptimizingCompiler(new LlvmCompiler((OptimizationLevel)level, target), new BaselineCompiler());

    /// <summary>The settings of a level.</summary>
    internal static CompilerSettings Settings(Engine engine, int level, TargetCpu? target = null)
    {
        if (target is null) return level == 0 ? engine.Settings : Processor.Optimized(engine.Settings, level);
        return engine.Settings with
        {
            Features = TargetCpu.Features,
            Level = level,
            Machine = level == 0 ? 0 : target.Machine,
        };
    }
}
