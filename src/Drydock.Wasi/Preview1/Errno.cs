namespace Drydock.Wasi.Preview1;

/// <summary>Error codes returned by functions of preview 1 (typenames.witx, <c>errno</c>).</summary>
internal enum Errno : ushort
{
    Success, TooBig, Acces, AddrInUse, AddrNotAvail, AfNoSupport, Again, Already, BadF, BadMsg, Busy, Canceled, Child,
    ConnAborted, ConnRefused, ConnReset, DeadLk, DestAddrReq, Dom, DQuot, Exist, Fault, FBig, HostUnreach, IdRm, IlSeq,
    InProgress, Intr, Inval, Io, IsConn, IsDir, Loop, MFile, MLink, MsgSize, MultiHop, NameTooLong, NetDown, NetReset,
    NetUnreach, NFile, NoBufs, NoDev, NoEnt, NoExec, NoLck, NoLink, NoMem, NoMsg, NoProtoOpt, NoSpc, NoSys, NotConn,
    NotDir, NotEmpty, NotRecoverable, NotSock, NotSup, NoTty, NxIo, Overflow, OwnerDead, Perm, Pipe, Proto,
    ProtoNoSupport, Prototype, Range, RoFs, SPipe, Srch, Stale, TimedOut, TxtBsy, XDev, NotCapable,
}

/// <summary>Turns the host's results into preview 1's.</summary>
internal static class Errnos
{
    // By Linux errno (asm-generic/errno-base.h and errno.h), from 0.
    private static ReadOnlySpan<Errno> ByHost =>
    [
        Errno.Success, Errno.Perm, Errno.NoEnt, Errno.Srch, Errno.Intr, Errno.Io, Errno.NxIo, Errno.TooBig,
        Errno.NoExec, Errno.BadF, Errno.Child, Errno.Again, Errno.NoMem, Errno.Acces, Errno.Fault, Errno.NotSup,
        Errno.Busy, Errno.Exist, Errno.XDev, Errno.NoDev, Errno.NotDir, Errno.IsDir, Errno.Inval, Errno.NFile,
        Errno.MFile, Errno.NoTty, Errno.TxtBsy, Errno.FBig, Errno.NoSpc, Errno.SPipe, Errno.RoFs, Errno.MLink,
        Errno.Pipe, Errno.Dom, Errno.Range, Errno.DeadLk, Errno.NameTooLong, Errno.NoLck, Errno.NoSys, Errno.NotEmpty,
        Errno.Loop, Errno.Io, Errno.NoMsg, Errno.IdRm,
    ];

    /// <summary>The code for a result of the host: success unless it is negative.</summary>
    public static Errno FromHost(long result) => result >= 0 ? Errno.Success : FromNumber(-result);

    /// <summary>The same for the resolution of a path, where EXDEV means that the path leads outside.</summary>
    public static Errno FromPath(long result) => result == -Host.Libc.EXDEV ? Errno.NotCapable : FromHost(result);

    private static Errno FromNumber(long number) => number switch
    {
        71 => Errno.Proto,
        75 => Errno.Overflow,
        84 => Errno.IlSeq,
        88 => Errno.NotSock,
        95 => Errno.NotSup,
        104 => Errno.ConnReset,
        105 => Errno.NoBufs,
        107 => Errno.NotConn,
        110 => Errno.TimedOut,
        116 => Errno.Stale,
        122 => Errno.DQuot,
        125 => Errno.Canceled,
        _ => number < ByHost.Length ? ByHost[(int)number] : Errno.Io,
    };
}
