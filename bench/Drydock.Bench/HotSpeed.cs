using System.Diagnostics;

namespace Drydock.Bench;

/// <summary>
/// How long CPython's hot functions take to be optimized and stored, as an earlier run on baseline found them: from
/// the start of the process in the background to its first entry in the cache.
/// </summary>
internal static class HotSpeed
{
    private const int MostSeconds = 120;
    private const string Program = "cpython";

    public static void Measure(BenchOptions options, Results results)
    {
        string folder = Directory.CreateTempSubdirectory("drydock-hot-").FullName;
        try
        {
            string module = Path.Join(folder, Program + ".wasm"), cache = Path.Join(folder, "cache");
            File.Copy(options.Wasm(Program), module);
            // Files that were just changed are not remembered.
            File.SetLastWriteTimeUtc(module, DateTime.UtcNow.AddMinutes(-1));
            Count(options, folder, cache, module);
            foreach (string entry in Entries(cache)) File.Delete(entry);
            results.Add($"optimize hot functions of {Program}", Seconds(options, cache, module), "s", "at most 5");
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Runs Python's benchmark on baseline, and waits for what was counted and for baseline's entry.</summary>
    private static void Count(BenchOptions options, string folder, string cache, string module)
    {
        string root = Path.Join(folder, "root"), python = Path.Join(options.Workloads, "python");
        Directory.CreateDirectory(root);
        string script = $"tar xzf '{python}/root.tar.gz' -C '{root}' && DRYDOCK_LIBLLVM=off DRYDOCK_CACHE='{cache}' "
            + $"'{options.Drydock}' run -v '{root}:/' '{module}' <'{python}/bench.py'";
        if (ChildProcess.Run("/bin/sh", "-c", script).Code != 0)
            throw new InvalidOperationException($"{Program} does not run");
        WaitFor(() => Entries(cache).Length > 0);
    }

    private static double Seconds(BenchOptions options, string cache, string module)
    {
        var start = new ProcessStartInfo(
            options.Drydock, ["compile", "--worker", "--background", "-q", "-O2", module]);
        start.Environment["DRYDOCK_CACHE"] = cache;
        var watch = Stopwatch.StartNew();
        using Process process = Process.Start(start)!;
        WaitFor(() => Entries(cache).Length > 0 || process.HasExited);
        double seconds = watch.Elapsed.TotalSeconds;
        process.Kill();
        process.WaitForExit();
        return seconds;
    }

    private static string[] Entries(string cache) =>
        Directory.Exists(cache) ? Directory.GetFiles(cache, "*.code", SearchOption.AllDirectories) : [];

    /// <summary>Waits, but not for ever: a machine that is busy leaves nothing to processes of low priority.</summary>
    private static void WaitFor(Func<bool> condition)
    {
        long end = Environment.TickCount64 + MostSeconds * 1000;
        while (!condition() && Environment.TickCount64 < end) Thread.Sleep(10);
    }
}
