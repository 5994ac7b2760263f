using System.Runtime.InteropServices;

namespace Drydock.Containers.Native;

/// <summary>Descriptors that a program gets as its first ones; null for <c>/dev/null</c>.</summary>
/// <param name="Input">Standard input.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
/// <param name="Further">Those from the third on.</param>
public readonly record struct ChildStreams(int? Input = null, int? Output = null, int? Error = null,
    int[]? Further = null);

public static unsafe partial class Programs
{
    private const short SetDefaults = 4, SetMask = 8, SetSession = 0x80;
    private const int FirstFurther = 3, DuplicateAbove = 1030, LeastOutOfTheWay = 16;

    /// <summary>Starts a program with nothing of this process but the environment and the descriptors named.</summary>
    /// <param name="path">The executable.</param>
    /// <param name="words">Its whole command line, its own name first.</param>
    /// <param name="streams">Its descriptors.</param>
    /// <param name="isKeeper">Whether it collects children by signal: that is then blocked from its first moment, and
    /// it has a session of its own.</param>
    /// <param name="variables">Variables added to the environment, each as NAME=value.</param>
    /// <returns>The process's id.</returns>
    /// <exception cref="ContainerException">It cannot be started.</exception>
    public static int Start(
        string path, string[] words, ChildStreams streams, bool isKeeper = false, params ReadOnlySpan<string> variables)
    {
        byte* actions = stackalloc byte[FileActionsSize];
        byte* attributes = stackalloc byte[2 * FileActionsSize];
        Kernel.SignalSet mask = isKeeper ? Kernel.SignalSet.Of(Kernel.ChildSignal) : default;
        Kernel.SignalSet defaults = Kernel.SignalSet.Of(Kernel.PipeSignal);
        _ = InitializeFileActions(actions);
        _ = InitializeAttributes(attributes);
        _ = SetSignalMask(attributes, &mask);
        _ = SetSignalDefaults(attributes, &defaults);
        _ = SetFlags(attributes, (short)(SetDefaults | SetMask | (isKeeper ? SetSession : 0)));
        Redirect(actions, streams.Input, 0);
        Redirect(actions, streams.Output, 1);
        Redirect(actions, streams.Error, 2);
        int[] further = Array.ConvertAll(streams.Further ?? [], MoveOutOfTheWay);
        for (int i = 0; i < further.Length; i++) _ = AddDuplicate(actions, further[i], FirstFurther + i);
        using var line = new Words(words);
        using var environment = new Words([.. Variables(), .. variables]);
        int error = PosixSpawn(out int process, path, actions, attributes, line.Pointer, environment.Pointer);
        _ = DestroyFileActions(actions);
        _ = DestroyAttributes(attributes);
        foreach (int moved in further) _ = Kernel.Close(moved);
        return error == 0
            ? process
            : throw new ContainerException($"cannot start {path}: {Marshal.GetPInvokeErrorMessage(error)}");
    }

    private static void Redirect(byte* actions, int? descriptor, int to)
    {
        if (descriptor is { } from) _ = AddDuplicate(actions, from, to);
        else _ = AddOpen(actions, to, "/dev/null", Kernel.ReadWrite, 0);
    }

    /// <summary>One of the descriptors may have the number that another is to get.</summary>
    private static int MoveOutOfTheWay(int descriptor) =>
        Kernel.ControlDescriptor(descriptor, DuplicateAbove, LeastOutOfTheWay);

    private static List<string> Variables()
    {
        var variables = new List<string>();
        for (byte** next = Environ(); *next != null; next++) variables.Add(Marshal.PtrToStringUTF8((nint)(*next))!);
        return variables;
    }

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddOpen(byte* actions, int descriptor, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_init")]
    private static partial int InitializeAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_destroy")]
    private static partial int DestroyAttributes(byte* attributes);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setflags")]
    private static partial int SetFlags(byte* attributes, short flags);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigmask")]
    private static partial int SetSignalMask(byte* attributes, Kernel.SignalSet* signals);

    [LibraryImport("libc", EntryPoint = "posix_spawnattr_setsigdefault")]
    private static partial int SetSignalDefaults(byte* attributes, Kernel.SignalSet* signals);
}
