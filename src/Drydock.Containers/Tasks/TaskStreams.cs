using System.Runtime.InteropServices;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>Where a process reads and writes, as containerd names it: fifos, <c>file://</c> or <c>binary://</c>; empty for nowhere.</summary>
/// <param name="Input">Standard input.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error; unused with a terminal.</param>
/// <param name="IsTerminal">Whether the process has a terminal.</param>
public sealed record StreamNames(string Input, string Output, string Error, bool IsTerminal);

/// <summary>
/// The streams of one process. A process without a terminal gets containerd's fifos themselves, open for reading and
/// writing, so that nobody copies, nobody gets SIGPIPE while containerd is restarted, and output outlives this program.
/// </summary>
internal sealed class TaskStreams : IDisposable
{
    private const int NewFileMode = 0x1a4; // rw-r--r--

    private readonly StreamNames _names;
    private readonly List<int> _held = [];
    private int? _inputWriter;
    private Pump? _fromTerminal, _toTerminal;

    private TaskStreams(StreamNames names) => _names = names;

    /// <summary>What the process gets; nothing where it has a terminal.</summary>
    public ChildStreams ForProcess { get; private set; }

    /// <summary>Opens the streams.</summary>
    /// <exception cref="TaskException">One cannot be opened.</exception>
    public static TaskStreams Open(StreamNames names, LogProgramStarter logs)
    {
        var streams = new TaskStreams(names);
        if (names.IsTerminal) return streams;
        try
        {
            int? input = names.Input.Length == 0 ? null : streams.OpenInput(names.Input);
            if (names.Output.StartsWith(LogProgramStarter.Scheme, StringComparison.Ordinal))
            {
                (int output, int error) = logs.Start(names.Output);
                streams._held.AddRange([output, error]);
                streams.ForProcess = new(input, output, error);
            }
            else streams.ForProcess = new(input, streams.OpenOutput(names.Output), streams.OpenOutput(names.Error));
            return streams;
        }
        catch
        {
            streams.Dispose();
            throw;
        }
    }

    /// <summary>Connects the terminal of the process.</summary>
    public void Attach(EventLoop loop, int terminal)
    {
        if (_names.Input.Length > 0)
            _toTerminal = new(loop, OpenFile(_names.Input, Kernel.ReadWrite | Kernel.NonBlocking), NonBlockingCopy(terminal));
        int output = _names.Output.Length == 0 ? OpenFile("/dev/null", Kernel.ReadWrite) : OpenTerminalOutput();
        _fromTerminal = new(loop, NonBlockingCopy(terminal), output);
        _held.Add(terminal);
    }

    /// <summary>The terminal's descriptor; null without.</summary>
    public int? Terminal => _fromTerminal is null ? null : _held[0];

    /// <summary>Lets the process see the end of its input once the other writers have closed it.</summary>
    public void CloseInput()
    {
        if (_inputWriter is { } writer) _ = Kernel.Close(writer);
        _inputWriter = null;
    }

    /// <summary>The process has ended: readers see the end of its output. What a terminal still holds is carried to its end.</summary>
    public void EndProcess()
    {
        CloseInput();
        if (_fromTerminal is null) CloseHeld();
        _toTerminal?.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        EndProcess();
        _fromTerminal?.Finish();
        CloseHeld();
    }

    private void CloseHeld()
    {
        foreach (int each in _held) _ = Kernel.Close(each);
        _held.Clear();
        ForProcess = default;
    }

    /// <summary>The end of input is what <see cref="CloseInput"/> says, so this process counts as a writer until then.</summary>
    private int OpenInput(string path)
    {
        _inputWriter = OpenFile(path, Kernel.ReadWrite | Kernel.NonBlocking);
        return Hold(OpenFile(path, Kernel.ReadOnly));
    }

    private int? OpenOutput(string name) => name.Length == 0 ? null : Hold(OpenLogOr(name, Kernel.ReadWrite));

    private int OpenTerminalOutput() => OpenLogOr(_names.Output, Kernel.ReadWrite | Kernel.NonBlocking);

    private static int OpenLogOr(string name, int flags)
    {
        if (!name.StartsWith("file://", StringComparison.Ordinal)) return OpenFile(name, flags);
        string path = name["file://".Length..];
        Directory.CreateDirectory(Path.GetDirectoryName(path) ?? "/");
        return OpenFile(path, Kernel.WriteOnly | Kernel.Create | Kernel.Append);
    }

    private int Hold(int descriptor)
    {
        _held.Add(descriptor);
        return descriptor;
    }

    private static int NonBlockingCopy(int descriptor)
    {
        const int DuplicateAndClose = 1030, SetFlags = 4;
        int copy = Kernel.ControlDescriptor(descriptor, DuplicateAndClose, 0);
        _ = Kernel.ControlDescriptor(copy, SetFlags, Kernel.ReadWrite | Kernel.NonBlocking);
        return copy;
    }

    private static int OpenFile(string path, int flags)
    {
        int file = Kernel.Open(path, flags | Kernel.CloseOnExec, NewFileMode);
        if (file >= 0) return file;
        throw new TaskException(TaskError.Failed, $"cannot open the stream {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
