using System.Diagnostics;
using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Runtime;
using Drydock.Wasm;

namespace Drydock.Bench;

/// <summary>Bytes of code section turned into machine code per second, every function, on one core.</summary>
internal static class CompileSpeed
{
    private static readonly string[] Programs = ["cpython", "sqlite", "lua"];

    public static void Measure(BenchOptions options, Results results)
    {
        Console.WriteLine($"compilers, one core, median of {options.Runs}");
        foreach (string program in Programs)
        {
            byte[] bytes = File.ReadAllBytes(options.Wasm(program));
            double decode = Median(options, () => ModuleDecoder.Decode(bytes));
            results.Add($"decode and validate {program}", bytes.Length / 1e6 / decode, "MB/s");
            WasmModule module = ModuleDecoder.Decode(bytes);
            double compile = Median(options, () => CompileAll(module));
            results.Add($"baseline compile {program}", CodeSize(module) / 1e6 / compile, "MB/s", "at least 25");
        }
    }

    private static void CompileAll(WasmModule module)
    {
        var unit = new CompilationUnit(
            module, new VmContextLayout(module), new CompilerSettings { Features = Processor.Features });
        var compiler = new BaselineCompiler();
        for (int i = 0; i < module.Bodies.Length; i++) compiler.Compile(unit, i);
    }

    private static long CodeSize(WasmModule module)
    {
        long size = 0;
        foreach (FunctionBody body in module.Bodies) size += body.Code.Length;
        return size;
    }

    private static double Median(BenchOptions options, Action action)
    {
        action();
        return Results.Median(Enumerable.Range(0, options.Runs).Select(_ => Seconds(action)));
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
