using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Drydock.Bench;

/// <summary>
/// Images: how fast they come from a registry on this machine, next to skopeo, and how fast many are listed.
/// </summary>
internal static class ImageSpeed
{
    private const int HelloSize = 100_000, Layers = 8, LayerSize = 25_000_000, Images = 5000, Pullers = 50;
    private const string HelloName = "hello:1", BigName = "big:1";

    public static void Measure(BenchOptions options, Results results)
    {
        Console.WriteLine("images");
        string directory = Directory.CreateTempSubdirectory("drydock-bench-images-").FullName;
        using Process? registry = StartRegistry(directory, out string address);
        try
        {
            if (registry is null) Console.WriteLine("  docker-registry is absent: pulls are not measured");
            else MeasurePulls(options, results, directory, address);
            MeasureList(options, results, directory);
        }
        finally
        {
            registry?.Kill();
            registry?.WaitForExit();
            Directory.Delete(directory, recursive: true);
        }
    }

    // What is compiled in the background when an image has arrived is no part of a pull, and would disturb the next.
    private static void MeasurePulls(BenchOptions options, Results results, string directory, string address)
    {
        string hello = $"{address}/{HelloName}", big = $"{address}/{BigName}", store = Path.Join(directory, "store");
        Push(options, directory, hello, Hello(options));
        for (int layer = 0; layer < Layers; layer++) WriteRandom(Path.Join(directory, "big", $"{layer}"), LayerSize);
        Push(options, directory, big, Hello(options), Layers);
        results.Add("pull and first run of hello, 100 kB", Median(options.Runs * 4, [store, store + "-cache"],
            "/usr/bin/env", $"DRYDOCK_ROOT={store}", $"DRYDOCK_CACHE={store}-cache",
            "/bin/sh", "-c", "exec \"$0\" run \"$1\" 2>/dev/null", options.Drydock, hello), "ms", "below 60");
        string[] own = ["/usr/bin/env", $"DRYDOCK_ROOT={store}", options.Drydock, "pull", "-q", "--no-compile",
            big];
        string layout = Path.Join(directory, "layout");
        string[] skopeo = ["/usr/bin/skopeo", "--insecure-policy", "--override-os", "wasi", "--override-arch", "wasm",
            "copy", "-q",
            "--src-tls-verify=false", $"docker://{big}", $"oci:{layout}:1"];
        if (File.Exists(skopeo[0]))
        {
            var (ours, theirs) = (new List<double>(), new List<double>());
            for (int run = 0; run < options.Runs; run++)
            {
                ours.Add(Median(1, [store], own));
                theirs.Add(Median(1, [layout], skopeo));
            }
            results.Add("pull of 200 MB in 8 layers", Results.Median(ours), "ms");
            results.Add("the same with skopeo, which does not sync", Results.Median(theirs), "ms");
            results.Add("pull, ratio to skopeo", Results.Median(ours) / Results.Median(theirs), "times", "at most 1");
        }
        else Console.WriteLine("  skopeo is absent: no pulls are compared");
        MeasureTogether(options, results, store, big);
    }

    /// <summary>Fifty at once: one transfers, the others wait for it.</summary>
    private static void MeasureTogether(BenchOptions options, Results results, string store, string name)
    {
        Clear([store]);
        var watch = Stopwatch.StartNew();
        Process[] pulls = [.. Enumerable.Range(0, Pullers).Select(_ =>
        {
            var start = new ProcessStartInfo(options.Drydock,
                ["pull", "--json", "--no-compile", name]) { RedirectStandardOutput = true };
            start.Environment["DRYDOCK_ROOT"] = store;
            return Process.Start(start)!;
        })];
        long transferred = 0;
        foreach (Process pull in pulls)
        {
            string output = pull.StandardOutput.ReadToEnd();
            pull.WaitForExit();
            int start = output.IndexOf("\"Transferred\":", StringComparison.Ordinal) + "\"Transferred\":".Length;
            transferred += long.Parse(
                output.AsSpan(start, output.AsSpan(start).IndexOfAny(',', '}')).Trim(), NumberStyles.None,
                CultureInfo.InvariantCulture);
            pull.Dispose();
        }
        results.Add("50 processes pull it at once", watch.Elapsed.TotalMilliseconds, "ms");
        results.Add("how often they transferred it in all", transferred / (double)(Layers * LayerSize), "times", "1");
    }

    private static void MeasureList(BenchOptions options, Results results, string directory)
    {
        string store = Path.Join(directory, "many");
        Build(options, directory, "seed", Hello(options), 0, store);
        string path = Path.Join(store, "index.json"), index = File.ReadAllText(path);
        int open = index.IndexOf('[', StringComparison.Ordinal) + 1;
        string entry = index[open..index.LastIndexOf(']')];
        var many = new StringBuilder(index[..open]);
        for (int i = 0; i < Images; i++)
            many.Append(i == 0 ? "" : ",")
                .Append(entry.Replace("library/seed:latest", $"team/app-{i}:1.{i}", StringComparison.Ordinal));
        File.WriteAllText(path, many.Append("]}").ToString());
        results.Add("list of 5,000 images", Median(options.Runs * 4, [],
            "/usr/bin/env", $"DRYDOCK_ROOT={store}", options.Drydock, "images"), "ms", "below 50");
    }

    /// <summary>The median time of a command, each time without some directories.</summary>
    private static double Median(int runs, string[] without, params string[] words) =>
        Results.Median([.. Enumerable.Range(0, runs).Select(_ =>
    {
        Clear(without);
        Usage usage = ChildProcess.Run(words);
        if (usage.Code != 0) Console.WriteLine($"  {string.Join(' ', words)}: ended with {usage.Code}");
        return usage.Milliseconds;
    })]);

    private static void Clear(string[] directories)
    {
        foreach (string each in directories)
            if (Directory.Exists(each)) Directory.Delete(each, recursive: true);
    }

    private static void Push(BenchOptions options, string directory, string name, byte[] module, int layers = 0)
    {
        string store = Path.Join(directory, "source");
        Build(options, directory, name, module, layers, store);
        ChildProcess.Run("/usr/bin/env", $"DRYDOCK_ROOT={store}", options.Drydock, "push", "-q", name);
    }

    private static void Build(BenchOptions options, string directory, string name, byte[] module, int layers,
        string store)
    {
        string context = Directory.CreateDirectory(Path.Join(directory, "big")).FullName;
        File.WriteAllBytes(Path.Join(context, "hello.wasm"), module);
        IEnumerable<string> copies = Enumerable.Range(0, layers).Select(layer => $"COPY {layer} /{layer}\n");
        File.WriteAllText(Path.Join(context, "Containerfile"),
            $"FROM scratch\nCOPY hello.wasm /\n{string.Concat(copies)}ENTRYPOINT [\"/hello.wasm\"]\n");
        ChildProcess.Run("/usr/bin/env", $"DRYDOCK_ROOT={store}", options.Drydock, "build", "-q", "-t", name, context);
    }

    /// <summary>The program that says hello, made as large as many are by a section that nobody reads.</summary>
    private static byte[] Hello(BenchOptions options)
    {
        byte[] module = File.ReadAllBytes(options.Wasm("hello"));
        int size = Math.Max(8, HelloSize - module.Length - 4);
        var padding = new byte[size];
        new Random(1).NextBytes(padding);
        padding[0] = 0;
        return [.. module, 0, (byte)(size & 0x7f | 0x80), (byte)(size >> 7 & 0x7f | 0x80), (byte)(size >> 14),
            .. padding];
    }

    private static void WriteRandom(string path, int size)
    {
        var content = new byte[size];
        new Random(path.GetHashCode(StringComparison.Ordinal)).NextBytes(content);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        File.WriteAllBytes(path, content);
    }

    private static Process? StartRegistry(string directory, out string address)
    {
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            address = $"127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        }
        if (!File.Exists("/usr/bin/docker-registry")) return null;
        string file = Path.Join(directory, "registry.yml");
        File.WriteAllText(file, "version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\n"
            + $"storage: {{ filesystem: {{ rootdirectory: {directory}/registry }} }}\nhttp: {{ addr: {address} }}\n");
        var start = new ProcessStartInfo("/usr/bin/docker-registry", ["serve", file])
        {
            RedirectStandardError = true,
            RedirectStandardOutput = true
        };
        start.Environment["OTEL_TRACES_EXPORTER"] = "none";
        Process process = Process.Start(start)!;
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        for (int port = IPEndPoint.Parse(address).Port; !process.HasExited && !Listens(port);) Thread.Sleep(20);
        return process;
    }

    private static bool Listens(int port)
    {
        try
        {
            using var client = new TcpClient("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
