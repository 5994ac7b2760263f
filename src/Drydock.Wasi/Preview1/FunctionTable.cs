using Drydock.Runtime;
using Drydock.Wasm;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.Wasi.Preview1;

/// <summary>One call of a function of preview 1: takes its arguments from the call and returns the errno.</summary>
internal delegate Errno Import(Functions functions, GuestMemory memory, in HostCall call);

/// <summary>The functions of preview 1 by name, with their core types and how a call gives their arguments.</summary>
internal static class FunctionTable
{
    /// <summary>A function: its core type is <paramref name="Parameters"/>, one letter each, and an errno.</summary>
    /// <param name="Name">The name in both snapshots.</param>
    /// <param name="Parameters"><c>i</c> for i32, <c>I</c> for i64.</param>
    /// <param name="Import">Calls it.</param>
    internal readonly record struct Entry(string Name, string Parameters, Import Import);

    /// <summary>All functions but <c>proc_exit</c>, which has no result.</summary>
    public static readonly Entry[] Entries =
    [
        new("args_get", "ii", static (f, m, in c) => f.ArgsGet(m, U(c, 0), U(c, 1))),
        new("args_sizes_get", "ii", static (f, m, in c) => f.ArgsSizesGet(m, U(c, 0), U(c, 1))),
        new("environ_get", "ii", static (f, m, in c) => f.EnvironGet(m, U(c, 0), U(c, 1))),
        new("environ_sizes_get", "ii", static (f, m, in c) => f.EnvironSizesGet(m, U(c, 0), U(c, 1))),
        new("clock_res_get", "ii", static (f, m, in c) => Functions.ClockResGet(m, U(c, 0), U(c, 1))),
        new("clock_time_get", "iIi", static (f, m, in c) => Functions.ClockTimeGet(m, U(c, 0), U(c, 2))),
        new("fd_advise", "iIIi", static (f, m, in c) => f.FdAdvise(U(c, 0), L(c, 1), L(c, 2), U(c, 3))),
        new("fd_allocate", "iII", static (f, m, in c) => f.FdAllocate(U(c, 0), L(c, 1), L(c, 2))),
        new("fd_close", "i", static (f, m, in c) => f.FdClose(U(c, 0))),
        new("fd_datasync", "i", static (f, m, in c) => f.FdDatasync(U(c, 0))),
        new("fd_fdstat_get", "ii", static (f, m, in c) => f.FdFdstatGet(m, U(c, 0), U(c, 1))),
        new("fd_fdstat_set_flags", "ii", static (f, m, in c) => f.FdFdstatSetFlags(U(c, 0), U(c, 1))),
        new("fd_fdstat_set_rights", "iII", static (f, m, in c) => f.FdFdstatSetRights(U(c, 0), L(c, 1), L(c, 2))),
        new("fd_filestat_get", "ii", static (f, m, in c) => f.FdFilestatGet(m, U(c, 0), U(c, 1))),
        new("fd_filestat_set_size", "iI", static (f, m, in c) => f.FdFilestatSetSize(U(c, 0), L(c, 1))),
        new("fd_filestat_set_times", "iIIi", static (f, m, in c) =>
            f.FdFilestatSetTimes(U(c, 0), L(c, 1), L(c, 2), U(c, 3))),
        new("fd_pread", "iiiIi", static (f, m, in c) => f.FdPread(m, U(c, 0), U(c, 1), U(c, 2), L(c, 3), U(c, 4))),
        new("fd_prestat_get", "ii", static (f, m, in c) => f.FdPrestatGet(m, U(c, 0), U(c, 1))),
        new("fd_prestat_dir_name", "iii", static (f, m, in c) => f.FdPrestatDirName(m, U(c, 0), U(c, 1), U(c, 2))),
        new("fd_pwrite", "iiiIi", static (f, m, in c) => f.FdPwrite(m, U(c, 0), U(c, 1), U(c, 2), L(c, 3), U(c, 4))),
        new("fd_read", "iiii", static (f, m, in c) => f.FdRead(m, U(c, 0), U(c, 1), U(c, 2), U(c, 3))),
        new("fd_readdir", "iiiIi", static (f, m, in c) =>
            f.FdReaddir(m, U(c, 0), U(c, 1), U(c, 2), L(c, 3), U(c, 4))),
        new("fd_renumber", "ii", static (f, m, in c) => f.FdRenumber(U(c, 0), U(c, 1))),
        new("fd_seek", "iIii", static (f, m, in c) => f.FdSeek(m, U(c, 0), (long)L(c, 1), U(c, 2), U(c, 3))),
        new("fd_sync", "i", static (f, m, in c) => f.FdSync(U(c, 0))),
        new("fd_tell", "ii", static (f, m, in c) => f.FdTell(m, U(c, 0), U(c, 1))),
        new("fd_write", "iiii", static (f, m, in c) => f.FdWrite(m, U(c, 0), U(c, 1), U(c, 2), U(c, 3))),
        new("path_create_directory", "iii", static (f, m, in c) => f.PathCreateDirectory(m, U(c, 0), U(c, 1), U(c, 2))),
        new("path_filestat_get", "iiiii", static (f, m, in c) =>
            f.PathFilestatGet(m, U(c, 0), U(c, 1), U(c, 2), U(c, 3), U(c, 4))),
        new("path_filestat_set_times", "iiiiIIi", static (f, m, in c) =>
            f.PathFilestatSetTimes(m, U(c, 0), U(c, 1), U(c, 2), U(c, 3), L(c, 4), L(c, 5), U(c, 6))),
        new("path_link", "iiiiiii", static (f, m, in c) =>
            f.PathLink(m, U(c, 0), U(c, 1), U(c, 2), U(c, 3), U(c, 4), U(c, 5), U(c, 6))),
        new("path_open", "iiiiiIIii", static (f, m, in c) =>
            f.PathOpen(m, U(c, 0), U(c, 1), U(c, 2), U(c, 3), U(c, 4), L(c, 5), L(c, 6), U(c, 7), U(c, 8))),
        new("path_readlink", "iiiiii", static (f, m, in c) =>
            f.PathReadlink(m, U(c, 0), U(c, 1), U(c, 2), U(c, 3), U(c, 4), U(c, 5))),
        new("path_remove_directory", "iii", static (f, m, in c) => f.PathRemoveDirectory(m, U(c, 0), U(c, 1), U(c, 2))),
        new("path_rename", "iiiiii", static (f, m, in c) =>
            f.PathRename(m, U(c, 0), U(c, 1), U(c, 2), U(c, 3), U(c, 4), U(c, 5))),
        new("path_symlink", "iiiii", static (f, m, in c) =>
            f.PathSymlink(m, U(c, 0), U(c, 1), U(c, 2), U(c, 3), U(c, 4))),
        new("path_unlink_file", "iii", static (f, m, in c) => f.PathUnlinkFile(m, U(c, 0), U(c, 1), U(c, 2))),
        new("poll_oneoff", "iiii", static (f, m, in c) => f.PollOneoff(m, U(c, 0), U(c, 1), U(c, 2), U(c, 3))),
        new("proc_raise", "i", static (f, m, in c) => Functions.ProcRaise(U(c, 0))),
        new("random_get", "ii", static (f, m, in c) => Functions.RandomGet(m, U(c, 0), U(c, 1))),
        new("sched_yield", "", static (f, m, in c) => Functions.SchedYield()),
        new("sock_accept", "iii", static (f, m, in c) => f.Socket(U(c, 0))),
        new("sock_recv", "iiiiii", static (f, m, in c) => f.Socket(U(c, 0))),
        new("sock_send", "iiiii", static (f, m, in c) => f.Socket(U(c, 0))),
        new("sock_shutdown", "ii", static (f, m, in c) => f.Socket(U(c, 0))),
    ];

    private static readonly ValueType[] Result = [ValueType.I32];

    /// <summary>The core type of <c>proc_exit</c>.</summary>
    public static readonly FunctionType ExitType = new([ValueType.I32], []);

    /// <summary>The core type of a function with these parameters.</summary>
    public static FunctionType TypeOf(string parameters)
    {
        var types = new ValueType[parameters.Length];
        for (var i = 0; i < types.Length; i++) types[i] = parameters[i] == 'I' ? ValueType.I64 : ValueType.I32;
        return new FunctionType(types, Result);
    }

    private static uint U(in HostCall call, int index) => (uint)call.GetInt32(index);

    private static ulong L(in HostCall call, int index) => (ulong)call.GetInt64(index);
}
