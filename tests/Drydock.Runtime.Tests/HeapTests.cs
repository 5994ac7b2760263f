using System.Runtime.CompilerServices;
using Drydock.Wasm;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.Runtime.Tests;

/// <summary>Structures, arrays and external references, and their collection.</summary>
public sealed class HeapTests
{
    private const string List = """
        (module
          (type $node (struct (field $value i32) (field $next (mut (ref null $node)))))
          (global $list (export "list") (mut (ref null $node)) (ref.null $node))
          (func (export "push") (param i32)
            (local $i i32)
            (loop $again
              (global.set $list (struct.new $node (local.get $i) (global.get $list)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $again (i32.lt_u (local.get $i) (local.get 0)))))
          (func (export "drop") (param i32)
            (local $i i32)
            (loop $again
              (drop (struct.new $node (local.get $i) (ref.null $node)))
              (local.set $i (i32.add (local.get $i) (i32.const 1)))
              (br_if $again (i32.lt_u (local.get $i) (local.get 0)))))
          (func (export "clear") (global.set $list (ref.null $node)))
          (func (export "sum") (result i32)
            (local $at (ref null $node)) (local $sum i32)
            (local.set $at (global.get $list))
            (block $done
              (loop $again
                (local.set $at (br_on_null $done (local.get $at)))
                (local.set $sum (i32.add (local.get $sum) (struct.get $node $value (local.get $at))))
                (local.set $at (struct.get $node $next (local.get $at)))
                (br $again)))
            (local.get $sum)))
        """;

    [Fact]
    public void Fields_of_every_type_keep_their_values()
    {
        using var guest = new Guest("""
            (module
              (type $s (struct (field (mut i8)) (field (mut f64)) (field (mut i16)) (field (mut i32)) (field (mut v128))
                (field (mut i8)) (field (mut f32)) (field (mut i64)) (field (mut anyref)) (field (mut funcref))))
              (func $make (result (ref $s))
                (struct.new $s (i32.const 0x1ff) (f64.const 1.5) (i32.const 0x1ffff) (i32.const -7)
                  (v128.const i64x2 11 12) (i32.const 0x80) (f32.const 2.5) (i64.const -9) (ref.i31 (i32.const 5)) (ref.null func)))
              (func (export "sum") (result i64)
                (local $s (ref null $s))
                (local.set $s (call $make))
                (struct.set $s 7 (local.get $s) (i64.const 1000))
                (i64.add (i64.extend_i32_s (i32.add
                    (i32.add (struct.get_u $s 0 (local.get $s)) (struct.get_s $s 5 (local.get $s)))
                    (i32.add (struct.get_u $s 2 (local.get $s)) (struct.get $s 3 (local.get $s)))))
                  (i64.add (i64.add (struct.get $s 7 (local.get $s))
                      (i64x2.extract_lane 1 (struct.get $s 4 (local.get $s))))
                    (i64.add (i64.trunc_f64_s (struct.get $s 1 (local.get $s)))
                      (i64.trunc_f32_s (struct.get $s 6 (local.get $s))))))))
            """, compiler: null);
        Assert.Equal(255 - 128 + 65535 - 7 + 1000 + 12 + 1 + 2, guest.Call("sum")[0].AsInt64());
    }

    [Fact]
    public void What_can_be_reached_stays_and_the_rest_goes()
    {
        using var guest = new Guest(List, compiler: null);
        guest.Call("push", 100_000);
        int sum = guest.Call("sum")[0].AsInt32();
        guest.Call("drop", 3_000_000);
        Assert.Equal(sum, guest.Call("sum")[0].AsInt32());
        guest.Store.CollectHeap();
        Assert.InRange(guest.Store.HeapStatistics.LiveBytes, 100_000 * 16, 100_000 * 17);
        guest.Call("clear");
        guest.Store.CollectHeap();
        Assert.Equal(0, guest.Store.HeapStatistics.LiveBytes);
    }

    [Fact]
    public void Memory_that_was_given_back_is_used_again()
    {
        using var guest = new Guest(List, compiler: null);
        for (int i = 0; i < 2; i++)
        {
            guest.Call("push", 6_000_000);
            guest.Call("clear");
            guest.Store.CollectHeap();
            guest.Call("push", 100_000);
            Assert.Equal(704982704, guest.Call("sum")[0].AsInt32());
            guest.Call("clear");
        }
    }

    [Fact]
    public void A_collection_at_every_allocation_loses_nothing()
    {
        using var guest = new Guest(List, compiler: null, engine: new() { StressHeap = true });
        guest.Call("push", 300);
        Assert.Equal(299 * 300 / 2, guest.Call("sum")[0].AsInt32());
        Assert.True(guest.Store.HeapStatistics.Collections >= 300);
    }

    [Theory]
    [InlineData("push", "out of memory")]
    [InlineData("drop", null)]
    public void A_heap_at_its_limit_ends_those_who_need_more(string function, string? message)
    {
        var options = new StoreOptions { Limits = new() { MaxHeapBytes = 4 << 20 } };
        using var guest = new Guest(List, compiler: null, options: options);
        void Call() => guest.Call(function, 1_000_000);
        if (message is null) Call();
        else Assert.Equal(message, Assert.Throws<TrapException>(Call).Message);
        guest.Call("clear");
        guest.Call("push", 100_000);
        Assert.Equal(704982704, guest.Call("sum")[0].AsInt32());
    }

    [Theory]
    [InlineData("(array.new_default $bytes (i32.const -1))")]
    [InlineData("(array.new_default $pairs (i32.const -1))")]
    [InlineData("(array.new $pairs (v128.const i64x2 1 2) (i32.const 0x10000000))")]
    [InlineData("(array.new_default $pairs (i32.const 0x1000000))")]
    public void Gigantic_arrays_are_refused(string instruction)
    {
        var options = new StoreOptions { Limits = new() { MaxHeapBytes = 64 << 20 } };
        using var guest = new Guest($"""
            (module (type $bytes (array (mut i8))) (type $pairs (array (mut v128)))
              (func (export "f") (drop {instruction})) (func (export "g") (result i32) (array.len (array.new_default $bytes (i32.const 1000000)))))
            """, compiler: null, options: options);
        Assert.Equal("out of memory", Assert.Throws<TrapException>(() => guest.Call("f")).Message);
        Assert.Equal(1_000_000, guest.Call("g")[0].AsInt32());
    }

    [Fact]
    public void Large_arrays_are_collected_and_their_elements_followed()
    {
        using var guest = new Guest("""
            (module (type $box (struct (field i32))) (type $all (array (mut (ref null $box))))
              (global $g (mut (ref null $all)) (ref.null $all))
              (func (export "fill") (param i32)
                (local $i i32)
                (global.set $g (array.new_default $all (local.get 0)))
                (loop $again
                  (array.set $all (global.get $g) (local.get $i) (struct.new $box (local.get $i)))
                  (local.set $i (i32.add (local.get $i) (i32.const 1)))
                  (br_if $again (i32.lt_u (local.get $i) (local.get 0)))))
              (func (export "get") (param i32) (result i32)
                (struct.get $box 0 (array.get $all (global.get $g) (local.get 0)))))
            """, compiler: null);
        for (int i = 0; i < 20; i++) guest.Call("fill", 200_000);
        guest.Store.CollectHeap();
        Assert.InRange(guest.Store.HeapStatistics.LiveBytes, 200_000 * 24, 200_000 * 26);
        Assert.Equal(123_456, guest.Call("get", 123_456)[0].AsInt32());
        Assert.Equal("out of bounds array access",
            Assert.Throws<TrapException>(() => guest.Call("get", 200_000)).Message);
    }

    [Fact]
    public void A_host_object_lives_as_long_as_a_guest_holds_it()
    {
        using var guest = new Guest("""
            (module (table (export "t") 1 externref)
              (func (export "set") (param externref) (table.set (i32.const 0) (local.get 0)))
              (func (export "get") (result anyref) (any.convert_extern (table.get (i32.const 0)))))
            """, compiler: null);
        var weak = Give(guest);
        Collect(guest);
        Assert.True(weak.IsAlive);
        CheckIsSame(guest, weak);
        guest.Call("set", Value.Null);
        Collect(guest);
        Assert.False(weak.IsAlive);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Give(Guest guest)
    {
        object target = new();
        using var scope = guest.Store.OpenReferenceScope();
        guest.Call("set", guest.Store.ToExternalReference(target));
        return new(target);
    }

    /// <summary>Apart, since unoptimised code keeps what a method has seen until it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void CheckIsSame(Guest guest, WeakReference weak)
    {
        using var scope = guest.Store.OpenReferenceScope();
        Assert.Same(weak.Target, guest.Store.FromExternalReference(guest.Call("get")[0]));
    }

    private static void Collect(Guest guest)
    {
        guest.Store.CollectHeap();
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [Fact]
    public void A_reference_is_valid_until_its_scope_ends_or_while_it_is_held()
    {
        using var guest = new Guest("""
            (module (type $s (struct (field i32)))
              (func (export "new") (param i32) (result (ref $s)) (struct.new $s (local.get 0)))
              (func (export "get") (param (ref $s)) (result i32) (struct.get $s 0 (local.get 0))))
            """, compiler: null);
        Value first, second;
        HeldReference held;
        using (guest.Store.OpenReferenceScope())
        {
            first = guest.Call("new", 1)[0];
            second = guest.Call("new", 2)[0];
            guest.Store.CollectHeap();
            Assert.Equal(1, guest.Call("get", first)[0].AsInt32());
            held = guest.Store.Hold(second);
        }
        guest.Store.CollectHeap();
        Assert.Throws<ArgumentException>(() => guest.Call("get", first));
        Assert.Equal(2, guest.Call("get", held.Value)[0].AsInt32());
        held.Dispose();
        Assert.Throws<ArgumentException>(() => guest.Call("get", second));
    }

    [Fact]
    public void References_are_checked_against_their_type()
    {
        using var guest = new Guest("""
            (module (type $s (struct (field i32))) (type $a (array i8))
              (func (export "s") (result anyref) (struct.new $s (i32.const 1)))
              (func (export "a") (result anyref) (array.new_default $a (i32.const 1)))
              (func (export "takes") (param (ref null $s)))
              (func (export "i31") (param i31ref) (result i32) (i31.get_s (local.get 0))))
            """, compiler: null);
        Value structure = guest.Call("s")[0], array = guest.Call("a")[0];
        guest.Call("takes", structure);
        guest.Call("takes", Value.Null);
        Assert.Throws<ArgumentException>(() => guest.Call("takes", array));
        Assert.Throws<ArgumentException>(() => guest.Call("takes", guest.Store.ToExternalReference(new())));
        Assert.Throws<ArgumentException>(() => guest.Call("takes", 12345L));
        Assert.Throws<ArgumentException>(() => guest.Call("i31", structure));
        Assert.Equal(-5, guest.Call("i31", Value.FromI31(-5))[0].AsInt32());
        Assert.True(guest.Store.IsReferenceOf(array, ValueType.Reference(HeapType.Array, false)));
        Assert.False(guest.Store.IsReferenceOf(structure, ValueType.Reference(HeapType.Array, false)));
    }

    [Fact]
    public void A_host_function_gets_and_gives_references()
    {
        object target = new();
        object? seen = null;
        Value kept = default;
        using var guest = new Guest("""
            (module (import "h" "f" (func $f (param externref) (result externref)))
              (func (export "call") (param externref) (result externref) (call $f (call $f (local.get 0)))))
            """, compiler: null, define: linker => linker.DefineFunction(
                "h", "f", new FunctionType([ValueType.ExternRef], [ValueType.ExternRef]), (in HostCall call) =>
                {
                    kept = call.GetReference(0);
                    seen = call.Caller.Store.FromExternalReference(kept);
                    call.SetReference(0, call.Caller.Store.ToExternalReference(target));
                }));
        Value argument = guest.Store.ToExternalReference("text");
        Assert.Same(target, guest.Store.FromExternalReference(guest.Call("call", argument)[0]));
        Assert.Same(target, seen);
    }

    [Fact]
    public void Stores_on_several_threads_collect_on_their_own()
    {
        using var engine = new Engine();
        using var module = HandCompiler.Assemble(engine, List);
        Parallel.For(0, 4, _ =>
        {
            using var store = new Store(engine);
            var instance = new Linker(engine).Instantiate(store, module);
            instance.GetFunction("push")!.Invoke(10_000);
            instance.GetFunction("drop")!.Invoke(1_000_000);
            Assert.Equal(9999 * 10_000 / 2, instance.GetFunction("sum")!.Invoke()[0].AsInt32());
            Assert.True(store.HeapStatistics.Collections > 1);
        });
    }
}
