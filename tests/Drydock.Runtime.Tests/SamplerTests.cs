using Drydock.Wasm.Text;

namespace Drydock.Runtime.Tests;

public sealed class SamplerTests
{
    [Fact]
    public void The_hot_function_is_met_most()
    {
        const string Text = """
            (module
              (func $spin (param $n i32)
                (loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
              (func (export "cold") (result i32) (i32.const 1))
              (func (export "run") (call $spin (i32.const 300000000))))
            """;
        using var engine = new Engine();
        using var module = Module.Compile(engine, TextModule.Assemble(Text));
        using var store = new Store(engine);
        var instance = new Linker(engine).Instantiate(store, module);
        using var sampler = Sampler.TryStart(withStacks: false, TimeSpan.FromMilliseconds(1));
        Assert.NotNull(sampler);
        Assert.Null(Sampler.TryStart(withStacks: false, TimeSpan.FromMilliseconds(1)));
        instance.GetFunction("run")!.Invoke();
        sampler.Dispose();
        uint[] counts = sampler.Count(module);
        Assert.Equal(3, counts.Length);
        Assert.True(counts[0] > 5, $"met {counts[0]} times");
        Assert.Equal(0u, counts[1]);
    }
}
