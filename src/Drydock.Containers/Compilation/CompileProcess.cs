using Drydock.Compiler;
using Drydock.Containers.Native;
using Drydock.Runtime;
using Drydock.Runtime.Cache;

namespace Drydock.Containers;

/// <summary>
/// Compiling with the optimizing tier in a process of its own: what LLVM does there, a crash or endless work, costs
/// nobody else anything. The process is <c>drydock compile --worker</c>; this class watches it.
/// </summary>
public static class CompileProcess
{
    /// <summary>The option by which the executable knows that it is the process that compiles.</summary>
    public const string WorkerOption = "--worker", BackgroundOption = "--background";
    /// <summary>Seconds of processor time and bytes of data that a process in the background may use.</summary>
    private const ulong MostSeconds = 15 * 60, MostData = 3UL << 30;
    private static readonly TimeSpan Patience = TimeSpan.FromHours(2), Interval = TimeSpan.FromMilliseconds(200);

    /// <summary>
    /// This program's executable; null under a test host or <c>dotnet drydock.dll</c>, where there is no command of
    /// ours to start.
    /// </summary>
    internal static string? Executable =>
        Environment.ProcessPath is { } path && Path.GetFileName(path) == "drydock" ? path : null;

    /// <summary>Whether there is a command to start.</summary>
    public static bool IsPossible => Executable is not null;

    /// <summary>Starts the process in the background, which outlives this one; null if that is not possible.</summary>
    /// <param name="target">The module's file, as a whole path, or an image of the store.</param>
    /// <param name="counts">See <see cref="RunInBackground"/>.</param>
    public static int? StartInBackground(string target, string? counts)
    {
        if (Executable is not { } executable) return null;
        string[] counted = counts is null ? [] : ["--counts", counts];
        return ChildProcess.StartDetached(
            executable, ["drydock", "compile", BackgroundOption, .. counted, target]);
    }

    /// <summary>
    /// Runs <c>drydock compile --worker</c> with the streams of this process and <paramref name="arguments"/>, and
    /// waits.
    /// </summary>
    /// <returns>Why it did not succeed, or null; the process itself has said so unless it crashed.</returns>
    public static CompileFailure? Run(params string[] arguments) => Run([], arguments);

    /// <summary>What the process itself does first: it lets others go first and bounds what it may use.</summary>
    public static void Restrain()
    {
        Libc.GiveWay();
        Libc.Limit(Libc.ResourceProcessorTime, MostSeconds);
        Libc.Limit(Libc.ResourceData, MostData);
    }

    /// <summary>
    /// The process in the background: stores baseline's code unless there is some, and has the module optimized. Does
    /// nothing while another process works on the same module, and waits for those that work on others.
    /// </summary>
    /// <param name="path">The module's file.</param>
    /// <param name="counts">File with what the guest's functions were counted at, which is consumed; or null.</param>
    public static void RunInBackground(string path, string? counts)
    {
        Libc.GiveWay();
        if (CodeCache.Open() is not { } cache) return;
        (_, byte[] digest) = ModuleCompiler.Read(path, cache);
        if (counts is not null) cache.AddCounts(digest, counts);
        using IDisposable? own = cache.TryTakeTurn(digest);
        if (own is null) return;
        using IDisposable? turn = WaitForTurn(cache);
        if (turn is null) return;
        using var engine = new Engine(new EngineOptions { Compiler = OptimizingTier.Create(0) });
        if (!cache.Contains(new(digest, engine.Settings))) _ = ModuleCompiler.Compile(new() { Path = path });
        var optimized = new CodeImageIdentity(digest, OptimizingTier.Settings(engine, OptimizingTier.DefaultLevel));
        if (cache.FunctionsLeft(optimized) is null or > 0 && OptimizationNote.MayTry(cache, optimized))
            Optimize(path, cache, optimized);
    }

    private static void Optimize(string path, CodeCache cache, CodeImageIdentity identity)
    {
        CompileFailure? failure = Run(
            [], ["compile", WorkerOption, BackgroundOption, "-q", $"-O{OptimizingTier.DefaultLevel}", path]);
        if (failure is null) OptimizationNote.Remove(cache, identity);
        else if (failure.ExitCode == ContainerException.NotFound) OptimizationNote.AddMissing(cache, identity);
        else OptimizationNote.Add(cache, identity, failure.Reason);
    }

    private static IDisposable? WaitForTurn(CodeCache cache)
    {
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        while (Environment.TickCount64 < end)
        {
            if (cache.TryTakeTurn() is { } turn) return turn;
            Thread.Sleep(Interval);
        }
        return null;
    }

    private static CompileFailure? Run(string[] before, string[] arguments)
    {
        if (Executable is not { } executable
            || ChildProcess.Start(executable, ["drydock", .. before, .. arguments]) is not { } process)
            return new("no process can be started", IsSaid: false);
        long end = Environment.TickCount64 + (long)Patience.TotalMilliseconds;
        int? status = ChildProcess.WaitUntil(process, end);
        return status switch
        {
            null => new("it took too long", IsSaid: false),
            < 0 => new(Cause(-status.Value), IsSaid: false),
            0 => null,
            { } code => new("see what 'drydock compile' says", IsSaid: true) { ExitCode = code },
        };
    }

    private static string Cause(int signal) => signal switch
    {
        ChildProcess.SignalProcessorTime => $"it took more than {MostSeconds / 60} minutes",
        ChildProcess.SignalKill => "it was killed",
        _ => $"LLVM crashed with signal {signal}",
    };
}

/// <summary>Why a process that compiles did not succeed.</summary>
/// <param name="Reason">For instance <c>LLVM crashed with signal 11</c>.</param>
/// <param name="IsSaid">Whether the process itself has said so on standard error.</param>
public sealed record CompileFailure(string Reason, bool IsSaid)
{
    /// <summary>The process's exit code, or that of a failure if it has none.</summary>
    public int ExitCode { get; init; } = ContainerException.Failure;
}
