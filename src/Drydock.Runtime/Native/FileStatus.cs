using System.Runtime.InteropServices;

namespace Drydock.Runtime.Native;

/// <summary>What the system says of a file, as far as the cache asks (statx(2)).</summary>
/// <param name="Device">Device.</param>
/// <param name="Inode">Inode.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="ModifiedAt">Time of the last change of the content, in nanoseconds since 1970.</param>
/// <param name="ChangedAt">Time of the last change of anything, which no one can set, in nanoseconds since
/// 1970.</param>
/// <param name="Owner">User id.</param>
/// <param name="Mode">Type and permissions.</param>
internal readonly record struct FileStatus(
    ulong Device, ulong Inode, long Size, long ModifiedAt, long ChangedAt, uint Owner, int Mode)
{
    private const int CurrentDirectory = -100, EmptyPath = 0x1000, BasicStatistics = 0x7FF;
    private const int TypeMask = 0xF000, RegularType = 0x8000, DirectoryType = 0x4000, ModeOfOthers = 0x3F,
        OthersWrite = 0x12;

    /// <summary>
    /// Whether it is an ordinary file that the user of this process owns and no one else may read or write.
    /// </summary>
    public bool IsPrivateFile =>
        (Mode & TypeMask) == RegularType && Owner == Libc.EffectiveUser() && (Mode & ModeOfOthers) == 0;

    /// <summary>
    /// Whether it is an ordinary file that the user of this process or root owns and no one else may write to.
    /// </summary>
    public bool IsOwnFile => IsFile && (Owner == 0 || Owner == Libc.EffectiveUser()) && (Mode & OthersWrite) == 0;

    /// <summary>Whether it is a directory that the user of this process owns and no one else may write to.</summary>
    public bool IsOwnDirectory =>
        (Mode & TypeMask) == DirectoryType && Owner == Libc.EffectiveUser() && (Mode & OthersWrite) == 0;

    /// <summary>Whether it is an ordinary file.</summary>
    public bool IsFile => (Mode & TypeMask) == RegularType;

    /// <summary>The status of what a path leads to, or null.</summary>
    public static FileStatus? Of(string path) => Read(CurrentDirectory, path, 0);

    /// <summary>The status of an open file, or null.</summary>
    public static FileStatus? Of(int descriptor) => Read(descriptor, "", EmptyPath);

    private static unsafe FileStatus? Read(int directory, string path, int flags)
    {
        Fields fields;
        if (Libc.GetStatus(directory, path, flags, BasicStatistics, &fields) != 0) return null;
        return new FileStatus(
            (ulong)fields.DeviceMajor << 32 | fields.DeviceMinor, fields.Inode, (long)fields.Size,
            fields.Modified.Nanoseconds,
            fields.Changed.Nanoseconds, fields.Owner, fields.Mode);
    }

    /// <summary><c>struct statx_timestamp</c>.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct Timestamp
    {
        private readonly long _seconds;
        private readonly uint _nanoseconds;
        private readonly int _reserved;

        public long Nanoseconds => unchecked(_seconds * 1_000_000_000 + _nanoseconds);
    }

    /// <summary><c>struct statx</c>, of which the kernel fills 256 bytes.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    internal struct Fields
    {
        [FieldOffset(20)] public uint Owner;
        [FieldOffset(28)] public ushort Mode;
        [FieldOffset(32)] public ulong Inode;
        [FieldOffset(40)] public ulong Size;
        [FieldOffset(96)] public Timestamp Changed;
        [FieldOffset(112)] public Timestamp Modified;
        [FieldOffset(136)] public uint DeviceMajor;
        [FieldOffset(140)] public uint DeviceMinor;
    }
}
