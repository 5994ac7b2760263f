using System.Globalization;
using System.Text.RegularExpressions;

namespace Drydock.Bench;

/// <summary>
/// Real programs in baseline code against their native twins in the same run, by the seconds they measure themselves.
/// </summary>
internal static partial class WorkloadSpeed
{
    private const int MostRuns = 3;
    private static readonly string[] Programs = ["kernels", "cppb", "lua", "sqlite", "zlib", "zstd"];

    public static void Measure(BenchOptions options, Results results)
    {
        int runs = Math.Min(MostRuns, options.Runs);
        Console.WriteLine($"programs in baseline code, times of native, median of {runs}");
        double[] scalar = [.. Programs.Select(program => Ratio(options, results, runs, program, program))];
        results.Add("programs without SIMD in baseline code, geometric mean", Results.GeometricMean(scalar), "x native",
            "at most 2.8");
        double[] vector = [.. Programs.Append("simdk").Select(program => Ratio(options, results, runs,
            program + ".simd", program))];
        results.Add("programs with SIMD in baseline code, geometric mean", Results.GeometricMean(vector), "x native",
            "at most 2.8");
    }

    private static double Ratio(BenchOptions options, Results results, int runs, string program, string native)
    {
        double ours = Time(runs, options.Drydock, "run", "--opt=baseline", options.Wasm(program));
        double theirs = Time(runs, options.Native(native));
        results.Add(program, ours / theirs, "x native");
        return ours / theirs;
    }

    private static double Time(int runs, params string[] words) =>
        Results.Median(Enumerable.Range(0, runs).Select(_ => ReportedTime(ChildProcess.Read(words))));

    /// <summary>The line <c>TIME name seconds</c>.</summary>
    public static double ReportedTime(string output)
    {
        Match match = Reported().Match(output);
        return match.Success
            ? double.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)
            : throw new InvalidOperationException("the program reports no time");
    }

    [GeneratedRegex("^TIME [^ ]+ ([0-9.]+)", RegexOptions.Multiline)]
    private static partial Regex Reported();
}
