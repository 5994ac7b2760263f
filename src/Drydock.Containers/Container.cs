using System.Globalization;
using Drydock.Containers.Native;
using Drydock.Containers.Spec;
using Drydock.Runtime;
using Drydock.Runtime.Cache;
using Drydock.Wasi;
using Drydock.Wasm;

namespace Drydock.Containers;

/// <summary>The one road from a description to a running guest.</summary>
public static class Container
{
    /// <summary>Exit code of a guest that was stopped by a trap: that of a process that aborted.</summary>
    public const int Trapped = 134;
    /// <summary>Exit code of a guest that ran out of its time.</summary>
    public const int TimedOut = 124;

    /// <summary>Runs a guest on this thread until it ends, and returns the exit code.</summary>
    /// <param name="spec">The container.</param>
    /// <param name="report">Hears why a guest was stopped; one message, of several lines for a trap.</param>
    /// <exception cref="ContainerException">The guest cannot be started.</exception>
    public static int Run(RuntimeSpec spec, Action<string> report)
    {
        using PrivateRoot? root = OwnRoot(spec);
        StartTimer(spec, report, root);
        return GuestStack.Run(maxStack => RunGuest(spec, root, maxStack, report));
    }

    private static PrivateRoot? OwnRoot(RuntimeSpec spec) =>
        spec.Root is { Readonly: false } root && spec.Annotation(SpecAnnotations.PrivateRoots) is { } parent
            ? new(root.Path, ModulePath(spec), parent)
            : null;

    private static int RunGuest(RuntimeSpec spec, PrivateRoot? root, long maxStack, Action<string> report)
    {
        WasmFeatures features = Features(spec);
        CodePolicy policy = CodePolicies.Of(spec.Annotation(SpecAnnotations.Optimization));
        using Engine engine = MakeEngine(policy, features, maxStack);
        string path = ModulePath(spec);
        // What is cached was validated with all features on.
        CodeCache? cache = features == WasmFeatures.All ? CodeCache.Open() : null;
        GuestCode code = FindCode(new CodeFinder(engine, cache, policy, report), path, spec, features);
        using Module module = code.Module;
        using GuestProfile? profile = GuestProfile.Start(spec.Annotation(SpecAnnotations.Profile), module, report);
        using BackgroundCompiler? compiler = code.Improvable ? new(engine, cache!, path, module) : null;
        using WasiContext wasi = OpenWasi(spec, root);
        var linker = new Linker(engine);
        WasiPreview1.Define(linker, wasi);
        using var store = new Store(engine, new StoreOptions { Limits = Limits(spec) });
        try
        {
            Start(linker, store, module, spec.Annotation(SpecAnnotations.Function) ?? "_start");
            return 0;
        }
        catch (ProcessExitException e)
        {
            return (int)e.Code;
        }
        catch (WasmException e)
        {
            report(e.Describe());
            return Trapped;
        }
        catch (TrapException e)
        {
            report(e.Describe());
            return Trapped;
        }
    }

    private static GuestCode FindCode(CodeFinder finder, string path, RuntimeSpec spec, WasmFeatures features)
    {
        string? digest = spec.Annotation(SpecAnnotations.Digest);
        if (spec.Annotation(SpecAnnotations.Code) is not { } file)
            return finder.Load(path, digest, HandleOfCode(spec));
        if (features == WasmFeatures.All) return finder.Load(path, digest, file);
        throw new ContainerException(
            $"cannot run {path} on the code in {file} with features switched off: it was compiled with all of them");
    }

    private static int? HandleOfCode(RuntimeSpec spec) =>
        spec.Annotation(SpecAnnotations.CodeHandle) is { } text ? int.Parse(text, CultureInfo.InvariantCulture) : null;

    /// <summary>An engine whose compiler serves functions that come from no cache.</summary>
    private static Engine MakeEngine(CodePolicy policy, WasmFeatures features, long maxStack)
    {
        // Without a place to keep optimized code, functions are optimized as they are called.
        bool isOptimizing = policy == CodePolicy.Optimize && CodeCache.Open() is null && OptimizingTier.IsAvailable;
        return new(new EngineOptions
        {
            MaxWasmStack = maxStack,
            Features = features,
            Compiler = OptimizingTier.Create(isOptimizing ? OptimizingTier.DefaultLevel : 0),
        });
    }

    private static void Start(Linker linker, Store store, Module module, string name)
    {
        Instance instance = Instantiate(linker, store, module);
        Function function = instance.GetFunction(name) ?? throw CannotInvoke(
            $"the module exports no function {name}: it is a library and not a program; build it as a command");
        if (!function.Type.Parameters.IsEmpty) throw CannotInvoke($"the function {name} takes parameters");
        function.Invoke();
    }

    private static Instance Instantiate(Linker linker, Store store, Module module)
    {
        try
        {
            return linker.Instantiate(store, module);
        }
        catch (LinkException e)
        {
            bool isImport = e.Message.Contains("import", StringComparison.Ordinal);
            throw new ContainerException(
                $"cannot start the module: {e.Message}",
                isImport ? ContainerException.CannotInvoke : ContainerException.Failure);
        }
    }

    private static WasiContext OpenWasi(RuntimeSpec spec, PrivateRoot? root)
    {
        try
        {
            return new(new WasiOptions
            {
                Arguments = spec.Process.Args,
                Environment = spec.Process.Env,
                Preopens = Preopens.Of(spec, root),
            });
        }
        catch (Exception e) when (e is IOException or ArgumentException)
        {
            throw new ContainerException(e.Message);
        }
    }

    private static WasmFeatures Features(RuntimeSpec spec)
    {
        if (spec.Annotation(SpecAnnotations.Features) is not { } list) return WasmFeatures.All;
        return FeatureNames.TryParse(list, out WasmFeatures features, out string? unknown)
            ? features
            : throw new ContainerException(
                $"the annotation {SpecAnnotations.Features} names \"{unknown}\", which is no feature");
    }

    private static StoreLimits Limits(RuntimeSpec spec) =>
        spec.Linux?.Resources?.Memory?.Limit is { } limit
            ? new() { MaxMemoryBytes = limit, MaxHeapBytes = limit }
            : new();

    private static string ModulePath(RuntimeSpec spec) =>
        spec.Annotation(SpecAnnotations.Module)
        ?? throw new ContainerException($"the container names no module: set the annotation {SpecAnnotations.Module}");

    /// <summary>
    /// The guest's thread is in code that only ends by itself, and unwinding it would need a check in every loop: so
    /// the process ends instead, as it does a moment later anyway.
    /// </summary>
    private static void StartTimer(RuntimeSpec spec, Action<string> report, PrivateRoot? root)
    {
        if (spec.Annotation(SpecAnnotations.Timeout) is not { } text) return;
        var time = TimeSpan.FromMilliseconds(long.Parse(text, CultureInfo.InvariantCulture));
        var timer = new Thread(() =>
        {
            Thread.Sleep(time);
            report(string.Create(CultureInfo.InvariantCulture, $"stopped: it ran longer than {time.TotalSeconds} s"));
            root?.Dispose();
            Libc.ExitNow(TimedOut);
        })
        { IsBackground = true, Name = "timeout" };
        timer.Start();
    }

    private static ContainerException CannotInvoke(string message) => new(message, ContainerException.CannotInvoke);
}
