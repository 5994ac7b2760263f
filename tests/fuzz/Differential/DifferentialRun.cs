using System.Diagnostics;

namespace Drydock.Fuzz.Differential;

/// <summary>
/// Gives generated modules to two or more engines until the time is up, and keeps those that they do not agree on.
/// </summary>
internal sealed class DifferentialRun(DifferentialOptions options) : IDisposable
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromMinutes(1);
    private readonly EngineProcess _ours = new(OwnCommand(options.Ours), options.Patience);
    private readonly EngineProcess[] _others =
    [
        new(options.Theirs is ["self", .. var settings] ? OwnCommand(settings) : options.Theirs, options.Patience),
        .. options.Also.Select(settings => new EngineProcess(OwnCommand(settings), options.Patience)),
    ];
    private long _calls, _traps, _disagreements;

    public static int Run(ReadOnlySpan<string> arguments)
    {
        var options = DifferentialOptions.Parse(arguments);
        if (options.Dump is { } seed) return Write(seed, options);
        using var run = new DifferentialRun(options);
        return run.RunAsync().GetAwaiter().GetResult() ? 0 : 1;
    }

    public void Dispose()
    {
        _ours.Dispose();
        foreach (var other in _others) other.Dispose();
    }

    private static int Write(ulong seed, DifferentialOptions options)
    {
        File.WriteAllBytes(Path.Join(options.Folder, $"seed-{seed}.wasm"),
            GeneratedModule.Make(seed, options.Features).ToBytes());
        return 0;
    }

    private async Task<bool> RunAsync()
    {
        var (watch, report, count) = (Stopwatch.StartNew(), ReportEvery, 0L);
        for (; count < options.Count && watch.Elapsed < options.Duration; count++)
        {
            if (!await TryAsync(options.First + (ulong)count).ConfigureAwait(false) && !options.GoesOn) break;
            if (watch.Elapsed < report || watch.Elapsed >= options.Duration) continue;
            Report(count + 1, watch);
            report += ReportEvery;
        }
        Report(count, watch);
        return count > 0 && _disagreements == 0;
    }

    private void Report(long count, Stopwatch watch) => Console.WriteLine(
        $"{count} modules from seed {options.First}, {_calls} calls, {100.0 * _traps / Math.Max(1, _calls):f1} % trapped, "
        + $"{_disagreements} disagreements, {watch.Elapsed.TotalSeconds:f0} s");

    /// <summary>Whether the engines agree on the module of a seed.</summary>
    private async Task<bool> TryAsync(ulong seed)
    {
        var module = GeneratedModule.Make(seed, options.Features);
        var (ours, theirs) = await ObserveAsync(module.ToBytes()).ConfigureAwait(false);
        Count(ours);
        if (ours == theirs && !IsUseless(ours)) return true;
        _disagreements++;
        string path = Path.Join(options.Folder, $"seed-{seed}");
        await File.WriteAllBytesAsync(path + ".wasm", module.ToBytes()).ConfigureAwait(false);
        Console.WriteLine($"seed {seed}: the engines do not agree; kept as {path}.wasm\n{Difference(ours, theirs)}");
        await ReduceAsync(module, path).ConfigureAwait(false);
        return false;
    }

    private async Task ReduceAsync(GeneratedModule module, string path)
    {
        if (IsUseless(await _ours.ObserveAsync(module.ToBytes()).ConfigureAwait(false))) return;
        await new Reducer(module, DisagreeAsync).RunAsync().ConfigureAwait(false);
        byte[] reduced = module.ToBytes();
        await File.WriteAllBytesAsync(path + ".reduced.wasm", reduced).ConfigureAwait(false);
        var (ours, theirs) = await ObserveAsync(reduced).ConfigureAwait(false);
        Console.WriteLine($"  reduced to {reduced.Length} bytes: {path}.reduced.wasm\n{Difference(ours, theirs)}");
    }

    private async Task<bool> DisagreeAsync(byte[] module)
    {
        var (ours, theirs) = await ObserveAsync(module).ConfigureAwait(false);
        return ours != theirs && !IsUseless(ours) && !IsUseless(theirs);
    }

    /// <summary>What this engine says, and the first of the others that says something else.</summary>
    private async Task<(string Ours, string Theirs)> ObserveAsync(byte[] module)
    {
        var others = _others.Select(other => other.ObserveAsync(module)).ToArray();
        string ours = await _ours.ObserveAsync(module).ConfigureAwait(false);
        string[] theirs = await Task.WhenAll(others).ConfigureAwait(false);
        return (ours, Array.Find(theirs, text => text != ours) ?? ours);
    }

    /// <summary>A module that is not valid is the generator's own mistake.</summary>
    private static bool IsUseless(string observation) => observation.StartsWith("!refused", StringComparison.Ordinal);

    private void Count(string observation)
    {
        string[] items = observation.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        _calls += items.Length;
        _traps += items.Count(item => item.Contains('!'));
    }

    /// <summary>The items of two observations that are not the same.</summary>
    private static string Difference(string ours, string theirs)
    {
        string[] left = ours.Split(' '), right = theirs.Split(' ');
        if (left.Length != right.Length || ours.StartsWith('!') || theirs.StartsWith('!'))
            return $"  ours:   {ours}\n  theirs: {theirs}";
        return string.Join('\n', left.Zip(right).Where(pair => pair.First != pair.Second)
            .Select(pair => $"  ours:   {pair.First}\n  theirs: {pair.Second}"));
    }

    private static string[] OwnCommand(string[] options)
    {
        string[] host = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet"
            ? [Environment.ProcessPath!, typeof(DifferentialRun).Assembly.Location]
            : [Environment.ProcessPath!];
        return [.. host, "worker", .. options];
    }
}
