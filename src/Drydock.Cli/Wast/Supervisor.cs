using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using Drydock.Runtime;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Cli.Wast;

/// <summary>Hands scripts to worker processes, and replaces one that crashes or hangs.</summary>
internal sealed class Supervisor(ConcurrentQueue<FileResult> waiting, WastOptions options)
{
    private Process? _process;

    /// <summary>
    /// Runs all scripts, the largest first, so that none of those is what everyone waits for at the end.
    /// </summary>
    public static void Run(IEnumerable<FileResult> scripts, WastOptions options)
    {
        var results = scripts.OrderByDescending(result => new FileInfo(result.File).Length).ToArray();
        var waiting = new ConcurrentQueue<FileResult>(results);
        var jobs = Sequences.Range(0, Math.Min(options.Jobs, results.Length))
            .Select(_ => Task.Run(() => new Supervisor(waiting, options).WorkAsync()));
        Task.WhenAll(jobs).GetAwaiter().GetResult();
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
        await _process.StandardInput.WriteLineAsync(Path.GetFullPath(result.File)).ConfigureAwait(false);
        try
        {
            string? line;
            do
            {
                using var limit = new CancellationTokenSource(options.Timeout);
                line = await _process.StandardOutput.ReadLineAsync(limit.Token).ConfigureAwait(false);
            }
            while (line is not null && result.Read(line));
            return line is null ? "crashed" : null;
        }
        catch (OperationCanceledException)
        {
            return string.Create(CultureInfo.InvariantCulture, $"not done after {options.Timeout.TotalSeconds} s");
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
        var unreached = CountFrom(result.File, result.Line) - 1;
        result.AddFailure(new Failure(result.Line, $"{reason}; the {unreached} commands behind it count as failed"));
        result.AddUnreached(unreached);
    }

    private static int CountFrom(string file, int line)
    {
        try
        {
            return Math.Max(1, Script.Parse(ModuleBytes.Read(file)).Commands.Count(command => command.Line >= line));
        }
        catch (WasmTextException)
        {
            return 1;
        }
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // Under `dotnet drydock.dll` the process is the host, and the program its first argument.
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(Environment.GetCommandLineArgs()[0]);
        foreach (var word in (string[])["wast", "--worker", "--features", FeatureNames.Format(options.Features), "-"])
            start.ArgumentList.Add(word);
        var process = Process.Start(start) ?? throw new InvalidOperationException("the worker process does not start");
        // What a dying worker says is read away, so that it never blocks on a full pipe.
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        return process;
    }
}
