using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;
using Drydock.Runtime;

namespace Drydock.Fuzz.Differential;

/// <summary>How the engine of a worker is set.</summary>
internal static class WorkerOptions
{
    /// <summary>Compiles as for a processor that has no more than some features.</summary>
    private sealed class PlainCompiler(CpuFeatures features) : IFunctionCompiler
    {
        private readonly BaselineCompiler _compiler = new();

        public FunctionCode Compile(CompilationUnit unit, int bodyIndex) =>
            _compiler.Compile(
                unit with { Settings = unit.Settings with { Features = unit.Settings.Features & features } },
                bodyIndex);
    }

    /// <summary>
    /// <c>--plain-cpu</c>: nothing beyond AVX; <c>--epoch</c>: with checks for interruption; <c>--stress-heap</c>: a
    /// collection at every allocation; <c>--optimize</c>: with LLVM, where it can; <c>--image</c>: all functions of a
    /// module beforehand rather than each when it is called.
    /// </summary>
    public static EngineOptions Parse(ReadOnlySpan<string> arguments, out bool usesImages)
    {
        var options = new EngineOptions();
        usesImages = arguments.Contains("--image");
        foreach (string argument in arguments)
        {
            options = argument switch
            {
                "--plain-cpu" => options with { Compiler = new PlainCompiler(CpuFeatures.Avx) },
                "--optimize" =>
                    options with { Compiler = new OptimizingCompiler(new LlvmCompiler(), new BaselineCompiler()) },
                "--stress-heap" => options with { StressHeap = true },
                "--image" => options,
                "--epoch" => options with { EpochInterruption = true },
                _ => throw new ArgumentException($"unknown option '{argument}'"),
            };
        }
        return options;
    }
}
