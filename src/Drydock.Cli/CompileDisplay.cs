using System.Globalization;

namespace Drydock.Cli;

/// <summary>Shows on a terminal how far a long compile is; elsewhere nothing.</summary>
internal sealed class CompileDisplay(string name, bool quiet)
{
    private const int BarWidth = 30;
    private const long FirstMilliseconds = 500, RedrawMilliseconds = 100;

    private readonly Lock _lock = new();
    private readonly long _started = Environment.TickCount64;
    private long _drawnAt = Environment.TickCount64 + FirstMilliseconds - RedrawMilliseconds;
    private bool _isDrawn;

    public bool IsShown { get; } = !quiet && Terminal.IsErrorTerminal;

    /// <summary>Draws the bar if that was long enough ago. May be called by any thread.</summary>
    public void Report(int done, int total)
    {
        if (Environment.TickCount64 - Volatile.Read(ref _drawnAt) < RedrawMilliseconds || !_lock.TryEnter()) return;
        try
        {
            _drawnAt = Environment.TickCount64;
            _isDrawn = true;
            int filled = (int)((long)BarWidth * done / Math.Max(1, total));
            Terminal.WriteError(string.Create(CultureInfo.InvariantCulture,
                $"\r\u001b[K{name}: [{new string('=', filled)}{new string(' ', BarWidth - filled)}] {done} of {total} functions, {(_drawnAt - _started) / 1000} s"));
        }
        finally
        {
            _lock.Exit();
        }
    }

    /// <summary>Takes the bar away.</summary>
    public void Clear()
    {
        if (_isDrawn) Terminal.WriteError("\r\u001b[K");
    }
}
