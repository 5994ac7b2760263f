using System.Security.Cryptography;
using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Runtime.Cache;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Runtime.Tests.Cache;

/// <summary>A cache in a directory of its own.</summary>
public abstract class CacheFixture : IDisposable
{
    protected const string Text = """
        (module (memory (export "m") 1)
          (func $load (export "load") (param i32) (result i32) (i32.load (local.get 0)))
          (func (export "twice") (param i32) (result i32) (i32.add (local.get 0) (call $same (local.get 0))))
          (func $same (param i32) (result i32) (local.get 0)))
        """;

    protected CacheFixture()
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("drydock-cache-").FullName;
        Cache = CodeCache.Open(Directory)!;
    }

    internal string Directory { get; }
    internal CodeCache Cache { get; }
    internal Engine Engine { get; } = new();
    internal static CompilerSettings Settings => new() { Features = Processor.Features };

    public void Dispose()
    {
        Engine.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
        GC.SuppressFinalize(this);
    }

    internal static byte[] DigestOf(byte[] binary) => SHA256.HashData(binary);

    internal static CodeImage Compile(WasmModule module) =>
        CodeImageCompiler.Compile(new(module, new VmContextLayout(module), Settings), new BaselineCompiler(), 2);

    /// <summary>Stores a module as a whole, and returns its binary.</summary>
    internal byte[] Store(string text = Text)
    {
        byte[] binary = TextModule.Assemble(text);
        var module = ModuleDecoder.Decode(binary);
        Assert.True(Cache.Store(DigestOf(binary), Settings, module, Compile(module)) > 0);
        return binary;
    }

    /// <summary>Loads a module whose binary must not be needed.</summary>
    internal Module? Load(byte[] binary) =>
        Cache.TryLoad(Engine, DigestOf(binary), () => throw new InvalidOperationException("the binary was asked for"));

    /// <summary>The only entry's file.</summary>
    internal string Entry => Assert.Single(Cache.List()).Path;

    /// <summary>Whether the module is loaded from the cache and works.</summary>
    internal bool Works(byte[] binary)
    {
        using var module = Load(binary);
        if (module is null) return false;
        using var store = new Store(Engine);
        var instance = new Linker(Engine).Instantiate(store, module);
        Assert.Equal(42, instance.GetFunction("twice")!.Invoke(21)[0].AsInt32());
        return true;
    }
}
