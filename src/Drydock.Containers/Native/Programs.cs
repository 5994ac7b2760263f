using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Containers.Native;

/// <summary>
/// Starts other programs with this one's environment and descriptors as they are. The framework's own way sets up
/// threads, pipes and handlers that cost more than the programs do, and cannot take this one's place.
/// </summary>
public static unsafe partial class Programs
{
    private const int SignalPipe = 13;
    private const int Interrupted = 4;
    private const int StandardOutput = 1;
    private const int ExitedBySignal = 128;
    /// <summary>Room for <c>posix_spawn_file_actions_t</c> of any C library.</summary>
    private const int FileActionsSize = 256;

    /// <summary>Takes this process's place with <paramref name="path"/>; returns only by an exception.</summary>
    /// <param name="path">The executable.</param>
    /// <param name="arguments">Its command line after its own name.</param>
    /// <exception cref="ContainerException">It cannot be started.</exception>
    public static void Replace(string path, IReadOnlyList<string> arguments)
    {
        RestorePipeSignal();
        using var words = new Words([path, .. arguments]);
        _ = Execute(path, words.Pointer);
        throw new ContainerException($"cannot start {path}: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>Runs a program to its end and returns its exit code, 128 + the signal that killed it.</summary>
    /// <param name="path">The executable.</param>
    /// <param name="arguments">Its command line after its own name.</param>
    /// <param name="started">Hears the process's id as soon as there is one.</param>
    /// <param name="third">Descriptor that it gets as its third; null for what is inherited.</param>
    /// <exception cref="ContainerException">It cannot be started.</exception>
    public static int Run(
        string path, IReadOnlyList<string> arguments, Action<int>? started = null, int? third = null)
    {
        int process = third is { } descriptor ? SpawnWith(descriptor, path, arguments) : Spawn(path, arguments, null);
        started?.Invoke(process);
        return Wait(process);
    }

    private static int SpawnWith(int third, string path, IReadOnlyList<string> arguments)
    {
        byte* actions = stackalloc byte[FileActionsSize];
        int moved = MoveOutOfTheWay(third);
        _ = InitializeFileActions(actions);
        _ = AddDuplicate(actions, moved, FirstFurther);
        int process = Spawn(path, arguments, actions);
        _ = DestroyFileActions(actions);
        _ = Kernel.Close(moved);
        return process;
    }

    /// <summary>Runs a program to its end with what it writes to standard output caught.</summary>
    /// <exception cref="ContainerException">It cannot be started.</exception>
    public static (int Code, byte[] Output) Capture(string path, IReadOnlyList<string> arguments)
    {
        using var output = new FileStream(Path.Join(Path.GetTempPath(), Path.GetRandomFileName()), new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.ReadWrite,
            Options = FileOptions.DeleteOnClose,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
        byte* actions = stackalloc byte[FileActionsSize];
        _ = InitializeFileActions(actions);
        _ = AddDuplicate(actions, (int)output.SafeFileHandle.DangerousGetHandle(), StandardOutput);
        int code = Wait(Spawn(path, arguments, actions));
        _ = DestroyFileActions(actions);
        var bytes = new byte[RandomAccess.GetLength(output.SafeFileHandle)];
        return (code, bytes[..RandomAccess.Read(output.SafeFileHandle, bytes, 0)]);
    }

    /// <summary>A file without a name, for what a program writes.</summary>
    public static SafeFileHandle MemoryFile()
    {
        const uint CloseOnExec = 1;
        int file = CreateMemoryFile("drydock", CloseOnExec);
        return file >= 0
            ? new(file, ownsHandle: true)
            : throw new ContainerException(
                $"cannot make a file in memory: {Marshal.GetLastPInvokeErrorMessage()}");
    }

    /// <summary>
    /// A file without a name that a program started by <see cref="Replace"/> can open by the path returned.
    /// </summary>
    public static string Inherit(ReadOnlySpan<byte> content)
    {
        int file = CreateMemoryFile("drydock", 0);
        if (file < 0)
            throw new ContainerException($"cannot make a file in memory: {Marshal.GetLastPInvokeErrorMessage()}");
        // The handle does not own the descriptor: it stays open for the program that takes this one's place.
        using var handle = new SafeFileHandle(file, ownsHandle: false);
        RandomAccess.Write(handle, content, 0);
        return $"/proc/self/fd/{file}";
    }

    private static int Spawn(string path, IReadOnlyList<string> arguments, byte* actions)
    {
        RestorePipeSignal();
        using var words = new Words([path, .. arguments]);
        int error = PosixSpawn(out int process, path, actions, null, words.Pointer, Environ());
        return error == 0
            ? process
            : throw new ContainerException($"cannot start {path}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private static int Wait(int process)
    {
        int status;
        while (WaitFor(process, out status, 0) < 0 && Marshal.GetLastPInvokeError() == Interrupted)
        {
        }
        int signal = status & 0x7f;
        return signal == 0 ? (status >> 8) & 0xff : ExitedBySignal + signal;
    }

    /// <summary>The framework ignores SIGPIPE, and programs inherit what is ignored.</summary>
    private static void RestorePipeSignal() => _ = SetSignal(SignalPipe, 0);

    /// <summary>Words as C has them: pointers to their bytes, and a null.</summary>
    private sealed class Words : IDisposable
    {
        private readonly int _count;

        public Words(string[] words)
        {
            _count = words.Length;
            Pointer = (byte**)NativeMemory.AllocZeroed((nuint)(words.Length + 1), (nuint)sizeof(byte*));
            for (int i = 0; i < words.Length; i++) Pointer[i] = Copy(words[i]);
        }

        public byte** Pointer { get; }

        public void Dispose()
        {
            for (int i = 0; i < _count; i++) NativeMemory.Free(Pointer[i]);
            NativeMemory.Free(Pointer);
        }

        private static byte* Copy(string word)
        {
            int length = Encoding.UTF8.GetByteCount(word);
            var copy = (byte*)NativeMemory.AllocZeroed((nuint)length + 1);
            Encoding.UTF8.GetBytes(word, new Span<byte>(copy, length));
            return copy;
        }
    }

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Execute(string path, byte** arguments);

    [LibraryImport("libc", EntryPoint = "posix_spawn", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PosixSpawn(
        out int process, string path, byte* actions, byte* attributes, byte** arguments, byte** environment);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int InitializeFileActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int DestroyFileActions(byte* actions);

    [LibraryImport("libc", EntryPoint = "memfd_create", StringMarshalling = StringMarshalling.Utf8,
        SetLastError = true)]
    private static partial int CreateMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitFor(int process, out int status, int options);

    [LibraryImport("libc", EntryPoint = "signal")]
    private static partial nint SetSignal(int signal, nint handler);

    /// <summary>The C library's <c>environ</c>, which as a variable cannot be imported.</summary>
    [LibraryImport("libSystem.Native", EntryPoint = "SystemNative_GetEnviron")]
    private static partial byte** Environ();
}
