using System.Runtime.InteropServices;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>
/// Where a process reads and writes, as containerd names it: fifos, <c>file://</c> or <c>binary://</c>; empty for
/// nowhere.
/// </summary>
/// <param name="Input">Standard input.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error; unused with a terminal.</param>
/// <param name="IsTerminal">Whether the process has a terminal.</param>
public sealed record StreamNames(string Input, string Output, string Error, bool IsTerminal);

/// <summary>
/// The streams of one process. A process without a terminal writes to containerd's fifos themselves, open for reading
/// and writing, so that nobody copies, nobody gets SIGPIPE while containerd is restarted, and output outlives this
/// program. Input goes through a pipe: a client takes an open fifo for a sign that the container is there.
/// </summary>
internal sealed class TaskStreams : IDisposable
{
    private const int NewFileMode = 0x1a4; // rw-r--r--

    private readonly StreamNames _names;
    private readonly List<int> _held = [];
    private int? _inputWriter;
    private Pump? _fromTerminal, _input;
    private int? _pipe;

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
            int? input = names.Input.Length == 0 ? null : streams.OpenPipe();
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

    /// <summary>Connects the input of a process that has been made.</summary>
    public void AttachInput(EventLoop loop)
    {
        if (_pipe is not { } pipe) return;
        // The end of input is what CloseInput says, so this process counts as a writer until then.
        int reader = OpenFile(_names.Input, Kernel.ReadOnly | Kernel.NonBlocking);
        _inputWriter = OpenFile(_names.Input, Kernel.WriteOnly | Kernel.NonBlocking);
        (_input, _pipe) = (new(loop, reader, pipe), null);
    }

    /// <summary>Connects the terminal of the process.</summary>
    public void AttachTerminal(EventLoop loop, int terminal)
    {
        if (_names.Input.Length > 0)
            _input = new(loop, OpenFile(_names.Input, Kernel.ReadWrite | Kernel.NonBlocking),
                NonBlockingCopy(terminal));
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

    /// <summary>
    /// The process has ended: readers see the end of its output. What a terminal still holds is carried to its end.
    /// </summary>
    public void EndProcess()
    {
        CloseInput();
        if (_fromTerminal is null) CloseHeld();
        _input?.Dispose();
        if (_pipe is { } pipe) _ = Kernel.Close(pipe);
        _pipe = null;
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

    private unsafe int OpenPipe()
    {
        int* ends = stackalloc int[2];
        _ = Kernel.MakePipe(ends, Kernel.CloseOnExec);
        _pipe = NonBlocking(ends[1], Kernel.WriteOnly);
        return Hold(ends[0]);
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
        const int DuplicateAndClose = 1030;
        return NonBlocking(Kernel.ControlDescriptor(descriptor, DuplicateAndClose, 0), Kernel.ReadWrite);
    }

    private static int NonBlocking(int descriptor, int mode)
    {
        const int SetFlags = 4;
        _ = Kernel.ControlDescriptor(descriptor, SetFlags, mode | Kernel.NonBlocking);
        return descriptor;
    }

    private static int OpenFile(string path, int flags)
    {
        int file = Kernel.Open(path, flags | Kernel.CloseOnExec, NewFileMode);
        if (file >= 0) return file;
        throw new TaskException(TaskError.Failed,
            $"cannot open the stream {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }
}
