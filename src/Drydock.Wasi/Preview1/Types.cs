namespace Drydock.Wasi.Preview1;

/// <summary>The two snapshots of preview 1 whose functions have the same names but some other layouts.</summary>
internal enum Snapshot
{
    /// <summary><c>wasi_unstable</c>.</summary>
    Unstable,
    /// <summary><c>wasi_snapshot_preview1</c>.</summary>
    Preview1,
}

/// <summary>The type of a file (<c>filetype</c>).</summary>
internal enum Filetype : byte
{
    Unknown, BlockDevice, CharacterDevice, Directory, RegularFile, SocketDatagram, SocketStream, SymbolicLink,
}

/// <summary>Flags of an open descriptor (<c>fdflags</c>).</summary>
[Flags]
internal enum FdFlags : ushort
{
    None = 0, Append = 1, DSync = 2, NonBlock = 4, RSync = 8, Sync = 16, All = 31,
}

/// <summary>How <c>path_open</c> opens (<c>oflags</c>).</summary>
[Flags]
internal enum OpenFlags : ushort
{
    None = 0, Create = 1, Directory = 2, Exclusive = 4, Truncate = 8, All = 15,
}

/// <summary>Which time stamps to set (<c>fstflags</c>).</summary>
[Flags]
internal enum TimeFlags : ushort
{
    None = 0, Access = 1, AccessNow = 2, Modification = 4, ModificationNow = 8, All = 15,
}

/// <summary>How a path is resolved (<c>lookupflags</c>).</summary>
[Flags]
internal enum LookupFlags : uint
{
    None = 0, SymlinkFollow = 1,
}

/// <summary>What a subscription waits for (<c>eventtype</c>).</summary>
internal enum EventType : byte
{
    Clock, FdRead, FdWrite,
}

/// <summary>File types as the host knows them.</summary>
internal static class Filetypes
{
    /// <summary>From the mode of a file (S_IFMT).</summary>
    public static Filetype FromMode(ushort mode) => (mode & 0xF000) switch
    {
        0x2000 => Filetype.CharacterDevice,
        0x4000 => Filetype.Directory,
        0x6000 => Filetype.BlockDevice,
        0x8000 => Filetype.RegularFile,
        0xA000 => Filetype.SymbolicLink,
        0xC000 => Filetype.SocketStream,
        _ => Filetype.Unknown,
    };

    /// <summary>From the type of a directory entry (DT_*), which is the file type part of a mode.</summary>
    public static Filetype FromDirectoryEntry(byte type) => FromMode((ushort)(type << 12));
}
