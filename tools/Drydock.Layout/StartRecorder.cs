using System.Collections;
using System.Runtime.InteropServices;

namespace Drydock.Layout;

/// <summary>
/// Runs a program with a breakpoint at the start of each of its methods, which is taken away when it is met: so each
/// method is seen once, in the order of first calls. (ptrace(2))
/// </summary>
internal sealed unsafe partial class StartRecorder : IDisposable
{
    private const int PokeUser = 6, PeekUser = 3, Continue = 7, Seize = 0x4206;
    private const nint OptionsCloneExecKill = 0x08 | 0x10 | 0x100000;
    private const int TrapSignal = 5, ContinueSignal = 18;
    private const int EventExec = 4;
    private const int AllThreads = 0x40000000, Untraced = 2;
    private const int InstructionPointer = 16 * 8;
    private const byte Breakpoint = 0xcc;

    private readonly ulong _start;
    private readonly Dictionary<ulong, byte> _planted = [];
    private readonly int[] _places;
    private readonly List<int> _met = [];
    private readonly int _process;
    private FileStream? _memory;

    private StartRecorder(int process, ulong start, IEnumerable<int> places) =>
        (_process, _start, _places) = (process, start, [.. places]);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="words">The program, which is at a fixed address, and its arguments.</param>
    /// <param name="start">Where its methods are in memory.</param>
    /// <param name="places">Where each method begins, from there.</param>
    /// <returns>The places in the order in which they were met.</returns>
    public static List<int> Record(string[] words, ulong start, IEnumerable<int> places)
    {
        // Not by Process, whose handler of SIGCHLD would take the stops for ends. The shell waits to be traced.
        string?[] shell = ["sh", "-c", "kill -STOP $$; exec \"$@\" >/dev/null", "sh", .. words, null];
        string?[] variables = [.. Environment.GetEnvironmentVariables().Cast<DictionaryEntry>()
            .Select(each => $"{each.Key}={each.Value}"), null];
        if (Spawn(out int process, "/bin/sh", 0, 0, shell, variables) != 0)
            throw new InvalidOperationException("cannot start a shell");
        int status;
        Check(Wait(process, &status, Untraced));
        using var recorder = new StartRecorder(process, start, places);
        Check(Trace(Seize, process, 0, OptionsCloneExecKill));
        Check(Kill(process, ContinueSignal));
        recorder.Follow();
        return recorder._met;
    }

    public void Dispose() => _memory?.Dispose();

    private void Follow()
    {
        int status;
        for (int thread; (thread = Wait(-1, &status, AllThreads)) > 0;)
        {
            bool stopped = (status & 0xff) == 0x7f;
            if (!stopped && thread == _process) return;
            if (stopped) _ = Trace(Continue, thread, 0, Answer(thread, status >> 8 & 0xff, status >> 16));
        }
    }

    /// <summary>Answers a stop.</summary>
    /// <returns>The signal that the thread is to get.</returns>
    private int Answer(int thread, int signal, int @event)
    {
        if (@event == EventExec) Plant();
        if (@event != 0) return 0;
        return signal == TrapSignal && Meet(thread) ? 0 : signal;
    }

    private void Plant()
    {
        _memory?.Dispose();
        _memory = new FileStream($"/proc/{_process}/mem", FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, 0);
        byte[] code = new byte[_places.Max() + 1];
        _memory.Position = (long)_start;
        _memory.ReadExactly(code);
        _planted.Clear();
        foreach (int place in _places)
        {
            _planted[_start + (ulong)place] = code[place];
            code[place] = Breakpoint;
        }
        _memory.Position = (long)_start;
        _memory.Write(code);
    }

    private bool Meet(int thread)
    {
        ulong address = (ulong)Trace(PeekUser, thread, InstructionPointer, 0) - 1;
        if (!_planted.TryGetValue(address, out byte original)) return false;
        int place = (int)(address - _start);
        _memory!.Position = (long)address;
        _memory.Write([original]);
        if (!_met.Contains(place)) _met.Add(place);
        Check(Trace(PokeUser, thread, InstructionPointer, (nint)address));
        return true;
    }

    private static void Check(long result)
    {
        if (result < 0) throw new InvalidOperationException($"cannot trace: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    [LibraryImport("libc", EntryPoint = "ptrace", SetLastError = true)]
    private static partial long Trace(long request, int process, nint address, nint data);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int Wait(int process, int* status, int options);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(out int process, string path, nint actions, nint attributes, string?[] words,
        string?[] variables);
}
