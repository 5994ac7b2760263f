using Drydock.Compiler;

namespace Drydock.Runtime.Tests;

/// <summary>The runtime together with the baseline compiler.</summary>
public sealed class BaselineTests
{
    [Fact]
    public void A_recursive_function_computes()
    {
        using var guest = new Guest("""
            (module (func $fib (export "fib") (param i32) (result i32)
              (if (result i32) (i32.lt_s (local.get 0) (i32.const 2))
                (then (local.get 0))
                (else (i32.add (call $fib (i32.sub (local.get 0) (i32.const 1)))
                               (call $fib (i32.sub (local.get 0) (i32.const 2))))))))
            """, compiler: null);
        Assert.Equal(6765, guest.Call("fib", 20)[0].AsInt32());
    }

    [Theory]
    [InlineData("unreachable", "unreachable")]
    [InlineData("(drop (i32.div_s (i32.const 1) (local.get 0)))", "integer divide by zero")]
    [InlineData("(drop (i32.div_s (i32.const 0x80000000) (i32.sub (local.get 0) (i32.const 1))))", "integer overflow")]
    [InlineData("(drop (i32.trunc_f32_s (f32.const nan)))", "invalid conversion to integer")]
    [InlineData("(drop (i32.load offset=65536 (local.get 0)))", "out of bounds memory access")]
    [InlineData("(drop (table.get 0 (i32.const 5)))", "out of bounds table access")]
    [InlineData("(call_indirect (i32.const 5))", "undefined element")]
    [InlineData("(call_indirect (i32.const 1))", "uninitialized element")]
    [InlineData("(call_indirect (param i32) (i32.const 0) (i32.const 0))", "indirect call type mismatch")]
    [InlineData("(memory.fill (i32.const 65536) (i32.const 0) (i32.const 1))", "out of bounds memory access")]
    [InlineData("(table.fill 0 (i32.const 2) (ref.null func) (i32.const 1))", "out of bounds table access")]
    [InlineData("(call $endless)", "call stack exhausted")]
    public void Each_trap_has_its_text_and_frame(string instruction, string message)
    {
        using var guest = new Guest($"""
            (module (memory 1) (table 2 funcref) (elem (i32.const 0) $nothing)
              (func $nothing) (func $endless (call $endless)) (func $f (export "f") (param i32) {instruction}))
            """, compiler: null);
        var trap = Assert.Throws<TrapException>(() => guest.Call("f", 0));
        Assert.Equal(message, trap.Message);
        Assert.Contains(trap.Frames, frame => frame.FunctionName is "f" or "endless" && frame.WasmOffset > 0);
    }

    [Fact]
    public void An_interrupted_loop_ends_and_the_store_goes_on()
    {
        using var engine = new Engine(new() { EpochInterruption = true });
        using var store = new Store(engine);
        var module = HandCompiler.Assemble(engine, """
            (module (func (export "loop") (loop (br 0))) (func (export "one") (result i32) (i32.const 1)))
            """);
        var instance = new Linker(engine).Instantiate(store, module);
        using var timer = new Timer(_ => store.Interrupt(), null, 20, Timeout.Infinite);
        var trap = Assert.Throws<TrapException>(() => instance.GetFunction("loop")!.Invoke());
        Assert.Equal(TrapCode.Interrupted, trap.Code);
        store.SetEpochDeadline(1);
        Assert.Equal(1, instance.GetFunction("one")!.Invoke()[0].AsInt32());
        engine.IncrementEpoch();
        Assert.Throws<TrapException>(() => instance.GetFunction("one")!.Invoke());
    }

    [Fact]
    public void Memory_grows_to_its_limit_and_no_further()
    {
        using var guest = new Guest("""
            (module (memory (export "m") 1 3) (func (export "grow") (param i32) (result i32) (memory.grow (local.get 0))))
            """, compiler: null);
        Assert.Equal(1, guest.Call("grow", 2)[0].AsInt32());
        Assert.Equal(-1, guest.Call("grow", 1)[0].AsInt32());
        guest.Instance.GetMemory("m")!.Write(3 * 65536 - 1, [7]);
        Assert.Throws<ArgumentOutOfRangeException>(() => guest.Instance.GetMemory("m")!.Write(3 * 65536 - 1, [7, 8]));
    }

    [Fact]
    public void A_store_limits_what_its_guests_hold()
    {
        var options = new StoreOptions { Limits = new() { MaxMemoryBytes = 2 * 65536, MaxTableElements = 10 } };
        using var guest = new Guest("""
            (module (memory 1) (table 5 funcref)
              (func (export "m") (param i32) (result i32) (memory.grow (local.get 0)))
              (func (export "t") (param i32) (result i32) (table.grow (ref.null func) (local.get 0))))
            """, compiler: null, options: options);
        Assert.Equal(-1, guest.Call("m", 2)[0].AsInt32());
        Assert.Equal(1, guest.Call("m", 1)[0].AsInt32());
        Assert.Equal(-1, guest.Call("t", 6)[0].AsInt32());
        Assert.Equal(5, guest.Call("t", 5)[0].AsInt32());
        Assert.Throws<LinkException>(() => new Guest("(module (memory 3))", compiler: null, options: options));
    }

    [Fact]
    public void Several_threads_share_a_module_that_is_being_compiled()
    {
        using var engine = new Engine();
        string functions = string.Concat(Enumerable.Range(1, 200).Select(i =>
            $"(func $f{i} (param i32) (result i32) (i32.add (i32.const 1) (call $f{i - 1} (local.get 0))))"));
        using var module = HandCompiler.Assemble(engine,
            $"(module (func $f0 (param i32) (result i32) (local.get 0)) {functions} (export \"f\" (func $f200)))");
        Parallel.For(0, 8, _ =>
        {
            using var store = new Store(engine);
            var instance = new Linker(engine).Instantiate(store, module);
            Assert.Equal(207, instance.GetFunction("f")!.Invoke(7)[0].AsInt32());
        });
    }

    [Fact]
    public void References_belong_to_their_store()
    {
        const string Text = """
            (module (table (export "t") 1 externref) (global (export "g") (mut funcref) (ref.null func))
              (func (export "same") (param externref) (result externref) (local.get 0))
              (func $f (export "f") (result funcref) (ref.func $f)))
            """;
        using var guest = new Guest(Text, compiler: null);
        using var other = new Guest(Text, compiler: null);
        object target = new();
        var reference = guest.Store.ToExternalReference(target);
        Assert.Same(target, guest.Store.FromExternalReference(guest.Call("same", reference)[0]));
        Assert.Throws<ArgumentException>(() => other.Call("same", reference));
        Assert.Throws<ArgumentException>(() => other.Instance.GetTable("t")![0] = reference);
        var function = guest.Store.FromFunctionReference(guest.Call("f")[0])!;
        Assert.Same(guest.Instance.GetFunction("f"), function);
        Assert.Throws<ArgumentException>(() => other.Instance.GetGlobal("g")!.Value = Value.FromFunction(function));
        Assert.Throws<ArgumentException>(() => guest.Instance.GetGlobal("g")!.Value = reference);
    }

    [Theory]
    [InlineData("""(import "m" "none" (func))""", "unknown import: \"m\".\"none\" (func [] -> []) is not defined; \"m\" offers f, g, mem")]
    [InlineData("""(import "x" "f" (func))""", "unknown import: \"x\".\"f\" (func [] -> []) is not defined; nothing is offered under \"x\"")]
    [InlineData("""(import "m" "f" (func (param i32)))""", "incompatible import type: the module needs \"m\".\"f\" as func [i32] -> [], but what is offered is func [] -> []")]
    [InlineData("""(import "m" "mem" (memory 3))""", "incompatible import type: the module needs \"m\".\"mem\" as memory 3, but what is offered is memory 1 2")]
    [InlineData("""(import "m" "g" (global (mut i32)))""", "incompatible import type: the module needs \"m\".\"g\" as global mut i32, but what is offered is global i32")]
    public void A_link_error_says_what_is_missing_and_what_there_is(string import, string message)
    {
        using var guest = new Guest("""(module (memory (export "mem") 1 2) (global (export "g") i32 (i32.const 1)) (func (export "f")))""", compiler: null);
        var linker = new Linker(guest.Store.Engine);
        linker.DefineInstance("m", guest.Instance);
        var module = HandCompiler.Assemble(guest.Store.Engine, $"(module {import})");
        Assert.Equal(message, Assert.Throws<LinkException>(() => linker.Instantiate(guest.Store, module)).Message);
    }

    [Fact]
    public void A_segment_that_does_not_fit_traps_after_those_before_it()
    {
        using var guest = new Guest("""(module (memory (export "mem") 1))""", compiler: null);
        var linker = new Linker(guest.Store.Engine);
        linker.DefineInstance("m", guest.Instance);
        var module = HandCompiler.Assemble(guest.Store.Engine, """
            (module (import "m" "mem" (memory 1)) (data (i32.const 0) "a") (data (i32.const 65536) "b"))
            """);
        Assert.Equal("out of bounds memory access",
            Assert.Throws<TrapException>(() => linker.Instantiate(guest.Store, module)).Message);
        Assert.Equal((byte)'a', guest.Instance.GetMemory("mem")!.Span[0]);
    }
}
