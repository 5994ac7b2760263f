using Drydock.Compiler;
using Drydock.Oci;
using Drydock.Runtime;
using Drydock.Runtime.Cache;
using Drydock.Wasm;

namespace Drydock.Cli.Wast;

/// <summary>
/// Makes the modules of a script. With <c>DRYDOCK_WAST_CACHE</c> naming a directory they go the long way: all functions
/// are compiled beforehand, stored in a code cache there, and loaded from it.
/// </summary>
internal static class ImageModule
{
    private static readonly string? Directory = Environment.GetEnvironmentVariable("DRYDOCK_WAST_CACHE");

    public static Module Compile(Engine engine, WasmModule definition) => string.IsNullOrEmpty(Directory)
        ? Module.Compile(engine, definition)
        : ThroughCache(engine, definition, CodeCache.Open(Directory)!);

    private static Module ThroughCache(Engine engine, WasmModule definition, CodeCache cache)
    {
        var unit = new CompilationUnit(definition, new VmContextLayout(definition), engine.Settings);
        byte[] digest = Convert.FromHexString(Digest.Of(definition.Bytes.Span).Hex);
        var image = CodeImageCompiler.CompilePossible(unit, engine.Compiler, threads: 1);
        if (cache.Store(digest, engine.Settings, definition, image) < 0)
            throw new InvalidOperationException($"cannot write to the code cache {cache.Path}");
        return cache.TryLoad(engine, digest, () => definition.Bytes)
            ?? throw new InvalidOperationException("a module that was just stored cannot be loaded");
    }
}
