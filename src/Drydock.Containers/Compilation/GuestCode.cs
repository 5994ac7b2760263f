using Drydock.Compiler;
using Drydock.Oci;
using Drydock.Runtime;
using Drydock.Runtime.Cache;
using Drydock.Runtime.Native;

namespace Drydock.Containers;

/// <summary>The module a container runs, and how good its code is.</summary>
/// <param name="Module">The module.</param>
/// <param name="Improvable">Whether a process in the background can make the next start faster.</param>
internal readonly record struct GuestCode(Module Module, bool Improvable);

/// <summary>Finds code for a module: the best that the cache has and the policy allows, or else none.</summary>
internal sealed class CodeFinder(Engine engine, CodeCache? cache, CodePolicy policy, Action<string> report)
{
    /// <summary>Levels of code, the best first.</summary>
    internal static readonly int[] OptimizedFirst = [OptimizingTier.HighestLevel, OptimizingTier.DefaultLevel, 1, 0];
    private static readonly int[] BaselineOnly = [0];

    /// <summary>The module with code that the process was started with, else as without.</summary>
    /// <param name="path">The file.</param>
    /// <param name="knownDigest">Hexadecimal SHA-256 of the file where that is known; else null.</param>
    /// <param name="handle">Descriptor of the code; null without.</param>
    public GuestCode Load(string path, string? knownDigest, int? handle)
    {
        if (handle is not { } code || knownDigest is null) return Load(path, knownDigest);
        byte[] digest = Convert.FromHexString(knownDigest);
        return CodeCache.TryLoad(engine, code, digest, level => OptimizingTier.Settings(engine, level),
            () => GuestModule.ReadAgain(path, digest)) is { } module
            ? new(module, Improvable: false)
            : Load(path, knownDigest);
    }

    /// <summary>The module with the code in a file that the user named; what is wrong with it is said.</summary>
    /// <param name="path">The module's file.</param>
    /// <param name="knownDigest">Hexadecimal SHA-256 of the file where that is known; else null.</param>
    /// <param name="codePath">The file with the code.</param>
    public GuestCode Load(string path, string? knownDigest, string codePath)
    {
        byte[] digest = (cache is null ? null : DigestOf(path, knownDigest))
            ?? ModuleCompiler.Sha256Of(GuestModule.Read(path).Bytes);
        try
        {
            return new(CodeFile.Load(engine, codePath, digest, () => GuestModule.ReadAgain(path, digest)),
                Improvable: false);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            throw new ContainerException($"cannot run {path} on the code in {codePath}: {Reason.Of(e, codePath)}");
        }
    }

    /// <summary>The module in <paramref name="path"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="knownDigest">Hexadecimal SHA-256 of the file where that is known; else null.</param>
    public GuestCode Load(string path, string? knownDigest)
    {
        byte[]? digest = cache is null ? null : DigestOf(path, knownDigest);
        if (digest is not null && Find(path, digest) is { } found) return found;
        GuestFile file = GuestModule.Read(path);
        bool isCacheable = cache is not null && !file.IsText;
        // Another process reads the file too; what came out of a pipe is gone.
        bool isForCache = isCacheable && FileStatus.Of(path) is { IsFile: true };
        if (isCacheable && !isForCache && policy == CodePolicy.Optimize)
            report($"{path} runs on baseline code: it can be read once only, so that no other process can compile it");
        if (isForCache && policy == CodePolicy.Optimize
            && Optimize(path, digest ??= ModuleCompiler.Sha256Of(file.Bytes)))
            if (Find(path, digest) is { } optimized) return optimized;
        bool isImprovable = isForCache && policy == CodePolicy.Auto
            && file.Bytes.Length >= BackgroundCompiler.LeastSize && MayImprove(digest);
        return new(GuestModule.Decode(engine, path, file), isImprovable);
    }

    private GuestCode? Find(string path, byte[] digest)
    {
        foreach (int level in policy == CodePolicy.Baseline ? BaselineOnly : OptimizedFirst)
        {
            // A start that waits for optimized code does not take baseline's.
            if (level == 0 && policy == CodePolicy.Optimize && !_isOptimizingOver) break;
            Module? module = cache!.TryLoad(
                engine, digest, OptimizingTier.Settings(engine, level), () => GuestModule.ReadAgain(path, digest));
            if (module is null) continue;
            bool isComplete = level > 0 && module.FunctionsLeft == 0;
            return new(module, policy == CodePolicy.Auto && !isComplete && IsLarge(path) && MayImprove(digest));
        }
        return null;
    }

    private static bool IsLarge(string path) =>
        new FileInfo(path) is { Exists: true, Length: >= BackgroundCompiler.LeastSize };

    private bool _isOptimizingOver;

    /// <summary>Waits for a process that optimizes; says why there is none to wait for, or why it failed.</summary>
    private bool Optimize(string path, byte[] digest)
    {
        _isOptimizingOver = true;
        CompileFailure? failure = CompileProcess.Run(
            "compile", CompileProcess.WorkerOption, "-q", $"-O{OptimizingTier.DefaultLevel}", Path.GetFullPath(path));
        if (failure is null) return true;
        if (!failure.IsSaid) report($"{path} runs on baseline code: {failure.Reason}");
        return cache!.Contains(new(digest, engine.Settings));
    }

    /// <summary>Whether optimizing has not failed lately; if it has, that is said once.</summary>
    private bool MayImprove(byte[]? digest)
    {
        if (digest is null) return true;
        var identity = new CodeImageIdentity(digest, OptimizingTier.Settings(engine, OptimizingTier.DefaultLevel));
        if (OptimizationNote.MayTry(cache!, identity)) return true;
        if (OptimizationNote.TakeNews(cache!, identity) is { } reason)
            report($"the program could not be optimized and runs on baseline code: {reason}");
        return !cache!.Contains(new(digest, engine.Settings));
    }

    private byte[]? DigestOf(string path, string? known)
    {
        if (known is not null) return Convert.FromHexString(known);
        var digest = new byte[CodeImageIdentity.DigestSize];
        return cache!.TryFindDigest(path, digest) ? digest : null;
    }
}
