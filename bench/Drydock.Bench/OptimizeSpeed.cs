namespace Drydock.Bench;

/// <summary>
/// What <c>drydock compile -O2</c> takes: bytes of the file per second of processor time, all threads together, and for
/// the largest program how long it takes by all processors, and with how much memory.
/// </summary>
internal static class OptimizeSpeed
{
    private const int MostRuns = 3;
    private const string Largest = "cpython";
    private static readonly string[] Programs = ["kernels", "simdk.simd", "zlib", "lua", "zstd", "sqlite"];

    public static void Measure(BenchOptions options, Results results)
    {
        string output = Path.GetTempFileName();
        try
        {
            int runs = Math.Min(MostRuns, options.Runs);
            Console.WriteLine($"the optimizing tier, median of {runs}");
            double[] speeds = [.. Programs.Select(program => Speed(options, results, runs, program, output))];
            results.Add("optimize, geometric mean", Results.GeometricMean(speeds), "KB/s and core", "at least 100");
            MeasureLargest(options, results, output);
        }
        finally
        {
            File.Delete(output);
        }
    }

    private static double Speed(BenchOptions options, Results results, int runs, string program, string output)
    {
        double seconds = Results.Median(
            Enumerable.Range(0, runs).Select(_ => Compile(options, program, output).ProcessorSeconds));
        double speed = new FileInfo(options.Wasm(program)).Length / 1e3 / seconds;
        results.Add($"optimize {program}", speed, "KB/s and core");
        return speed;
    }

    private static void MeasureLargest(BenchOptions options, Results results, string output)
    {
        Usage usage = Compile(options, Largest, output);
        double speed = new FileInfo(options.Wasm(Largest)).Length / 1e3 / usage.ProcessorSeconds;
        results.Add($"optimize {Largest}", speed, "KB/s and core", "at least 100");
        results.Add($"optimize {Largest}, wall clock, {Environment.ProcessorCount} processors",
            usage.Milliseconds / 1e3, "s", "at most 40 on two");
        results.Add($"optimize {Largest}, peak memory", usage.PeakKilobytes / 1e3, "MB", "at most 1500");
    }

    private static Usage Compile(BenchOptions options, string program, string output)
    {
        Usage usage = ChildProcess.Run(options.Drydock, "compile", "-O2", "-o", output, options.Wasm(program));
        return usage.Code == 0
            ? usage
            : throw new InvalidOperationException($"drydock compile -O2 {program} ended with {usage.Code}");
    }
}
