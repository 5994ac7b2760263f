using Drydock.Wasm;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.Runtime.Tests;

/// <summary>Exceptions within guests, and between guests and the host.</summary>
public sealed class ExceptionTests
{
    private const string Thrower = """
        (module
          (tag $e (export "e") (param i32 i64 f64 externref))
          (func (export "throw") (param i32 externref)
            (throw $e (local.get 0) (i64.const -2) (f64.const 1.5) (local.get 1)))
          (func (export "trap") (unreachable)))
        """;

    [Fact]
    public void An_uncaught_exception_reaches_the_host_with_what_it_carries()
    {
        using var guest = new Guest(Thrower, compiler: null);
        Value reference = guest.Store.ToExternalReference("text");
        var thrown = Assert.Throws<WasmException>(() => guest.Call("throw", 7, reference));
        Assert.Same(guest.Instance.GetExport("e"), thrown.Tag);
        Assert.Equal([7, -2L, 1.5, reference], thrown.Values);
        Assert.Equal("uncaught exception (i32: 7, i64: -2, f64: 1.5, externref: a reference)", thrown.Describe());
        Assert.Throws<TrapException>(() => guest.Call("trap"));
    }

    private const string Catcher = """
        (module
          (import "m" "throw" (func $throw (param i32 externref)))
          (import "m" "trap" (func $trap))
          (import "m" "e" (tag $e (param i32 i64 f64 externref)))
          (table (export "t") 1 funcref)
          (type $f (func (param i32 externref)))
          (func (export "catch") (param i32) (result i32)
            (block $caught (result i32 i64 f64 externref)
              (try_table (catch $e $caught) (call $throw (local.get 0) (ref.null extern)))
              (return (i32.const -1)))
            (drop) (drop) (drop))
          (func (export "legacy") (param i32) (result i32)
            (try (result i32)
              (do (call $throw (local.get 0) (ref.null extern)) (i32.const -1))
              (catch $e (drop) (drop) (drop))))
          (func (export "indirect") (param i32) (result i32)
            (block $caught
              (try_table (catch_all $caught) (call_indirect (type $f) (local.get 0) (ref.null extern) (i32.const 0)))
              (return (i32.const 0)))
            (i32.const 1))
          (func (export "trapped") (result i32)
            (block $caught (try_table (catch_all $caught) (call $trap)) (return (i32.const 0)))
            (i32.const 1))
          (func (export "kept") (param i32) (result i32)
            (local $before i32) (local $float f64)
            (local.set $before (i32.mul (local.get 0) (i32.const 3)))
            (local.set $float (f64.convert_i32_s (local.get 0)))
            (block $caught
              (try_table (catch_all $caught)
                (local.set $before (i32.add (local.get $before) (i32.const 1)))
                (call $throw (local.get 0) (ref.null extern))))
            (i32.add (local.get $before) (i32.trunc_f64_s (local.get $float)))))
        """;

    [Fact]
    public void Another_module_catches_by_the_tag()
    {
        using var guest = new Guest(Thrower, compiler: null);
        Instance catcher = Link(guest, Catcher);
        Assert.Equal(7, Call(catcher, "catch", 7));
        Assert.Equal(8, Call(catcher, "legacy", 8));
        Assert.Equal(10 * 3 + 1 + 10, Call(catcher, "kept", 10));
        catcher.GetTable("t")![0] = Value.FromFunction(guest.Instance.GetFunction("throw"));
        Assert.Equal(1, Call(catcher, "indirect", 7));
        Assert.Equal("unreachable", Assert.Throws<TrapException>(() => Call(catcher, "trapped")).Message);
    }

    [Theory]
    [InlineData("""(call $throw (i32.const 1) (ref.null extern))""")]
    [InlineData("""(call_indirect (type $f) (i32.const 1) (ref.null extern) (i32.const 0))""")]
    [InlineData("""(call_ref $f (i32.const 1) (ref.null extern) (ref.as_non_null (ref.cast (ref null $f) (table.get 0 (i32.const 0)))))""")]
    public void Code_that_does_not_look_for_exceptions_is_never_returned_to(string call)
    {
        using var guest = new Guest(Thrower, compiler: null);
        Instance unaware = Link(guest, $"""
            (module
              (import "m" "throw" (func $throw (param i32 externref)))
              (type $f (func (param i32 externref)))
              (table (export "t") 1 funcref)
              (global (export "after") (mut i32) (i32.const 0))
              (func (export "call") {call} (global.set 0 (i32.const 1))))
            """);
        unaware.GetTable("t")![0] = Value.FromFunction(guest.Instance.GetFunction("throw"));
        var thrown = Assert.Throws<WasmException>(() => unaware.GetFunction("call")!.Invoke());
        Assert.Equal(1, thrown.Values[0].AsInt32());
        Assert.Contains(thrown.Frames, frame => frame.FunctionName == "call");
        Assert.Equal(0, unaware.GetGlobal("after")!.Value.AsInt32());
    }

    [Fact]
    public void A_host_function_throws_what_guests_catch()
    {
        Tag? tag = null;
        using var guest = new Guest("(module)", compiler: null);
        var linker = new Linker(guest.Store.Engine);
        linker.Define("h", "e", tag = Tag.Create(guest.Store, new FunctionType([ValueType.I32], [])));
        linker.DefineFunction("h", "throw", new FunctionType([], [ValueType.I64]),
            (in HostCall _) => throw new WasmException(tag, 41));
        linker.DefineFunction("h", "fail", new FunctionType([], []),
            (in HostCall _) => throw new InvalidOperationException("host"));
        Instance instance = linker.Instantiate(guest.Store, HandCompiler.Assemble(guest.Store.Engine, """
            (module
              (import "h" "e" (tag $e (param i32)))
              (import "h" "throw" (func $throw (result i64)))
              (import "h" "fail" (func $fail))
              (func (export "catch") (result i32)
                (block $caught (result i32)
                  (try_table (catch $e $caught) (drop (call $throw)))
                  (i32.const 0))
                (i32.add (i32.const 1)))
              (func (export "again") (result i32)
                (block $caught (result exnref)
                  (try_table (catch_all_ref $caught) (drop (call $throw)))
                  (unreachable))
                (throw_ref))
              (func (export "fail") (block $caught (try_table (catch_all $caught) (call $fail)))))
            """));
        Assert.Equal(42, Call(instance, "catch"));
        Assert.Equal(41, Assert.Throws<WasmException>(() => Call(instance, "again")).Values[0].AsInt32());
        Assert.Equal("host", Assert.Throws<InvalidOperationException>(() => instance.GetFunction(
            "fail")!.Invoke()).Message);
    }

    [Fact]
    public void An_exception_passes_through_the_host_on_its_way()
    {
        using var guest = new Guest(Thrower, compiler: null);
        Function thrower = guest.Instance.GetFunction("throw")!;
        var linker = new Linker(guest.Store.Engine);
        linker.DefineInstance("m", guest.Instance);
        linker.DefineFunction("m", "throw", thrower.Type, (in HostCall call) =>
        {
            Value reference = call.GetReference(1);
            call.Caller.Store.CollectHeap();
            thrower.Invoke(call.GetInt32(0), reference);
        });
        Instance catcher = linker.Instantiate(guest.Store, HandCompiler.Assemble(guest.Store.Engine, Catcher));
        Assert.Equal(7, Call(catcher, "catch", 7));
        Assert.Equal(8, Call(catcher, "legacy", 8));
    }

    [Fact]
    public void Exceptions_are_collected()
    {
        using var guest = new Guest("""
            (module (tag $e (param i32 i64))
              (func $throw (param i32) (throw $e (local.get 0) (i64.const 0)))
              (func (export "f") (param i32) (result i32)
                (local $sum i32)
                (loop $again
                  (block $caught (result i32 i64)
                    (try_table (catch $e $caught) (call $throw (local.get 0)))
                    (unreachable))
                  (drop)
                  (local.set $sum (i32.add (local.get $sum)))
                  (br_if $again (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get $sum)))
            """, compiler: null, options: new() { Limits = new() { MaxHeapBytes = 1 << 20 } });
        Assert.Equal(unchecked((int)(1_000_000L * 1_000_001 / 2)), guest.Call("f", 1_000_000)[0].AsInt32());
    }

    private static Instance Link(Guest guest, string text)
    {
        var linker = new Linker(guest.Store.Engine);
        linker.DefineInstance("m", guest.Instance);
        return linker.Instantiate(guest.Store, HandCompiler.Assemble(guest.Store.Engine, text));
    }

    private static int Call(Instance instance, string name, params ReadOnlySpan<Value> arguments) =>
        instance.GetFunction(name)!.Invoke(arguments)[0].AsInt32();
}
