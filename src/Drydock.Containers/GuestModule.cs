using System.Text;
using Drydock.Compiler;
using Drydock.Runtime;
using Drydock.Runtime.Cache;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Containers;

/// <summary>Reads the file a container starts, and says plainly why one cannot be started.</summary>
internal static class GuestModule
{
    private const string TextExtension = ".wat";

    /// <summary>
    /// The module in <paramref name="path"/>: from the cache, where the file need not even be read, or else compiled while it
    /// runs.
    /// </summary>
    /// <param name="engine">The engine.</param>
    /// <param name="path">The file.</param>
    /// <param name="digest">Hexadecimal SHA-256 of the file where that is known; else null.</param>
    /// <param name="cache">The cache; null for none.</param>
    /// <param name="isWorthCompiling">Whether it is a file that would start faster from the cache.</param>
    public static Module Load(Engine engine, string path, string? digest, CodeCache? cache, out bool isWorthCompiling)
    {
        isWorthCompiling = false;
        if (cache is not null && LoadCompiled(engine, path, digest, cache) is { } compiled) return compiled;
        byte[] bytes = Read(path);
        bool isText = path.EndsWith(TextExtension, StringComparison.Ordinal);
        isWorthCompiling = cache is not null && !isText && bytes.Length >= BackgroundCompiler.LeastSize;
        return Module.Compile(engine, Decode(path, isText ? Assemble(path, bytes) : bytes, engine.Options.Features));
    }

    /// <summary>Decodes and validates the content of a file.</summary>
    public static WasmModule Decode(string path, byte[] bytes, WasmFeatures features = WasmFeatures.All)
    {
        RefuseOthers(path, bytes);
        try
        {
            return ModuleDecoder.Decode(bytes, features);
        }
        catch (WasmFormatException e)
        {
            throw CannotInvoke($"{path} is not a valid module: {e.Message}");
        }
    }

    private static Module? LoadCompiled(Engine engine, string path, string? knownDigest, CodeCache cache)
    {
        byte[] digest = knownDigest is null ? new byte[CodeImageIdentity.DigestSize] : Convert.FromHexString(knownDigest);
        if (knownDigest is null && !cache.TryFindDigest(path, digest)) return null;
        return cache.TryLoad(engine, digest, () => ReadAgain(path, digest));
    }

    /// <summary>The binary of a module that runs from the cache.</summary>
    private static byte[] ReadAgain(string path, byte[] digest)
    {
        byte[] bytes = Read(path);
        return ModuleCompiler.Sha256Of(bytes).AsSpan().SequenceEqual(digest)
            ? bytes
            : throw new ContainerException($"{path} is not the file any more that was started");
    }

    private static byte[] Read(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ContainerException($"there is no file {path}", ContainerException.NotFound);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw CannotInvoke($"cannot read {path}: {e.Message}");
        }
    }

    private static byte[] Assemble(string path, byte[] text)
    {
        try
        {
            return TextModule.Assemble(Encoding.UTF8.GetString(text));
        }
        catch (WasmTextException e)
        {
            throw CannotInvoke($"cannot assemble {path}: {e.Message}");
        }
    }

    private static void RefuseOthers(string path, ReadOnlySpan<byte> bytes)
    {
        if (ModuleDecoder.IsModule(bytes)) return;
        throw CannotInvoke(ModuleDecoder.IsComponent(bytes)
            ? $"{path} is a WebAssembly component: components are not supported yet; build for wasm32-wasip1 instead"
            : $"{path} is not a WebAssembly module: {Kind(bytes)}");
    }

    private static string Kind(ReadOnlySpan<byte> bytes) => bytes switch
    {
        [] => "it is empty",
        [0x7f, (byte)'E', (byte)'L', (byte)'F', ..] => "it is an ELF executable; build for wasm32-wasi",
        [(byte)'#', (byte)'!', ..] => "it is a script",
        [(byte)'(', ..] => "it looks like WebAssembly text; name it .wat",
        [0, (byte)'a', (byte)'s', (byte)'m', ..] => "its version is unknown",
        _ => "it does not begin with \\0asm",
    };

    private static ContainerException CannotInvoke(string message) => new(message, ContainerException.CannotInvoke);
}
