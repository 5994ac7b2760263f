using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Runtime;
using Drydock.Wasm;

namespace Drydock.Bench;

/// <summary>
/// Bytes of code section turned into machine code per second of processor time, every function, on one core: what else
/// the machine does while this is measured tells little.
/// </summary>
internal static unsafe partial class CompileSpeed
{
    private const int ThreadTime = 3;
    private static readonly string[] Programs = ["cpython", "sqlite", "lua", "zstd.simd", "simdk.simd"];

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
            results.Add($"baseline compile {program}", CodeSize(module) / 1e6 / compile, "MB/s", "at least 40");
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
        double start = Now();
        action();
        return Now() - start;
    }

    /// <summary>Seconds of processor time of this thread.</summary>
    private static double Now()
    {
        long* time = stackalloc long[2];
        _ = GetTime(ThreadTime, time);
        return time[0] + time[1] / 1e9;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int GetTime(int clock, long* time);
}
