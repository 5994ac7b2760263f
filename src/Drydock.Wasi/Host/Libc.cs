using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

[module: SkipLocalsInit]

namespace Drydock.Wasi.Host;

/// <summary>
/// The C library calls of this floor and the Linux constants they take. Calls report failure as -1 with errno, which
/// <see cref="Check(nint)"/> turns into the kernel's own convention: a negative errno.
/// </summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    public const int ReadOnly = 0, WriteOnly = 1, ReadWrite = 2, AccessMode = 3;
    public const int Create = 0x40, Exclusive = 0x80, NoControllingTerminal = 0x100, Truncate = 0x200, Append = 0x400;
    public const int NonBlock = 0x800, DataSync = 0x1000, Sync = 0x101000, CloseOnExec = 0x80000, PathOnly = 0x200000;
    public static readonly int Directory = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? 0x4000 : 0x10000;
    public static readonly int NoFollow = RuntimeInformation.OSArchitecture == Architecture.Arm64 ? 0x8000 : 0x20000;

    public const int ResolveNoMagicLinks = 0x02, ResolveBeneath = 0x08;
    public const int AtEmptyPath = 0x1000, AtRemoveDirectory = 0x200;
    public const int GetFlags = 3, SetFlags = 4;
    public const int BytesReadable = 0x541B, TerminalAttributes = 0x5401;
    public const uint StatBasic = 0x7FF;
    public const long TimeNow = 0x3FFFFFFF, TimeOmit = 0x3FFFFFFE;
    public const short PollIn = 1, PollOut = 4, PollError = 8, PollHangUp = 16, PollInvalid = 32;

    public const int EPERM = 1, ENOENT = 2, EINTR = 4, EAGAIN = 11, EEXIST = 17, EXDEV = 18, EISDIR = 21, EINVAL = 22,
        EROFS = 30, ENAMETOOLONG = 36, ENOSYS = 38, EACCES = 13, ENOTTY = 25;

    /// <summary><c>struct iovec</c>.</summary>
    public struct IoVector
    {
        public byte* Base;
        public nuint Length;
    }

    /// <summary><c>struct timespec</c> of a 64-bit system.</summary>
    public struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;

        public static TimeSpec FromNanoseconds(ulong time) =>
            new() { Seconds = (long)(time / 1_000_000_000), Nanoseconds = (long)(time % 1_000_000_000) };

        public readonly ulong ToNanoseconds() => (ulong)Seconds * 1_000_000_000 + (ulong)Nanoseconds;
    }

    /// <summary><c>struct pollfd</c>.</summary>
    public struct PollDescriptor
    {
        public int Fd;
        public short Events;
        public short Returned;
    }

    /// <summary><c>struct open_how</c>.</summary>
    public struct OpenHow
    {
        public ulong Flags;
        public ulong Mode;
        public ulong Resolve;
    }

    /// <summary><c>struct statx_timestamp</c>.</summary>
    public struct StatTime
    {
        public long Seconds;
        public uint Nanoseconds;
        private readonly int _reserved;

        /// <summary>Nanoseconds since the epoch; times before it read as 0.</summary>
        public readonly ulong ToNanoseconds() => Seconds < 0 ? 0 : (ulong)Seconds * 1_000_000_000 + Nanoseconds;
    }

    /// <summary><c>struct statx</c>, whose layout is the same on every processor.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    public struct Stat
    {
        public uint Mask, BlockSize;
        public ulong Attributes;
        public uint LinkCount, UserId, GroupId;
        public ushort Mode, Spare;
        public ulong Inode, Size, Blocks, AttributesMask;
        public StatTime AccessTime, BirthTime, ChangeTime, ModifyTime;
        public uint DeviceMajor, DeviceMinor, FileSystemMajor, FileSystemMinor;

        /// <summary>The number of the file system, packed as <c>makedev</c> does.</summary>
        public readonly ulong Device =>
            ((ulong)(FileSystemMajor & 0xFFFFF000) << 32) | ((ulong)(FileSystemMajor & 0xFFF) << 8)
            | ((ulong)(FileSystemMinor & 0xFFFFFF00) << 12) | (FileSystemMinor & 0xFF);
    }

    /// <summary>The result of a call, or its errno made negative.</summary>
    public static long Check(nint result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    /// <inheritdoc cref="Check(nint)"/>
    public static int Check(int result) => result < 0 ? -Marshal.GetLastPInvokeError() : result;

    [LibraryImport(Library, EntryPoint = "syscall", SetLastError = true)]
    public static partial nint Syscall(nint number, nint first, byte* second, OpenHow* third, nint fourth);

    [LibraryImport(Library, EntryPoint = "open", SetLastError = true)]
    public static partial int Open(byte* path, int flags);

    [LibraryImport(Library, EntryPoint = "close")]
    public static partial int Close(int fd);

    [LibraryImport(Library, EntryPoint = "read", SetLastError = true)]
    public static partial nint Read(int fd, byte* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "write", SetLastError = true)]
    public static partial nint Write(int fd, byte* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "readv", SetLastError = true)]
    public static partial nint ReadVector(int fd, IoVector* vectors, int count);

    [LibraryImport(Library, EntryPoint = "writev", SetLastError = true)]
    public static partial nint WriteVector(int fd, IoVector* vectors, int count);

    [LibraryImport(Library, EntryPoint = "preadv", SetLastError = true)]
    public static partial nint ReadVectorAt(int fd, IoVector* vectors, int count, long offset);

    [LibraryImport(Library, EntryPoint = "pwritev", SetLastError = true)]
    public static partial nint WriteVectorAt(int fd, IoVector* vectors, int count, long offset);

    [LibraryImport(Library, EntryPoint = "lseek", SetLastError = true)]
    public static partial nint Seek(int fd, long offset, int whence);

    [LibraryImport(Library, EntryPoint = "fsync", SetLastError = true)]
    public static partial int SyncAll(int fd);

    [LibraryImport(Library, EntryPoint = "fdatasync", SetLastError = true)]
    public static partial int SyncData(int fd);

    [LibraryImport(Library, EntryPoint = "posix_fadvise")]
    public static partial int Advise(int fd, long offset, long length, int advice);

    [LibraryImport(Library, EntryPoint = "fallocate", SetLastError = true)]
    public static partial int Allocate(int fd, int mode, long offset, long length);

    [LibraryImport(Library, EntryPoint = "ftruncate", SetLastError = true)]
    public static partial int SetSize(int fd, long size);

    [LibraryImport(Library, EntryPoint = "fcntl", SetLastError = true)]
    public static partial int Control(int fd, int command, nint argument);

    [LibraryImport(Library, EntryPoint = "ioctl", SetLastError = true)]
    public static partial int DeviceControl(int fd, nuint request, void* argument);

    [LibraryImport(Library, EntryPoint = "statx", SetLastError = true)]
    public static partial int StatAt(int directory, byte* path, int flags, uint mask, Stat* stat);

    [LibraryImport(Library, EntryPoint = "utimensat", SetLastError = true)]
    public static partial int SetTimesAt(int directory, byte* path, TimeSpec* times, int flags);

    [LibraryImport(Library, EntryPoint = "getdents64", SetLastError = true)]
    public static partial nint ReadDirectory(int fd, byte* buffer, nuint length);

    [LibraryImport(Library, EntryPoint = "mkdirat", SetLastError = true)]
    public static partial int CreateDirectoryAt(int directory, byte* path, uint mode);

    [LibraryImport(Library, EntryPoint = "unlinkat", SetLastError = true)]
    public static partial int UnlinkAt(int directory, byte* path, int flags);

    [LibraryImport(Library, EntryPoint = "linkat", SetLastError = true)]
    public static partial int LinkAt(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath, int flags);

    [LibraryImport(Library, EntryPoint = "renameat", SetLastError = true)]
    public static partial int RenameAt(int oldDirectory, byte* oldPath, int newDirectory, byte* newPath);

    [LibraryImport(Library, EntryPoint = "symlinkat", SetLastError = true)]
    public static partial int SymbolicLinkAt(byte* target, int directory, byte* path);

    [LibraryImport(Library, EntryPoint = "readlinkat", SetLastError = true)]
    public static partial nint ReadLinkAt(int directory, byte* path, byte* buffer, nuint length);

    // Clock reads take some tens of nanoseconds and never block, so they may run without leaving managed mode.
    [LibraryImport(Library, EntryPoint = "clock_gettime"), SuppressGCTransition]
    public static partial int GetTime(int clock, TimeSpec* time);

    [LibraryImport(Library, EntryPoint = "clock_getres"), SuppressGCTransition]
    public static partial int GetResolution(int clock, TimeSpec* time);

    [LibraryImport(Library, EntryPoint = "getrandom", SetLastError = true)]
    public static partial nint GetRandom(byte* buffer, nuint length, uint flags);

    [LibraryImport(Library, EntryPoint = "ppoll", SetLastError = true)]
    public static partial int Poll(PollDescriptor* descriptors, nuint count, TimeSpec* timeout, void* signals);

    [LibraryImport(Library, EntryPoint = "sched_yield")]
    public static partial int Yield();
}
