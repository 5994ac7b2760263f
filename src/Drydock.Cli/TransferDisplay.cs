using System.Globalization;
using System.Text;
using Drydock.Cli.Commands;
using Drydock.Oci;
using Drydock.Oci.Registry;

namespace Drydock.Cli;

/// <summary>
/// Shows transfers on standard error: on a terminal a line for each blob with a bar and a rate, drawn anew several
/// times a second; elsewhere a line for each blob when it has arrived.
/// </summary>
internal sealed class TransferDisplay(bool quiet) : ITransferProgress, IDisposable
{
    private const int BarWidth = 30;
    private const long RedrawMilliseconds = 100;

    private readonly bool _isTerminal = !quiet && Terminal.IsErrorTerminal;
    private readonly Lock _lock = new();
    private readonly List<Row> _rows = [];
    private long _lastDrawn;
    private int _drawnRows;
    private bool _isClosed;

    public void Report(TransferEvent transfer)
    {
        if (quiet) return;
        lock (_lock)
        {
            Row row = RowOf(transfer);
            bool isNews = row.State != transfer.State;
            (row.State, row.Transferred, row.Total) = (transfer.State, transfer.Transferred, transfer.Total);
            if (!_isTerminal)
            {
                if (isNews && transfer.State is not TransferState.Running)
                    Terminal.WriteError($"{row.Name}: {row.Words}\n");
            }
            else if (isNews || Environment.TickCount64 - _lastDrawn >= RedrawMilliseconds) Draw();
        }
    }

    /// <summary>Above the bars, which are drawn anew below it.</summary>
    public void Warn(string text)
    {
        if (quiet) return;
        lock (_lock)
        {
            Terminal.WriteError($"warning: {text}\n");
            _drawnRows = 0;
        }
    }

    /// <summary>Draws the last state, once.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isTerminal && !_isClosed && _rows.Count > 0) Draw();
            _isClosed = true;
        }
    }

    private Row RowOf(TransferEvent transfer)
    {
        foreach (Row row in _rows)
            if (row.Digest == transfer.Digest) return row;
        var added = new Row(transfer.Digest);
        _rows.Add(added);
        return added;
    }

    /// <summary>Goes back up over what was drawn, and overwrites it line by line.</summary>
    private void Draw()
    {
        _lastDrawn = Environment.TickCount64;
        var text = new StringBuilder();
        if (_drawnRows > 0) text.Append(CultureInfo.InvariantCulture, $"\u001b[{_drawnRows}A");
        foreach (Row row in _rows) text.Append(CultureInfo.InvariantCulture, $"\r\u001b[K{row.Name}: {row.Line}\n");
        _drawnRows = _rows.Count;
        Terminal.WriteError(text.ToString());
    }

    private sealed class Row(Digest digest)
    {
        private readonly long _started = Environment.TickCount64;
        private long? _first;

        public Digest Digest => digest;
        public string Name => digest.Short;
        public TransferState State { get; set; } = (TransferState)(-1);
        public long Total { get; set; }
        public long Transferred
        {
            get;
            set
            {
                // What an earlier pull left behind is not this one's speed.
                _first ??= value;
                field = value;
            }
        }

        public string Words => State switch
        {
            TransferState.Waiting => "waiting for another process that fetches it",
            TransferState.Retrying => $"interrupted at {ImagesCommand.Size(Transferred)}, trying again",
            TransferState.Done => $"complete, {ImagesCommand.Size(Total)}",
            TransferState.Exists => "already there",
            TransferState.Mounted => "taken from another repository",
            _ => "",
        };

        public string Line => State is TransferState.Running or TransferState.Retrying ? $"{Bar} {Amount}" : Words;

        private string Bar
        {
            get
            {
                int filled = Total > 0 ? (int)(BarWidth * Math.Min(Transferred, Total) / Total) : BarWidth;
                return $"[{new string('=', filled)}{new string(' ', BarWidth - filled)}]";
            }
        }

        private string Amount
        {
            get
            {
                double seconds = Math.Max(1, Environment.TickCount64 - _started) / 1000.0;
                long rate = (long)((Transferred - (_first ?? 0)) / seconds);
                return $"{ImagesCommand.Size(Transferred)} of {ImagesCommand.Size(Total)}, {ImagesCommand.Size(rate)}/s";
            }
        }
    }
}
