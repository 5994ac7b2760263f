using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Runtime.Tests.Cache;

/// <summary>What is stored comes back and runs.</summary>
public sealed class CodeCacheTests : CacheFixture
{
    [Fact]
    public void A_stored_module_runs_without_its_binary()
    {
        byte[] binary = Store();
        using var module = Load(binary)!;
        using var store = new Store(Engine);
        var instance = new Linker(Engine).Instantiate(store, module);
        Assert.Equal(14, instance.GetFunction("twice")!.Invoke(7)[0].AsInt32());
        var trap = Assert.Throws<TrapException>(() => instance.GetFunction("load")!.Invoke(65536));
        Assert.Equal("out of bounds memory access", trap.Message);
        Assert.Equal("load", Assert.Single(trap.Frames).FunctionName);
    }

    [Fact]
    public void Nothing_is_loaded_that_was_not_stored()
    {
        Assert.Null(Load(TextModule.Assemble(Text)));
        Store();
        Assert.Null(Load(TextModule.Assemble("(module)")));
    }

    [Fact]
    public void What_an_entry_lacks_is_compiled_from_the_binary()
    {
        byte[] binary = TextModule.Assemble(Text);
        var definition = ModuleDecoder.Decode(binary);
        var unit = new CompilationUnit(definition, new VmContextLayout(definition), Settings);
        var image = CodeImageLinker.Link(0, null, new BaselineCompiler().Compile(unit, 1), null);
        Assert.True(Cache.Store(DigestOf(binary), Settings, definition, image) > 0);
        int asked = 0;
        using var module = Cache.TryLoad(Engine, DigestOf(binary), () => { asked++; return binary; })!;
        using var store = new Store(Engine);
        var instance = new Linker(Engine).Instantiate(store, module);
        Assert.Equal(0, asked);
        Assert.Equal(14, instance.GetFunction("twice")!.Invoke(7)[0].AsInt32());
        Assert.Equal(0, instance.GetFunction("load")!.Invoke(7)[0].AsInt32());
        Assert.Equal(1, asked);
        Assert.Equal((3, 1), (Cache.List()[0].Functions, Cache.List()[0].Compiled));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(4095)]
    [InlineData(70000)]
    public void Initial_memory_is_the_same_mapped_as_copied(int start)
    {
        string bytes = string.Concat(Enumerable.Range(0, 90000).Select(i => $"\\{i % 251:x2}"));
        byte[] binary = Store($"""
            (module (memory (export "m") 4) (data (i32.const {start}) "{bytes}") (data "abc") (data (i32.const {start + 3}) "over")
              (data (i32.const 262143) "z")
              (func (export "twice") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))
              (func (export "init") (param i32) (memory.init 0 (i32.const 0) (i32.const 0) (local.get 0)))
              (func (export "passive") (memory.init 1 (i32.const 0) (i32.const 0) (i32.const 3)))
              (func (export "grow") (result i32) (memory.grow (i32.const 2))))
            """);
        using var cold = Module.Compile(Engine, binary);
        using var warm = Load(binary)!;
        using var store = new Store(Engine);
        byte[] expected = Memory(store, cold), actual = Memory(store, warm);
        Assert.Equal(expected, actual);
        var (first, second) = (Instantiate(store, warm), Instantiate(store, warm));
        first.GetMemory("m")!.Write(5000, [1, 2, 3]);
        Assert.Equal(expected, second.GetMemory("m")!.Span.ToArray());
        Assert.Throws<TrapException>(() => first.GetFunction("init")!.Invoke(1));
        first.GetFunction("passive")!.Invoke();
        Assert.Equal("abc"u8.ToArray(), first.GetMemory("m")!.Span[..3].ToArray());
        Assert.Equal(4, first.GetFunction("grow")!.Invoke()[0].AsInt32());
        Assert.Equal(0, first.GetMemory("m")!.Span[5 * 65536]);
    }

    [Theory]
    [InlineData("(import \"m\" \"g\" (global i32)) (memory 3) (data (global.get 0) \"DATA\")")]
    [InlineData("(memory 2) (data (i32.const 0) \"DATA\") (data (i32.const 131071) \"xy\")")]
    public void Memory_that_depends_on_more_than_the_module_is_initialized_as_it_is_instantiated(string fields)
    {
        string text = $"(module {fields.Replace("DATA", new string('d', 70000), StringComparison.Ordinal)})";
        byte[] binary = Store(text);
        using var module = Load(binary)!;
        using var store = new Store(Engine);
        var linker = new Linker(Engine);
        linker.Define("m", "g", Global.Create(store, new GlobalType(Wasm.ValueType.I32, false), 100_000));
        if (fields.Contains("xy", StringComparison.Ordinal))
            Assert.Equal("out of bounds memory access",
                Assert.Throws<TrapException>(() => linker.Instantiate(store, module)).Message);
        else
            Assert.Equal((byte)'d', linker.Instantiate(store, module).Memory0Span[169_999]);
    }

    [Fact]
    public void Writers_and_readers_do_not_disturb_each_other()
    {
        byte[] binary = Store();
        Parallel.For(0, 40, i =>
        {
            if (i % 2 == 0) Store();
            else Assert.True(Works(binary));
        });
        Assert.True(Works(binary));
        Assert.Empty(System.IO.Directory.GetFiles(Cache.Path, "tmp-*"));
    }

    [Fact]
    public void What_was_not_used_for_longest_is_removed_first()
    {
        byte[][] binaries = [.. Enumerable.Range(0,
            4).Select(i => Store(Text.Replace("$same", $"$same{i}", StringComparison.Ordinal)))];
        var entries = binaries.Select(binary =>
            Cache.List().Single(entry => entry.Identity!.ModuleDigest.SequenceEqual(DigestOf(binary)))).ToArray();
        int[] age = [3, 1, 4, 2];
        for (int i = 0; i < 4; i++)
            File.SetLastWriteTimeUtc(Path.ChangeExtension(entries[i].Path, ".seen"), DateTime.UtcNow.AddHours(-age[i]));
        var removed = Cache.Prune(entries[0].Size * 2);
        Assert.Equal([entries[0].Path, entries[2].Path], removed.Select(entry => entry.Path));
        Assert.True(Works(binaries[1]) && Works(binaries[3]));
        Assert.False(Works(binaries[0]) || Works(binaries[2]));
    }

    [Fact]
    public void Using_an_entry_keeps_it()
    {
        byte[] binary = Store();
        string seen = Path.ChangeExtension(Entry, ".seen");
        File.SetLastWriteTimeUtc(seen, DateTime.UtcNow.AddDays(-3));
        Assert.True(Works(binary));
        Assert.True(DateTime.UtcNow - Cache.List()[0].LastUsed < TimeSpan.FromMinutes(1));
    }

    private static Instance Instantiate(Store store, Module module) =>
        new Linker(store.Engine).Instantiate(store, module);

    private static byte[] Memory(Store store, Module module) =>
        Instantiate(store, module).GetMemory("m")!.Span.ToArray();
}
