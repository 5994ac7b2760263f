using Drydock.Compiler;
using Drydock.Containers.Native;
using Drydock.Runtime;
using Drydock.Runtime.Cache;

namespace Drydock.Containers;

/// <summary>
/// Has a module compiled and optimized for its next start, by a process of its own that stays behind when this one
/// ends: the guest that is running is not delayed. The process is started when the guest has run for a while, or else
/// when it has ended. A guest that still runs when code is ready goes on with it.
/// </summary>
internal sealed class BackgroundCompiler : IDisposable
{
    /// <summary>Modules smaller than this are compiled while they run sooner than they are found.</summary>
    public const int LeastSize = 64 << 10;

    private const int PollMilliseconds = 200;
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(1), SampleInterval = TimeSpan.FromMilliseconds(1);
    private readonly Engine _engine;
    private readonly CodeCache _cache;
    private readonly string _path;
    private readonly Module _module;
    private readonly Sampler? _sampler;
    private int _started;
    private volatile bool _isOver, _isOptimized;

    /// <param name="engine">The engine.</param>
    /// <param name="cache">The cache.</param>
    /// <param name="path">The module's file.</param>
    /// <param name="module">The module, which this thread is about to run.</param>
    public BackgroundCompiler(Engine engine, CodeCache cache, string path, Module module)
    {
        (_engine, _cache, _path, _module) = (engine, cache, path, module);
        _sampler = Sampler.TryStart(withStacks: false, SampleInterval);
        var thread = new Thread(RunLater, 128 << 10) { IsBackground = true, Name = "compile" };
        thread.Start();
    }

    /// <summary>Starts the process unless that has been done; called when the guest has ended.</summary>
    public void Dispose()
    {
        _isOver = true;
        _sampler?.Dispose();
        if (Volatile.Read(ref _started) == 0) _ = Start();
        else KeepCounts();
    }

    /// <summary>Adds what was counted since the process was started, for one that comes later.</summary>
    private void KeepCounts()
    {
        var digest = new byte[CodeImageIdentity.DigestSize];
        if (_sampler is not null && !_isOptimized && _cache.TryFindDigest(_path, digest)
            && _cache.WriteCounts(_sampler.Count(_module)) is { } counts) _cache.AddCounts(digest, counts);
    }

    private void RunLater()
    {
        Thread.Sleep(Delay);
        if (Start() is not { } process) return;
        int left = int.MaxValue;
        for (bool isRunning = true; isRunning && !_isOver;)
        {
            isRunning = !ChildProcess.HasEnded(process);
            _isOptimized |= TryAdopt(ref left) && left == 0;
            if (isRunning) Thread.Sleep(PollMilliseconds);
        }
    }

    /// <summary>Takes code that is better than what there was.</summary>
    private bool TryAdopt(ref int left)
    {
        var digest = new byte[CodeImageIdentity.DigestSize];
        if (!_cache.TryFindDigest(_path, digest)) return false;
        CompilerSettings settings = OptimizingTier.Settings(_engine, OptimizingTier.DefaultLevel);
        if (_cache.FunctionsLeft(new(digest, settings)) is not { } now || now >= left || _isOver) return false;
        left = now;
        return _cache.TryReplaceCode(_module, digest, settings, () => GuestModule.ReadAgain(_path, digest));
    }

    /// <summary>Whether another process is at it, as far as can be told without reading the file.</summary>
    private bool IsAtWork()
    {
        var digest = new byte[CodeImageIdentity.DigestSize];
        if (!_cache.TryFindDigest(_path, digest)) return false;
        using IDisposable? turn = _cache.TryTakeTurn(digest);
        return turn is null;
    }

    /// <summary>The process, or null if it was started before, or cannot be.</summary>
    private int? Start()
    {
        if (Interlocked.Exchange(ref _started, 1) != 0 || IsAtWork()) return null;
        string? counts = _sampler is null ? null : _cache.WriteCounts(_sampler.Count(_module));
        return CompileProcess.StartInBackground(Path.GetFullPath(_path), counts);
    }
}
