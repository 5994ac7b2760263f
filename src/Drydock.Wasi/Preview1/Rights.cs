namespace Drydock.Wasi.Preview1;

/// <summary>What may be done with a descriptor (<c>rights</c>).</summary>
[Flags]
internal enum Rights : ulong
{
    None = 0,
    FdDatasync = 1 << 0,
    FdRead = 1 << 1,
    FdSeek = 1 << 2,
    FdFdstatSetFlags = 1 << 3,
    FdSync = 1 << 4,
    FdTell = 1 << 5,
    FdWrite = 1 << 6,
    FdAdvise = 1 << 7,
    FdAllocate = 1 << 8,
    PathCreateDirectory = 1 << 9,
    PathCreateFile = 1 << 10,
    PathLinkSource = 1 << 11,
    PathLinkTarget = 1 << 12,
    PathOpen = 1 << 13,
    FdReaddir = 1 << 14,
    PathReadlink = 1 << 15,
    PathRenameSource = 1 << 16,
    PathRenameTarget = 1 << 17,
    PathFilestatGet = 1 << 18,
    PathFilestatSetSize = 1 << 19,
    PathFilestatSetTimes = 1 << 20,
    FdFilestatGet = 1 << 21,
    FdFilestatSetSize = 1 << 22,
    FdFilestatSetTimes = 1 << 23,
    PathSymlink = 1 << 24,
    PathRemoveDirectory = 1 << 25,
    PathUnlinkFile = 1 << 26,
    PollFdReadwrite = 1 << 27,
    SockShutdown = 1 << 28,
    SockAccept = 1 << 29,

    /// <summary>What makes sense on every descriptor.</summary>
    Any = FdFdstatSetFlags | FdFilestatGet | FdFilestatSetTimes | FdSync | FdDatasync | PollFdReadwrite,
    /// <summary>What makes sense on a pipe, a terminal or another stream.</summary>
    Stream = Any | FdRead | FdWrite,
    /// <summary>What makes sense on a file that has positions.</summary>
    File = Stream | FdSeek | FdTell | FdAdvise | FdAllocate | FdFilestatSetSize,
    /// <summary>What makes sense on a directory.</summary>
    Directory = Any | PathCreateDirectory | PathCreateFile | PathLinkSource | PathLinkTarget | PathOpen | FdReaddir
        | PathReadlink | PathRenameSource | PathRenameTarget | PathFilestatGet | PathFilestatSetSize
        | PathFilestatSetTimes | PathSymlink | PathRemoveDirectory | PathUnlinkFile,
    /// <summary>What a guest may do beneath a directory that it was given.</summary>
    Inheritable = Directory | File,
    /// <summary>The rights that only a descriptor open for writing can honour.</summary>
    NeedsWriteAccess = FdWrite | FdAllocate | FdFilestatSetSize,
}
