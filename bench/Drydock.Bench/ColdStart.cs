namespace Drydock.Bench;

/// <summary>
/// From nothing to the end of a program that prints a line, next to the same program as a native one.
/// </summary>
internal static class ColdStart
{
    private const int RunsPerFigure = 20;

    public static void Measure(BenchOptions options, Results results)
    {
        int runs = options.Runs * RunsPerFigure;
        Console.WriteLine($"cold start, median of {runs}");
        Report(results, "hello, native", default, runs, options.Native("hello"));
        results.Add("size of the executable", new FileInfo(options.Drydock).Length / 1e6, "MB", "at most 12");
        Report(results, "hello.wasm", new("at most 6", "at most 9"), runs, options.Drydock, "run",
            options.Wasm("hello"));
        if (BuildImage(options))
            Report(results, "hello from an image", new("at most 6", "at most 9"), runs, options.Drydock, "run",
                "drydock-bench-hello");
        Report(results, "cpython.wasm --version", default, Math.Max(3, options.Runs), options.Drydock, "run",
            options.Wasm("cpython"), "--version");
        ChildProcess.Run(options.Drydock, "rmi", "drydock-bench-hello");
        string directory = Directory.CreateTempSubdirectory("drydock-bench-").FullName;
        FirstInstruction(options, results, directory);
        LargeWithCache(options, results, directory);
        Directory.Delete(directory, recursive: true);
    }

    /// <summary>
    /// How long a large module takes to its first instruction, which ends it, with no code kept of it.
    /// </summary>
    private static void FirstInstruction(BenchOptions options, Results results, string directory)
    {
        string path = WriteLarge(options, directory, 10_000_000);
        string[] words = ["/usr/bin/env", "DRYDOCK_CACHE=off", options.Drydock, "run", path];
        Usage[] usages = [.. Enumerable.Range(0, 1 + 2 * options.Runs).Select(_ => ChildProcess.Run(words))];
        if (usages[0].Code != 0) Console.WriteLine($"  the large module ended with {usages[0].Code}");
        results.Add($"first instruction of {new FileInfo(path).Length / 1e6:0.0} MB, no cache",
            Results.Median(usages.Select(usage => usage.Milliseconds)), "ms", "at most 60");
    }

    /// <summary>How much longer a large module takes than hello when the code of both is kept, in turns.</summary>
    private static void LargeWithCache(BenchOptions options, Results results, string directory)
    {
        string path = WriteLarge(options, directory, 20_000_000), hello = options.Wasm("hello");
        string cache = $"DRYDOCK_CACHE={Path.Join(directory, "cache")}";
        Usage Run(params string[] words) => ChildProcess.Run(["/usr/bin/env", cache, options.Drydock, .. words]);
        // As it was compiled, so that no start leaves an optimizer behind to run beside the next.
        double Milliseconds(string module) => Run("run", "--opt=baseline", module).Milliseconds;
        foreach (string module in (string[])[hello, path])
            if (Run("compile", "-O0", module).Code != 0) Console.WriteLine($"  {module} was not compiled");
        var differences = new List<double>();
        for (int i = 0; i < RunsPerFigure * options.Runs; i++)
            differences.Add(Milliseconds(path) - Milliseconds(hello));
        results.Add($"start of {new FileInfo(path).Length / 1e6:0.0} MB with a warm cache, above hello",
            Results.Median(differences), "ms", "at most 3");
    }

    private static string WriteLarge(BenchOptions options, string directory, int size)
    {
        string path = Path.Join(directory, "large.wasm");
        File.WriteAllBytes(path, LargeModule.Make(File.ReadAllBytes(options.Wasm("cpython")), size));
        return path;
    }

    private static void Report(Results results, string name, Goals goals, int runs, params string[] words)
    {
        Usage[] usages = [.. Enumerable.Range(0, runs).Select(_ => ChildProcess.Run(words))];
        if (usages[0].Code != 0) Console.WriteLine($"  {name}: ended with {usages[0].Code}");
        results.Add($"cold start of {name}", Results.Median(usages.Select(usage => usage.Milliseconds)), "ms",
            goals.Time ?? "");
        results.Add($"peak memory of {name}", Results.Median(usages.Select(usage => usage.PeakKilobytes / 1e3)), "MB",
            goals.Memory ?? "");
    }

    private readonly record struct Goals(string? Time, string? Memory);

    private static bool BuildImage(BenchOptions options)
    {
        string context = Directory.CreateTempSubdirectory("drydock-bench-").FullName;
        File.Copy(options.Wasm("hello"), Path.Join(context, "hello.wasm"));
        File.WriteAllText(Path.Join(context, "Containerfile"),
            "FROM scratch\nCOPY hello.wasm /\nENTRYPOINT [\"/hello.wasm\"]\n");
        Usage usage = ChildProcess.Run(options.Drydock, "build", "-q", "-t", "drydock-bench-hello", context);
        Directory.Delete(context, recursive: true);
        return usage.Code == 0;
    }
}
