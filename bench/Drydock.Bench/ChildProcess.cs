using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Drydock.Bench;

/// <summary>How a child process ran.</summary>
/// <param name="Milliseconds">Wall-clock time from before it was made to after it ended.</param>
/// <param name="PeakKilobytes">Most memory it had resident.</param>
/// <param name="Code">Exit code, or 256 and the signal.</param>
/// <param name="ProcessorSeconds">Processor time it took, with that of its own children.</param>
internal readonly record struct Usage(double Milliseconds, long PeakKilobytes, int Code, double ProcessorSeconds);

/// <summary>Runs programs with as little as possible of our own in the figure.</summary>
internal static unsafe partial class ChildProcess
{
    private const int FileActionsSize = 128;
    private const int OpenWriteOnly = 1;

    /// <summary>Runs a program with its output thrown away.</summary>
    public static Usage Run(params string[] words)
    {
        byte** argv = stackalloc byte*[words.Length + 1];
        for (int i = 0; i < words.Length; i++) argv[i] = (byte*)Marshal.StringToCoTaskMemUTF8(words[i]);
        argv[words.Length] = null;
        byte* actions = stackalloc byte[FileActionsSize];
        _ = InitializeActions(actions);
        _ = AddOpen(actions, 1, "/dev/null", OpenWriteOnly, 0);
        long start = Stopwatch.GetTimestamp();
        if (Spawn(out int pid, argv[0], actions, 0, argv, Environ()) != 0)
            throw new InvalidOperationException($"cannot start {words[0]}");
        ResourceUsage usage;
        int status;
        while (Wait(pid, &status, 0, &usage) != pid) { }
        double milliseconds = Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        for (int i = 0; i < words.Length; i++) Marshal.FreeCoTaskMem((nint)argv[i]);
        return new(milliseconds, usage.PeakKilobytes, (status & 0x7f) == 0
            ? status >> 8 & 0xff
            : 256 + (status & 0x7f), usage.ProcessorSeconds);
    }

    /// <summary>Runs a program and gives what it writes to its standard output.</summary>
    public static string Read(params ReadOnlySpan<string> words) => Read(words, mayFail: false);

    /// <inheritdoc cref="Read(ReadOnlySpan{string})"/>
    /// <param name="words">The program and its arguments.</param>
    /// <param name="mayFail">Whether its exit code is of no interest, nor what it writes to its standard error.</param>
    public static string Read(ReadOnlySpan<string> words, bool mayFail)
    {
        var start = new ProcessStartInfo(words[0], words[1..].ToArray())
        {
            RedirectStandardOutput = true,
            RedirectStandardInput = true,
            RedirectStandardError = mayFail,
            StandardOutputEncoding = Encoding.UTF8,
        };
        using Process process = Process.Start(start)!;
        process.StandardInput.Close();
        if (mayFail) process.ErrorDataReceived += (_, _) => { };
        if (mayFail) process.BeginErrorReadLine();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return mayFail || process.ExitCode == 0
            ? output
            : throw new InvalidOperationException($"{start.FileName} ended with {process.ExitCode}");
    }

    private static byte** Environ() => *(byte***)NativeLibrary.GetExport(NativeLibrary.Load("libc.so.6"), "environ");

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceUsage
    {
        private fixed long _times[4];
        public long PeakKilobytes;
        private fixed long _others[13];

        /// <summary>Of the program itself and of the kernel for it, each as seconds and microseconds.</summary>
        public readonly double ProcessorSeconds => _times[0] + _times[2] + (_times[1] + _times[3]) / 1e6;
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn")]
    private static partial int Spawn(out int pid, byte* path, byte* actions, nint attributes, byte** argv,
        byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitializeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddOpen(byte* actions, int descriptor, string path, int flags, uint mode);

    [LibraryImport("libc", EntryPoint = "wait4")]
    private static partial int Wait(int pid, int* status, int options, ResourceUsage* usage);
}
