using System.Diagnostics;
using Drydock.Compiler;
using Drydock.Containers.Native;
using Drydock.Oci;
using Drydock.Runtime;
using Drydock.Runtime.Cache;
using Drydock.Wasm;

namespace Drydock.Containers;

/// <summary>How a module is compiled ahead of its next start.</summary>
public sealed record CompileRequest
{
    /// <summary>The module's file.</summary>
    public required string Path { get; init; }
    /// <summary>A file to write instead of an entry of the cache.</summary>
    public string? Output { get; init; }
    /// <summary>What compiles functions; null for what engines use.</summary>
    public IFunctionCompiler? Compiler { get; init; }
    /// <summary>Whether this is nobody's wish: at the lowest priority, and not at all while another process does it.</summary>
    public bool InBackground { get; init; }
}

/// <summary>What came of it.</summary>
/// <param name="Functions">Number of functions.</param>
/// <param name="Compiled">Number of functions whose code was written.</param>
/// <param name="Bytes">Size of what was written.</param>
/// <param name="Time">How long compiling took.</param>
public sealed record CompileResult(int Functions, int Compiled, long Bytes, TimeSpan Time);

/// <summary>Compiles all functions of a module and keeps their code for the next start.</summary>
public static class ModuleCompiler
{
    /// <summary>Compiles a module.</summary>
    /// <returns>What came of it; null if there was nothing to do for a process in the background.</returns>
    /// <exception cref="ContainerException">The file is no module, or the result cannot be written.</exception>
    public static CompileResult? Compile(CompileRequest request)
    {
        CodeCache? cache = CodeCache.Open();
        if (cache is null && request.Output is null)
            throw new ContainerException("cannot keep compiled code: DRYDOCK_CACHE is \"off\", or there is no home directory; name a file with -o");
        using IDisposable? turn = request.InBackground ? Background.Enter(cache!) : null;
        if (request.InBackground && turn is null) return null;
        (byte[] content, byte[] digest) = Read(request.Path, cache);
        using var engine = new Engine(new EngineOptions { Compiler = request.Compiler });
        CompilerSettings settings = engine.Settings;
        var identity = new CodeImageIdentity(digest, settings);
        if (request.InBackground && cache!.Contains(identity)) return null;
        WasmModule module = GuestModule.Decode(request.Path, content);
        long start = Stopwatch.GetTimestamp();
        CodeImage image = Link(request, module, engine);
        TimeSpan time = Stopwatch.GetElapsedTime(start);
        long size = request.Output is { } output
            ? Write(output, CodeCache.Serialize(identity, module, image))
            : cache!.Store(digest, settings, module, image);
        if (size < 0) throw new ContainerException($"cannot write to the code cache {cache!.Path}: see whether it is full or not yours");
        return new(image.FunctionCount, image.PresentCount, size, time);
    }

    private static CodeImage Link(CompileRequest request, WasmModule module, Engine engine)
    {
        var unit = new CompilationUnit(module, new VmContextLayout(module), engine.Settings);
        int threads = request.InBackground ? 1 : Environment.ProcessorCount;
        try
        {
            return CodeImageCompiler.CompilePossible(unit, engine.Compiler, threads);
        }
        catch (CompilationException e)
        {
            throw new ContainerException($"cannot compile {request.Path}: {e.Message}");
        }
    }

    private static (byte[] Content, byte[] Digest) Read(string path, CodeCache? cache)
    {
        try
        {
            if (cache is not null) return cache.ReadAndRemember(path, Sha256Of);
            byte[] content = File.ReadAllBytes(path);
            return (content, Sha256Of(content));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ContainerException($"there is no file {path}", ContainerException.NotFound);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"cannot read {path}: {e.Message}", ContainerException.CannotInvoke);
        }
    }

    private static long Write(string path, IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        try
        {
            using FileStream file = File.Create(path);
            foreach (ReadOnlyMemory<byte> piece in pieces) file.Write(piece.Span);
            return file.Length;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"cannot write {path}: {e.Message}");
        }
    }

    internal static byte[] Sha256Of(byte[] content) => Convert.FromHexString(Digest.Of(content).Hex);

    /// <summary>One process at a time, which gives way to everything else.</summary>
    private static class Background
    {
        public static IDisposable? Enter(CodeCache cache)
        {
            Libc.GiveWay();
            return cache.TryTakeTurn();
        }
    }
}
