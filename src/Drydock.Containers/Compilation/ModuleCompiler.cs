using System.Diagnostics;
using Drydock.Compiler;
using Drydock.Compiler.Llvm;
using Drydock.Oci;
using Drydock.Runtime;
using Drydock.Runtime.Cache;
using Drydock.Wasm;

namespace Drydock.Containers;

/// <summary>Compiles all functions of a module in this process and keeps their code for the next start.</summary>
public static class ModuleCompiler
{
    /// <summary>Compiles a module.</summary>
    /// <exception cref="ContainerException">The file is no module, or the result cannot be written.</exception>
    public static CompileResult Compile(CompileRequest request)
    {
        CodeCache? cache = CodeCache.Open();
        if (cache is null && request.Output is null)
            throw new ContainerException(
                "cannot keep compiled code: DRYDOCK_CACHE is \"off\", or there is no home directory; name a file with -o");
        if (request.Level > 0 && !OptimizingTier.IsAvailable)
            throw new ContainerException(
                $"cannot optimize without libLLVM: {OptimizingTier.Missing}; -O0 does without",
                ContainerException.NotFound);
        (byte[] content, byte[] digest) = Read(request.Path, cache);
        using var engine = new Engine(new EngineOptions { Compiler = OptimizingTier.Create(0) });
        WasmModule module = GuestModule.Decode(request.Path, content);
        var task = new CompileTask(request, engine, module, digest, cache);
        long start = Stopwatch.GetTimestamp();
        try
        {
            return task.Run() with { Time = Stopwatch.GetElapsedTime(start) };
        }
        catch (EntryPointNotFoundException)
        {
            throw new ContainerException(
                $"cannot optimize: the libLLVM that was found is too old; {OptimizingTier.Missing}");
        }
        catch (Exception e) when (e is CompilationException or LlvmException or OutOfMemoryException)
        {
            throw new ContainerException($"cannot compile {request.Path}: {e.Message}");
        }
    }

    internal static (byte[] Content, byte[] Digest) Read(string path, CodeCache? cache, bool isWaiting = true)
    {
        try
        {
            if (cache is not null) return cache.ReadAndRemember(path, Sha256Of, isWaiting);
            byte[] content = ModuleBytes.Read(path);
            return (content, Sha256Of(content));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ContainerException($"there is no file {path}", ContainerException.NotFound);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"cannot read {path}: {Reason.Of(e, path)}", ContainerException.CannotInvoke);
        }
    }

    internal static byte[] Sha256Of(byte[] content) => Convert.FromHexString(Digest.Of(content).Hex);
}
