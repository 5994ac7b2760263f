using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Containers.Native;

/// <summary>The few calls of the C library that .NET does not offer.</summary>
internal static partial class Libc
{
    public const int OpenDirectory = 0x10000 | 0x80000; // O_DIRECTORY | O_CLOEXEC
    public const int LockExclusive = 2;
    public const int LockNonBlocking = 4;
    public const int ResourceProcessorTime = 0, ResourceData = 2, ResourceStack = 3;

    [StructLayout(LayoutKind.Sequential)]
    public struct ResourceLimit
    {
        public ulong Current;
        public ulong Maximum;
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "madvise")]
    public static partial int Advise(nuint start, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "flock")]
    public static partial int Lock(SafeFileHandle descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "getrlimit")]
    public static partial int GetResourceLimit(int resource, out ResourceLimit limit);

    /// <summary>Bounds a resource of this process, unless it is bounded more tightly.</summary>
    public static void Limit(int resource, ulong most)
    {
        if (GetResourceLimit(resource, out ResourceLimit limit) != 0) return;
        limit.Current = Math.Min(limit.Current, most);
        _ = SetResourceLimit(resource, limit);
    }

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetResourceLimit(int resource, in ResourceLimit limit);

    /// <summary>Lets everything else on the machine go first.</summary>
    public static unsafe void GiveWay()
    {
        const int ThisProcess = 0, LowestPriority = 19, Batch = 3;
        int noPriority = 0;
        _ = SetPriority(ThisProcess, 0, LowestPriority);
        _ = SetScheduler(0, Batch, &noPriority);
    }

    [LibraryImport("libc", EntryPoint = "setpriority")]
    private static partial int SetPriority(int which, int id, int priority);

    [LibraryImport("libc", EntryPoint = "sched_setscheduler")]
    private static unsafe partial int SetScheduler(int process, int policy, int* priority);

    /// <summary>
    /// Whether this process is root of the machine: in a user's own namespace the id is 0 as well, but files of root
    /// belong to someone who is not in it.
    /// </summary>
    public static bool IsRealRoot() =>
        UserId() == 0
            && File.ReadLines("/proc/self/uid_map").First()
            .Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["0", "0", ..];

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint UserId();

    /// <summary>Ends the process at once: the guest's thread is in code that cannot be unwound.</summary>
    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void ExitNow(int code);
}
