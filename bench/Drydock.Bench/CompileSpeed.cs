using System.Diagnostics;
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

    /// <summary>
    /// Programs that are decoded only: those above hold most of the kinds of code there are to compile.
    /// </summary>
    private static readonly string[] MorePrograms = ["zstd", "zlib", "cppb", "kernels.simd", "hello"];

    public static void Measure(BenchOptions options, Results results)
    {
        Console.WriteLine($"compilers, one core, median of {options.Runs}");
        foreach (string program in Programs)
        {
            byte[] bytes = File.ReadAllBytes(options.Wasm(program));
            MeasureDecoder(options, results, program, bytes);
            WasmModule module = ModuleDecoder.Decode(bytes);
            double compile = Median(options, () => CompileAll(module));
            results.Add($"baseline compile {program}", CodeSize(module) / 1e6 / compile, "MB/s", "at least 40");
        }
        foreach (string program in MorePrograms)
            MeasureDecoder(options, results, program, File.ReadAllBytes(options.Wasm(program)));
    }

    /// <summary>Bytes of module for each second of processor time, on however many threads.</summary>
    private static void MeasureDecoder(BenchOptions options, Results results, string program, byte[] bytes)
    {
        // Processor time is counted in steps of milliseconds, so that small modules are decoded many times.
        int repeats = 1 + 10_000_000 / bytes.Length;
        using var process = Process.GetCurrentProcess();
        double Seconds()
        {
            process.Refresh();
            TimeSpan start = process.TotalProcessorTime;
            for (int i = 0; i < repeats; i++) ModuleDecoder.Decode(bytes);
            process.Refresh();
            return (process.TotalProcessorTime - start).TotalSeconds / repeats;
        }
        Seconds();
        double median = Results.Median(Enumerable.Range(0, options.Runs).Select(_ => Seconds()));
        results.Add($"decode and validate {program}, a core", bytes.Length / 1e6 / median, "MB/s", "at least 150");
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
