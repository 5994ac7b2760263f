using System.Globalization;

namespace Drydock.Bench.Engines;

/// <summary>
/// The same programs natively, in Drydock and in other engines, in turns so that what else the machine does falls on
/// all of them.
/// </summary>
internal static class EngineComparison
{
    private const int MostRuns = 3;

    public static void Measure(BenchOptions options, Results results)
    {
        Engine[] engines = [.. Engine.All(options).Where(IsThere)];
        MeasureDirectory(options, results, engines, "shared programs", options.Workloads);
        if (options.MoreWorkloads is not { } more)
            Console.WriteLine("more programs: skipped, DRYDOCK_MORE_WORKLOADS names no directory with wasm/ and native/");
        else if (!Directory.Exists(Path.Join(more, "wasm")))
            Console.WriteLine($"more programs: skipped, there is no {more}/wasm");
        else MeasureDirectory(options, results, engines, "more programs", more);
    }

    private static bool IsThere(Engine engine)
    {
        if (engine.Missing is not null) Console.WriteLine($"{engine.Name}: skipped, {engine.Missing}");
        return engine.Missing is null;
    }

    private static void MeasureDirectory(BenchOptions options, Results results, Engine[] engines, string what,
        string directory)
    {
        int runs = Math.Min(MostRuns, options.Runs);
        Console.WriteLine($"{what}, times of native, median of {runs}");
        var rows = new List<Row>();
        foreach (Workload workload in Workload.Of(directory))
        {
            if (options.Program is { } program && workload.Name != program) continue;
            rows.Add(Measure(workload, engines, runs));
            Console.WriteLine(rows[^1]);
        }
        if (rows.Count > 0) Summarize(results, engines, what, rows);
    }

    private static Row Measure(Workload workload, Engine[] engines, int runs)
    {
        double[][] times = [.. engines.Select(_ => new double[runs])];
        double[] native = new double[runs];
        bool[] works = [.. engines.Select(engine => engine.TryPrepare(workload))];
        for (int run = 0; run < runs; run++)
        {
            native[run] = WorkloadSpeed.ReportedTime(ChildProcess.Read(workload.Native));
            for (int i = 0; i < engines.Length; i++)
                works[i] = works[i] && engines[i].TryRun(workload, out times[i][run]);
        }
        double twin = Results.Median(native);
        return new(workload.Name, twin,
            [.. times.Select((all, i) => works[i] ? Results.Median(all) / twin : double.NaN)]);
    }

    private static void Summarize(Results results, Engine[] engines, string what, List<Row> rows)
    {
        Console.WriteLine($"\n| {what} | native, s | {string.Join(" | ", engines.Select(engine => engine.Name))} |");
        Console.WriteLine($"| --- |{string.Concat(Enumerable.Repeat(" --- |", engines.Length + 1))}");
        foreach (Row row in rows) Console.WriteLine(row);
        Console.WriteLine();
        for (int i = 0; i < engines.Length; i++)
            results.Add($"{what} in {engines[i].Name}, geometric mean", Mean(rows, i), "x native", Goal(engines[i]));
        int ours = Index(engines, "optimized"), theirs = Index(engines, "Wasmtime");
        if (ours < 0 || theirs < 0) return;
        double[] beside =
            [.. rows.Select(row => row.Ratios[theirs] / row.Ratios[ours]).Where(double.IsFinite)];
        if (beside.Length == 0) return;
        results.Add($"{what}, Wasmtime's time, geometric mean", Results.GeometricMean(beside), "x ours",
            "at least 1.2");
        results.Add($"{what}, the slowest beside Wasmtime", 1 / beside.Min(), "x Wasmtime", "at most 1.2");
    }

    private static string Goal(Engine engine) => engine.Name == "optimized" ? "at most 1.1" : "";

    private static int Index(Engine[] engines, string name) => Array.FindIndex(engines, engine => engine.Name == name);

    /// <summary>Over the programs that the engine runs.</summary>
    private static double Mean(List<Row> rows, int engine) =>
        Results.GeometricMean(rows.Select(row => row.Ratios[engine]).Where(double.IsFinite));

    /// <summary>A program's line: its twin's seconds, and each engine's as times of that.</summary>
    private sealed record Row(string Name, double Native, double[] Ratios)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture,
            $"| {Name} | {Native:0.00} | {string.Join(" | ", Ratios.Select(Format))} |");

        private static string Format(double ratio) =>
            double.IsFinite(ratio) ? ratio.ToString("0.00", CultureInfo.InvariantCulture) : "failed";
    }
}
