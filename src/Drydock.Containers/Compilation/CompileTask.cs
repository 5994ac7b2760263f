using Drydock.Compiler;
using Drydock.Oci;
using Drydock.Runtime;
using Drydock.Runtime.Cache;
using Drydock.Wasm;

namespace Drydock.Containers;

/// <summary>
/// The functions of one module on their way to an entry of the cache. An entry may mix code of both compilers: where
/// hot functions come first, one with baseline's code for all others is stored as soon as they are done.
/// </summary>
internal sealed class CompileTask
{
    private readonly CompileRequest _request;
    private readonly Engine _engine;
    private readonly WasmModule _module;
    private readonly byte[] _digest;
    private readonly CodeCache? _cache;
    private readonly CompilerSettings _settings;
    private readonly VmContextLayout _layout;
    private readonly FunctionCode?[] _functions;
    private int _done;

    public CompileTask(CompileRequest request, Engine engine, WasmModule module, byte[] digest, CodeCache? cache)
    {
        (_request, _engine, _module, _digest, _cache) = (request, engine, module, digest, cache);
        _settings = OptimizingTier.Settings(engine, request.Level, request.Target);
        _layout = new VmContextLayout(module);
        _functions = new FunctionCode?[module.Bodies.Length];
    }

    public CompileResult Run()
    {
        int[] hot = _request is { HotFirst: true, Level: > 0 }
            ? HotFunctions.Of(_cache?.CountsOf(_digest, _functions.Length))
            : [];
        int[] others = Without(hot);
        if (hot.Length > 0 && others.Length > 0)
        {
            Compile(0, others, Environment.ProcessorCount);
            Compile(_request.Level, hot, Environment.ProcessorCount);
            _ = Write(others.Length);
        }
        Compile(_request.Level, others, _request.HotFirst ? 1 : Environment.ProcessorCount);
        return Write(functionsLeft: 0);
    }

    private int[] Without(int[] hot)
    {
        var isHot = new bool[_functions.Length];
        foreach (int index in hot) isHot[index] = true;
        var others = new int[_functions.Length - hot.Length];
        int next = 0;
        for (int i = 0; i < isHot.Length; i++)
            if (!isHot[i]) others[next++] = i;
        return others;
    }

    private void Compile(int level, int[] order, int threads)
    {
        var unit = new CompilationUnit(
            _module, _layout, level == 0 ? OptimizingTier.Settings(_engine, 0, _request.Target) : _settings);
        Action<int>? done = level == _request.Level && _request.Progress is { } progress
            ? count => progress(Interlocked.Add(ref _done, count), _functions.Length)
            : null;
        IFunctionCompiler compiler = OptimizingTier.Create(level, _request.Target);
        CodeImageCompiler.CompileInto(unit, compiler, order, threads, _functions, done);
    }

    private CompileResult Write(int functionsLeft)
    {
        CodeImage image = CodeImageLinker.Link(_module.ImportedFunctionCount, _functions);
        long size = _request.Output is { } output
            ? Write(output, CodeCache.Serialize(new(_digest, _settings), _module, image, functionsLeft))
            : _cache!.Store(_digest, _settings, _module, image, functionsLeft);
        if (size < 0)
            throw new ContainerException(
                $"cannot write to the code cache {_cache!.Path}: see whether it is full or not yours");
        return new(image.FunctionCount, image.PresentCount, size, default);
    }

    private static long Write(string path, IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        try
        {
            OutputFile.Write(path, file =>
            {
                foreach (ReadOnlyMemory<byte> piece in pieces) file.Write(piece.Span);
            });
            return pieces.Sum(piece => (long)piece.Length);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"cannot write {path}: {Reason.Of(e)}");
        }
    }
}
