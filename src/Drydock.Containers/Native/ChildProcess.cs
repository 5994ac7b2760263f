using System.Runtime.InteropServices;

namespace Drydock.Containers.Native;

/// <summary>
/// Starts a process that has nothing to do with this one's terminal, streams and descriptors. The framework's own way
/// costs milliseconds and leaves open what this process inherited, so that a pipe would not end with the guest.
/// </summary>
internal static unsafe partial class ChildProcess
{
    public const int SignalKill = 9, SignalProcessorTime = 24;

    private const short NewSession = 0x80;
    private const int OpenReadWrite = 2, FirstToClose = 3, WithoutWaiting = 1, Interrupted = 4;
    private const int PollMilliseconds = 20;
    /// <summary>More than the C library's two structures take up.</summary>
    private const int StructureSize = 512;

    private static readonly string[] Passed =
        ["HOME", "PATH", "XDG_CACHE_HOME", "XDG_DATA_HOME", "DRYDOCK_ROOT", "DRYDOCK_CACHE", "DRYDOCK_CACHE_SIZE",
            "DRYDOCK_LIBLLVM", "LD_LIBRARY_PATH"];

    /// <summary>Starts a program in a session of its own, with streams that lead nowhere; null if that fails.</summary>
    public static int? StartDetached(string executable, string[] arguments)
    {
        var actions = stackalloc byte[StructureSize];
        var attributes = stackalloc byte[StructureSize];
        byte** argv = Strings(arguments), envp = Strings(Environment());
        _ = InitializeActions(actions);
        _ = InitializeAttributes(attributes);
        for (int stream = 0; stream < FirstToClose; stream++)
            _ = AddOpen(actions, stream, "/dev/null", OpenReadWrite, 0);
        _ = AddCloseFrom(actions, FirstToClose);
        _ = SetFlags(attributes, NewSession);
        int error = Spawn(out int process, executable, actions, attributes, argv, envp);
        _ = DestroyActions(actions);
        _ = DestroyAttributes(attributes);
        Free(argv);
        Free(envp);
        return error == 0 ? process : null;
    }

    /// <summary>Starts a program with the streams and the environment of this process; null if that fails.</summary>
    public static int? Start(string executable, string[] arguments)
    {
        byte** argv = Strings(arguments), envp = Strings(WholeEnvironment());
        int error = Spawn(out int process, executable, null, null, argv, envp);
        Free(argv);
        Free(envp);
        return error == 0 ? process : null;
    }

    /// <summary>Waits until a child has ended, so that nothing of it remains; ends it when its time is over.</summary>
    /// <param name="process">The child.</param>
    /// <param name="end">When its time is over, as <see cref="Environment.TickCount64"/> counts.</param>
    /// <returns>Its exit code, or the signal that ended it, negative; null if it ran out of time.</returns>
    public static int? WaitUntil(int process, long end)
    {
        int status = 0, result;
        while ((result = WaitFor(process, &status, WithoutWaiting)) == 0 || result < 0
            && Marshal.GetLastPInvokeError() == Interrupted)
        {
            if (System.Environment.TickCount64 >= end) return End(process);
            Thread.Sleep(PollMilliseconds);
        }
        if (result < 0) return 0;
        int signal = status & 0x7F;
        return signal != 0 ? -signal : status >> 8 & 0xFF;
    }

    /// <summary>Whether a child has ended; nothing of it remains then.</summary>
    public static bool HasEnded(int process) => WaitFor(process, null, WithoutWaiting) != 0;

    private static int? End(int process)
    {
        _ = Kill(process, SignalKill);
        _ = WaitFor(process, null, 0);
        return null;
    }

    private static string[] WholeEnvironment()
    {
        var variables = new List<string>();
        foreach (System.Collections.DictionaryEntry variable in System.Environment.GetEnvironmentVariables())
            variables.Add($"{variable.Key}={variable.Value}");
        return [.. variables];
    }

    private static string[] Environment() =>
        [.. Passed.Select(name => (name, System.Environment.GetEnvironmentVariable(name)))
            .Where(variable => variable.Item2 is not null).Select(variable => $"{variable.name}={variable.Item2}")];

    private static byte** Strings(string[] values)
    {
        var strings = (byte**)NativeMemory.AllocZeroed((nuint)values.Length + 1, (nuint)sizeof(byte*));
        for (int i = 0; i < values.Length; i++) strings[i] = (byte*)Marshal.StringToCoTaskMemUTF8(values[i]);
        return strings;
    }

    private static void Free(byte** strings)
    {
        for (byte** next = strings; *next != null; next++) Marshal.FreeCoTaskMem((nint)(*next));
        NativeMemory.Free(strings);
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Spawn(
        out int process, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitializeActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddOpen(byte* actions, int descriptor, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addclosefrom_np")]
    private static partial int AddCloseFrom(byte* actions, int first);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitializeAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitFor(int process, int* status, int options);
}
