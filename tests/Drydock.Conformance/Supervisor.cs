using System.Collections.Concurrent;
using System.Diagnostics;
using Drydock.Wasm.Text;

namespace Drydock.Conformance;

/// <summary>Hands scripts to worker processes, and replaces one that crashes or hangs.</summary>
internal sealed class Supervisor(ConcurrentQueue<FileResult> waiting, TimeSpan timeout)
{
    private Process? _process;

    public static IReadOnlyList<FileResult> Run(IReadOnlyList<string> files, Options options)
    {
        var results = files.Select(file => new FileResult(file)).ToArray();
        var waiting = new ConcurrentQueue<FileResult>(results);
        var jobs = Enumerable.Range(0, Math.Min(options.Jobs, results.Length))
            .Select(_ => Task.Run(() => new Supervisor(waiting, options.Timeout).WorkAsync()));
        Task.WhenAll(jobs).GetAwaiter().GetResult();
        return results;
    }

    private async Task WorkAsync()
    {
        while (waiting.TryDequeue(out var result))
        {
            if (await RunFileAsync(result).ConfigureAwait(false) is { } reason) AbandonFile(result, reason);
        }

        _process?.StandardInput.Close();
        _process?.WaitForExit();
        _process?.Dispose();
    }

    /// <summary>Runs one file; null, or why it could not be finished.</summary>
    private async Task<string?> RunFileAsync(FileResult result)
    {
        _process ??= Start();
        await _process.StandardInput.WriteLineAsync(result.File).ConfigureAwait(false);
        try
        {
            string? line;
            do
            {
                using var limit = new CancellationTokenSource(timeout);
                line = await _process.StandardOutput.ReadLineAsync(limit.Token).ConfigureAwait(false);
            }
            while (line is not null && result.Read(line));
            return line is null ? "crashed" : null;
        }
        catch (OperationCanceledException)
        {
            return $"not done after {timeout.TotalSeconds} s";
        }
    }

    private void AbandonFile(FileResult result, string reason)
    {
        using (_process)
        {
            if (!_process!.HasExited) _process.Kill();
            _process.WaitForExit();
            reason = reason == "crashed" ? $"crashed with exit code {_process.ExitCode}" : reason;
        }

        _process = null;
        var suite = Suites.Of(result.File);
        var unreached = CountFrom(result.File, result.Line) - 1;
        result.AddFailure(new Failure(suite, result.Line, $"{reason}; the {unreached} commands behind it count as failed"));
        result.AddUnreached(suite, unreached);
    }

    private static int CountFrom(string file, int line)
    {
        try
        {
            return Math.Max(1, Script.Parse(File.ReadAllBytes(file)).Commands.Count(command => command.Line >= line));
        }
        catch (WasmTextException)
        {
            return 1;
        }
    }

    private static Process Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Under `dotnet drydock-conformance.dll` the process is the host, and the program its first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet") start.ArgumentList.Add(typeof(Supervisor).Assembly.Location);
        start.ArgumentList.Add("--worker");
        var process = Process.Start(start) ?? throw new InvalidOperationException("the worker process does not start");
        // What a dying worker says is read away, so that it never blocks on a full pipe.
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
