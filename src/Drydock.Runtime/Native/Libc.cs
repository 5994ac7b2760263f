using System.Runtime.InteropServices;

namespace Drydock.Runtime.Native;

/// <summary>The functions of the C library that the runtime needs, with their constants on x86-64 Linux.</summary>
internal static unsafe partial class Libc
{
    public const int ProtNone = 0, ProtRead = 1, ProtWrite = 2, ProtExec = 4;
    public const int MapShared = 0x01, MapPrivate = 0x02, MapFixed = 0x10, MapAnonymous = 0x20, MapNoReserve = 0x4000;
    public const int AdviseDontNeed = 4, AdviseHugePages = 14, AdvisePopulateForWriting = 23;
    public const uint MemfdCloseOnExec = 1;
    public const int OpenReadOnly = 0, OpenWriteOnly = 1, OpenCreate = 0x40, OpenExclusive = 0x80,
    OpenNonBlocking = 0x800,
        OpenNoFollow = 0x20000, OpenCloseOnExec = 0x80000;
    public const int SignalIllegal = 4, SignalBus = 7, SignalFloat = 8, SignalSegment = 11, SignalProfile = 27;
    public const int SignalInfo = 4, SignalOnStack = 0x0800_0000, SignalRestart = 0x1000_0000;
    public const int CallTimerCreate = 222, CallTimerSet = 223, CallTimerDelete = 226, CallThreadId = 186;
    public const int StackDisabled = 2;
    public const int AuxiliaryHardware2 = 26; // AT_HWCAP2

    public static readonly nint MapFailed = -1;

    /// <summary><c>struct sigaction</c> of the C library.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SignalAction
    {
        public nint Handler;
        public fixed ulong Mask[16];
        public int Flags;
        public nint Restorer;
    }

    /// <summary><c>stack_t</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct SignalStack
    {
        public nint Address;
        public int Flags;
        public nuint Size;
    }

    /// <summary><c>pthread_attr_t</c>, opaque.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct ThreadAttributes
    {
        private fixed ulong _opaque[8];
    }

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    public static partial nint Map(nint address, nuint length, int protection, int flags, int file, long offset);

    [LibraryImport("libc", EntryPoint = "madvise")]
    public static partial int Advise(nint address, nuint length, int advice);

    [LibraryImport("libc", EntryPoint = "munmap")]
    public static partial int Unmap(nint address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    public static partial int Protect(nint address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true)]
    public static partial int CreateMemoryFile(byte* name, uint flags);

    [LibraryImport("libc", EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int Truncate(int file, long length);

    [LibraryImport("libc", EntryPoint = "pwrite", SetLastError = true)]
    public static partial nint Write(int file, byte* bytes, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "pread", SetLastError = true)]
    public static partial nint Read(int file, byte* bytes, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    public static partial int Sync(int file);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Unlink(string path);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int GetStatus(int directory, string path, int flags, uint mask, FileStatus.Fields* status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();

    /// <summary>Sets both times of a file to now.</summary>
    public static void SetTimesToNow(string path) => _ = SetTimes(CurrentDirectory, path, null, 0);

    private const int CurrentDirectory = -100;

    [LibraryImport("libc", EntryPoint = "utimensat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetTimes(int directory, string path, void* times, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    public static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    public static partial int SetSignalAction(int signal, SignalAction* action, SignalAction* previous);

    [LibraryImport("libc", EntryPoint = "sigaltstack", SetLastError = true)]
    public static partial int SetSignalStack(SignalStack* stack, SignalStack* previous);

    /// <summary>System calls for which older C libraries have no function.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    public static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "getauxval")]
    public static partial nuint AuxiliaryValue(nuint type);

    [LibraryImport("libc", EntryPoint = "pthread_self")]
    public static partial nint CurrentThread();

    [LibraryImport("libc", EntryPoint = "pthread_getattr_np")]
    public static partial int GetThreadAttributes(nint thread, ThreadAttributes* attributes);

    [LibraryImport("libc", EntryPoint = "pthread_attr_getstack")]
    public static partial int GetStack(ThreadAttributes* attributes, nint* lowest, nuint* size);

    [LibraryImport("libc", EntryPoint = "pthread_attr_destroy")]
    public static partial int DestroyThreadAttributes(ThreadAttributes* attributes);

    /// <summary>An exception that says what failed and why, from the last error.</summary>
    public static InvalidOperationException Failed(string what) =>
        new($"{what}: {Marshal.GetLastPInvokeErrorMessage()}");
}
