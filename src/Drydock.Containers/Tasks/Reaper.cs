using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>
/// Collects the children of this process, and the orphans of its children, of which it is told by SIGCHLD. That signal
/// has to be blocked before the process starts: a thread of the framework's that does not block it would swallow it.
/// </summary>
public sealed unsafe class Reaper : IReadyHandler
{
    private const int SubreaperOption = 36, SignalInfoSize = 128, ExitedBySignal = 128;

    private readonly int _signals;
    private readonly Dictionary<int, Action<int>> _awaited = [];
    /// <summary>
    /// What ended before anyone knew its id, which is learned from a file once the runtime has returned.
    /// </summary>
    private readonly Dictionary<int, object> _unclaimed = [];
    private int _claimsToCome;

    /// <param name="loop">The loop that runs it.</param>
    public Reaper(EventLoop loop)
    {
        _ = Kernel.ControlProcess(SubreaperOption, 1, 0, 0, 0);
        Kernel.SignalSet child = Kernel.SignalSet.Of(Kernel.ChildSignal);
        _signals = Kernel.OpenSignals(-1, &child, Kernel.NonBlocking | Kernel.CloseOnExec);
        loop.AddReader(_signals, this);
    }

    /// <summary>
    /// Calls <paramref name="exited"/> with the exit code when the process has ended, at once if it has already.
    /// </summary>
    public void Await(int process, Action<int> exited)
    {
        if (_unclaimed.Remove(process, out object? code)) exited((int)code);
        else _awaited[process] = exited;
    }

    /// <summary>The exit code of a child that has just been started.</summary>
    public Task<int> Await(int process)
    {
        var exited = new TaskCompletionSource<int>();
        Await(process, exited.SetResult);
        return exited.Task;
    }

    /// <summary>From now until <see cref="EndClaims"/> processes are kept that nobody waits for yet.</summary>
    public void BeginClaims() => _claimsToCome++;

    /// <summary>Ends what <see cref="BeginClaims"/> began.</summary>
    public void EndClaims()
    {
        if (--_claimsToCome == 0) _unclaimed.Clear();
    }

    /// <inheritdoc/>
    public void OnReady()
    {
        byte* information = stackalloc byte[SignalInfoSize];
        while (Kernel.Read(_signals, information, SignalInfoSize) > 0)
        {
        }
        int status;
        for (int process; (process = Kernel.WaitFor(-1, &status, Kernel.NoHang)) > 0;)
            Exited(process, ExitCode(status));
    }

    private void Exited(int process, int code)
    {
        if (_awaited.Remove(process, out Action<int>? exited)) exited(code);
        else if (_claimsToCome > 0) _unclaimed[process] = code;
    }

    private static int ExitCode(int status) =>
        (status & 0x7f) == 0 ? (status >> 8) & 0xff : ExitedBySignal + (status & 0x7f);
}
