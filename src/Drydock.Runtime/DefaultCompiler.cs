using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;

namespace Drydock.Runtime;

/// <summary>
/// The compiler that engines use unless they are told otherwise: baseline, or the optimizing tier where
/// <c>DRYDOCK_OPT=optimize</c> is in the environment.
/// </summary>
internal static class DefaultCompiler
{
    /// <summary>Whether it is the optimizing tier.</summary>
    public static bool IsOptimizing { get; } = Environment.GetEnvironmentVariable("DRYDOCK_OPT") == "optimize";

    public static IFunctionCompiler Instance { get; } =
        IsOptimizing ? new OptimizingCompiler(new LlvmCompiler(), new BaselineCompiler()) : new BaselineCompiler();
}
