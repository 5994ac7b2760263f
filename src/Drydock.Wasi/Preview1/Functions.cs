using Drydock.Wasi.Host;

namespace Drydock.Wasi.Preview1;

/// <summary>
/// The functions of preview 1, named and typed as in wasi_snapshot_preview1.witx: addresses in the guest's memory and
/// integers in, an errno out. Here is what concerns the program as a whole.
/// </summary>
internal sealed unsafe partial class Functions(WasiContext context, Snapshot snapshot)
{
    private DescriptorTable Descriptors => context.Descriptors;

    public Errno ArgsGet(GuestMemory memory, uint argv, uint buffer) => context.Arguments.Store(memory, argv, buffer);

    public Errno ArgsSizesGet(GuestMemory memory, uint count, uint size) =>
        context.Arguments.StoreSizes(memory, count, size);

    public Errno EnvironGet(GuestMemory memory, uint environ, uint buffer) =>
        context.Environment.Store(memory, environ, buffer);

    public Errno EnvironSizesGet(GuestMemory memory, uint count, uint size) =>
        context.Environment.StoreSizes(memory, count, size);

    // Preview 1 numbers its clocks as Linux does.
    public static Errno ClockResGet(GuestMemory memory, uint clock, uint result) =>
        clock > Clocks.ThreadCpu ? Errno.Inval : memory.Store(result, Clocks.Resolution((int)clock));

    public static Errno ClockTimeGet(GuestMemory memory, uint clock, uint result) =>
        clock > Clocks.ThreadCpu ? Errno.Inval : memory.Store(result, Clocks.Now((int)clock));

    public static Errno RandomGet(GuestMemory memory, uint buffer, uint length)
    {
        var target = memory.At(buffer, length);
        return target == null ? Errno.Fault : Errnos.FromHost(Randomness.Fill(target, length));
    }

    public static Errno SchedYield()
    {
        _ = Libc.Yield();
        return Errno.Success;
    }

    public static void ProcExit(uint code) => throw new ProcessExitException(code);

    /// <summary>
    /// Does to the guest what the signal does by default. The guest is no process of the host, so ending means that
    /// its exit code tells the signal, and stopping is not possible.
    /// </summary>
    public static Errno ProcRaise(uint signal) => signal switch
    {
        0 or 16 or 17 or 22 or 27 => Errno.Success, // none, chld, cont, urg, winch
        18 or 19 or 20 or 21 => Errno.NotSup, // stop, tstp, ttin, ttou
        <= 30 => throw new ProcessExitException(128 + HostSignal(signal)),
        _ => Errno.Inval,
    };

    // Linux has SIGSTKFLT at 16, which preview 1 leaves out.
    private static uint HostSignal(uint signal) => signal < 16 ? signal : signal + 1;

    /// <summary>Sockets are not part of what a context grants, so every descriptor is none.</summary>
    public Errno Socket(uint fd) => Descriptors[fd] is null ? Errno.BadF : Errno.NotSock;
}
