using System.Diagnostics;

namespace Drydock.Fuzz.Differential;

/// <summary>
/// An engine in a process of its own, which is started again when it dies, or does not answer within
/// <paramref name="patience"/>.
/// </summary>
internal sealed class EngineProcess(IReadOnlyList<string> command, TimeSpan patience) : IDisposable
{
    /// <summary>Some engines keep what they have run; the process is replaced after this many modules.</summary>
    private const int ModulesPerProcess = 5000;
    private Process? _process;
    private int _modules;

    /// <summary>What the engine says of a module, or how it died of it.</summary>
    public async Task<string> ObserveAsync(byte[] module)
    {
        if (_modules++ % ModulesPerProcess == 0) Dispose();
        _process ??= Start();
        try
        {
            await _process.StandardInput.WriteLineAsync(Convert.ToBase64String(module)).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync().ConfigureAwait(false);
            using var limit = new CancellationTokenSource(patience);
            return await _process.StandardOutput.ReadLineAsync(limit.Token).ConfigureAwait(false) ?? Bury("died");
        }
        catch (OperationCanceledException)
        {
            return Bury($"not done after {patience.TotalSeconds} s");
        }
        catch (IOException)
        {
            return Bury("died");
        }
    }

    public void Dispose()
    {
        if (_process is not null) Bury("");
    }

    private string Bury(string how)
    {
        var process = _process!;
        _process = null;
        process.StandardInput.Dispose();
        if (how.Length != 0 && !process.WaitForExit(TimeSpan.FromMilliseconds(200))) process.Kill();
        process.WaitForExit();
        string told = process.StandardError.ReadToEnd().ReplaceLineEndings(" | ");
        string text = $"!!{how}, exit code {process.ExitCode}: {told[..Math.Min(told.Length, 2000)]}";
        process.Dispose();
        return text;
    }

    private Process Start()
    {
        var start = new ProcessStartInfo(command[0], command.Skip(1))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        // The C library fills what is freed, so that what is used after that does not go on as if it were not.
        start.Environment["MALLOC_PERTURB_"] = "165";
        return Process.Start(start) ?? throw new InvalidOperationException($"cannot start {command[0]}");
    }
}
