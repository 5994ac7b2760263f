using Drydock.Containers.Native;

namespace Drydock.Containers;

/// <summary>
/// Has a module compiled and optimized for its next start, by a process of its own that stays behind when this one ends:
/// the guest that is running is not delayed. The process is started when the guest has run for a while, or else when it has
/// ended.
/// </summary>
internal sealed class BackgroundCompiler : IDisposable
{
    /// <summary>Modules smaller than this are compiled while they run sooner than they are found.</summary>
    public const int LeastSize = 64 << 10;

    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1);
    private readonly string _path;
    private int _started;

    /// <param name="path">The module's file.</param>
    public BackgroundCompiler(string path)
    {
        _path = path;
        var thread = new Thread(RunLater, 64 << 10) { IsBackground = true, Name = "compile" };
        thread.Start();
    }

    /// <summary>Starts the process unless that has been done; called when the guest has ended.</summary>
    public void Dispose() => _ = Start();

    private void RunLater()
    {
        Thread.Sleep(Delay);
        if (Start() is { } process) _ = ChildProcess.WaitUntil(process, long.MaxValue);
    }

    /// <summary>The process, or null if it was started before, or cannot be.</summary>
    private int? Start() =>
        Interlocked.Exchange(ref _started, 1) == 0 ? CompileProcess.StartInBackground(Path.GetFullPath(_path), counts: null) : null;
}
