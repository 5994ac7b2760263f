using Drydock.Compiler;
using Drydock.Compiler.Baseline;

namespace Drydock.Runtime.Tests.Cache;

/// <summary>Better code for a module that is running.</summary>
public sealed class ReplacementTests : CacheFixture
{
    [Fact]
    public void A_running_instance_goes_on_with_code_that_comes_later()
    {
        byte[] binary = Store();
        var compiler = new Counting();
        using var engine = new Engine(new() { Compiler = compiler });
        using var module = Module.Compile(engine, binary);
        using var store = new Store(engine);
        var instance = new Linker(engine).Instantiate(store, module);
        Assert.Equal(42, instance.GetFunction("twice")!.Invoke(21)[0].AsInt32());
        Assert.Equal(2, compiler.Count);
        Assert.True(Cache.TryReplaceCode(module, DigestOf(binary), Settings, () => binary));

        // Neither a function that was compiled before nor one that was not is compiled now.
        Assert.Equal(42, instance.GetFunction("twice")!.Invoke(21)[0].AsInt32());
        Assert.Equal(0, instance.GetFunction("load")!.Invoke(0)[0].AsInt32());
        Assert.Equal(42, new Linker(engine).Instantiate(store, module).GetFunction("twice")!.Invoke(21)[0].AsInt32());
        Assert.Equal(2, compiler.Count);
        var trap = Assert.Throws<TrapException>(() => instance.GetFunction("load")!.Invoke(70_000));
        Assert.Equal("load", Assert.Single(trap.Frames).FunctionName);
    }

    [Fact]
    public void Code_can_be_replaced_again_and_old_code_is_still_explained()
    {
        byte[] binary = Store();
        using var module = Module.Compile(Engine, binary);
        using var store = new Store(Engine);
        var instance = new Linker(Engine).Instantiate(store, module);
        var load = instance.GetFunction("load")!;
        Assert.Equal(0, load.Invoke(0)[0].AsInt32());
        for (int i = 0; i < 3; i++) Assert.True(Cache.TryReplaceCode(module, DigestOf(binary), Settings, () => binary));
        Assert.Equal("load", Assert.Single(Assert.Throws<TrapException>(() => load.Invoke(
            70_000)).Frames).FunctionName);
    }

    [Fact]
    public void Without_an_entry_everything_stays_as_it_is()
    {
        byte[] binary = Store();
        using var module = Module.Compile(Engine, binary);
        Assert.False(Cache.TryReplaceCode(module, DigestOf(binary), Processor.Optimized(Settings, 2), () => binary));
    }

    private sealed class Counting : IFunctionCompiler
    {
        private readonly BaselineCompiler _compiler = new();
        public int Count { get; private set; }

        public FunctionCode Compile(CompilationUnit unit, int bodyIndex)
        {
            Count++;
            return _compiler.Compile(unit, bodyIndex);
        }
    }
}
