using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;

namespace Drydock.Runtime.Tests;

/// <summary>The runtime together with the optimizing tier.</summary>
public sealed class OptimizedTests
{
    private static Guest Start(string text, OptimizationLevel level = OptimizationLevel.O2) =>
        new(text, new LlvmCompiler(level));

    [NeedsLlvmTheory]
    [InlineData("unreachable", "unreachable")]
    [InlineData("(drop (i32.div_s (i32.const 1) (local.get 0)))", "integer divide by zero")]
    [InlineData("(drop (i32.load offset=65536 (local.get 0)))", "out of bounds memory access")]
    [InlineData("(call_indirect (i32.const 5))", "undefined element")]
    [InlineData("(call_indirect (i32.const 1))", "uninitialized element")]
    [InlineData("(call_indirect (param i32) (i32.const 0) (i32.const 0))", "indirect call type mismatch")]
    [InlineData("(memory.fill (i32.const 65536) (i32.const 0) (i32.const 1))", "out of bounds memory access")]
    [InlineData("(memory.copy (i32.const 0) (i32.const 65530) (i32.const 7))", "out of bounds memory access")]
    [InlineData("(memory.copy (i32.const 65530) (i32.const 0) (i32.add (local.get 0) (i32.const 70)))",
        "out of bounds memory access")]
    [InlineData("(memory.fill (i32.const -1) (i32.const 0) (i32.const -1))", "out of bounds memory access")]
    [InlineData("(call $endless)", "call stack exhausted")]
    public void Each_trap_has_its_text(string instruction, string message)
    {
        using var guest = Start($"""
            (module (memory 1) (table 2 2 funcref) (elem (i32.const 0) $nothing)
              (func $nothing) (func $endless (call $endless)) (func (export "f") (param i32) {instruction}))
            """);
        Assert.Equal(message, Assert.Throws<TrapException>(() => guest.Call("f", 0)).Message);
    }

    [NeedsLlvmFact]
    public void An_argument_of_32_bits_has_no_others()
    {
        using var guest = Start("""
            (module (memory 1) (data (i32.const 8) "*")
              (func $same (export "same") (param i32) (result i32) (block (loop (br 1))) (local.get 0))
              (func (export "load") (param i32) (result i32) (i32.load8_u (local.get 0)))
              (func (export "direct") (param i64) (result i32)
                (i32.load8_u (call $same (i32.wrap_i64 (local.get 0)))))
              (func (export "wide") (param i32) (result i64) (i64.extend_i32_u (local.get 0)))
              (func (export "last") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
                (i32.load8_u (local.get 7))))
            """);
        var value = Value.FromInt64((123L << 32) + 8);
        Assert.Equal('*', guest.Call("load", value)[0].AsInt32());
        Assert.Equal('*', guest.Call("direct", value)[0].AsInt32());
        Assert.Equal(8, guest.Call("wide", value)[0].AsInt64());
        Assert.Equal('*', guest.Call("last", value, value, value, value, value, value, value, value)[0].AsInt32());
    }

    [NeedsLlvmFact]
    public void A_missing_function_is_told_from_memory_that_is_not_there()
    {
        using var guest = Start("""
            (module (memory 1) (table (export "table") 4 funcref) (elem (i32.const 1) $seven)
              (func $seven (result i32) (i32.const 7))
              (func (export "call") (param i32) (result i32) (call_indirect (result i32) (local.get 0)))
              (func (export "tail") (param i32) (result i32)
                (drop (i32.load (i32.const -8))) (call_indirect (result i32) (local.get 0))))
            """);
        Assert.Equal(7, guest.Call("call", 1)[0].AsInt32());
        foreach (int place in (int[])[0, 2, 3])
            Assert.Equal("uninitialized element",
                Assert.Throws<TrapException>(() => guest.Call("call", place)).Message);
        Assert.Equal("undefined element", Assert.Throws<TrapException>(() => guest.Call("call", 4)).Message);
        Assert.Equal("out of bounds memory access",
            Assert.Throws<TrapException>(() => guest.Call("tail", 0)).Message);
    }

    [NeedsLlvmTheory]
    [InlineData(0), InlineData(1), InlineData(63), InlineData(64), InlineData(65), InlineData(1000)]
    public void Copies_and_fills_of_any_length_overlap_as_they_should(int length)
    {
        using var guest = Start($"""
            (module (memory (export "memory") 1)
              (func (export "constant") (memory.copy (i32.const 3) (i32.const 0) (i32.const {length})))
              (func (export "any") (param i32) (memory.copy (i32.const 3) (i32.const 0) (local.get 0)))
              (func (export "fill") (param i32) (memory.fill (i32.const 8) (i32.const 0x1FF) (i32.const {length}))))
            """);
        foreach (string function in (string[])["constant", "any"])
        {
            var memory = guest.Instance.GetMemory("memory")!;
            byte[] expected = [.. Enumerable.Range(0, 1100).Select(i => (byte)(i * 7))];
            memory.Write(0, expected);
            guest.Call(function, function == "any" ? [length] : []);
            expected.AsSpan(0, length).ToArray().CopyTo(expected, 3);
            Assert.Equal(expected, Read(memory, 1100));
            guest.Call("fill", length);
            expected.AsSpan(8, length).Fill(0xFF);
            Assert.Equal(expected, Read(memory, 1100));
        }
    }

    [NeedsLlvmFact]
    public void A_trap_in_a_loop_leaves_what_was_stored_before_it()
    {
        // Bytes from the parameter on, to the end of the memory; each turn stores, counts, and stores again further on.
        using var guest = Start("""
            (module (memory (export "memory") 1) (global $turns (export "turns") (mut i32) (i32.const 0))
              (func (export "f") (param i32)
                (loop
                  (i32.store8 (local.get 0) (i32.const 1))
                  (global.set $turns (i32.add (global.get $turns) (i32.const 1)))
                  (i32.store8 offset=2 (local.get 0) (i32.const 2))
                  (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                  (br 0))))
            """, OptimizationLevel.O3);
        Assert.Throws<TrapException>(() => guest.Call("f", 65530));
        Assert.Equal([0, 0, 1, 1, 1, 1, 1, 2], Read(guest.Instance.GetMemory("memory")!, 65536)[^8..]);
        Assert.Equal(5, guest.Instance.GetGlobal("turns")!.Value.AsInt32());
    }

    [NeedsLlvmFact]
    public void A_load_that_nobody_wants_traps_all_the_same()
    {
        using var guest = Start("""
            (module (memory 1) (func (export "f") (param i32) (drop (i32.load (local.get 0)))
              (loop (drop (i32.load (local.get 0))))))
            """, OptimizationLevel.O3);
        guest.Call("f", 65532);
        Assert.Throws<TrapException>(() => guest.Call("f", 65533));
    }

    [NeedsLlvmFact]
    public void Short_functions_become_part_of_their_callers()
    {
        using var guest = Start("""
            (module (memory 1)
              (func $square (param i32) (result i32) (i32.mul (local.get 0) (local.get 0)))
              (func $load (param i32) (result i32) (i32.load (local.get 0)))
              (func (export "f") (param i32) (result i32)
                (i32.add (call $square (local.get 0)) (call $load (local.get 0)))))
            """);
        Assert.Equal(49, guest.Call("f", 7)[0].AsInt32());
        Assert.Throws<TrapException>(() => guest.Call("f", 65533));
    }

    [NeedsLlvmFact]
    public void Atomic_accesses_read_write_and_trap()
    {
        using var guest = Start("""
            (module (memory 1 1 shared)
              (func (export "add") (param i32) (result i32) (i32.atomic.rmw16.add_u offset=2 (local.get 0) (i32.const 0x1FFFF)))
              (func (export "swap") (param i32 i32 i32) (result i32)
                (i32.atomic.rmw8.cmpxchg_u (local.get 0) (local.get 1) (local.get 2)))
              (func (export "load") (param i32) (result i64) (i64.atomic.load (local.get 0)))
              (func (export "wake") (param i32) (result i32) (memory.atomic.notify (local.get 0) (i32.const 1))))
            """);
        Assert.Equal(0, guest.Call("add", 6)[0].AsInt32());
        Assert.Equal(0xFFFF, guest.Call("add", 6)[0].AsInt32());
        Assert.Equal(0xFE, guest.Call("swap", 8, 0x1FE, 7)[0].AsInt32());
        Assert.Equal(0xFF07, guest.Call("load", 8)[0].AsInt64());
        Assert.Equal("unaligned atomic", Assert.Throws<TrapException>(() => guest.Call("load", 4)).Message);
        Assert.Equal("unaligned atomic", Assert.Throws<TrapException>(() => guest.Call("add", 5)).Message);
        Assert.Equal("out of bounds memory access",
            Assert.Throws<TrapException>(() => guest.Call("load", 65536)).Message);
        Assert.Equal(0, guest.Call("wake", 8)[0].AsInt32());
        Assert.Throws<TrapException>(() => guest.Call("wake", 9));
    }

    [NeedsLlvmFact]
    public void Tail_calls_use_no_stack_and_references_are_called()
    {
        // Older libraries leave tail calls to baseline.
        using var guest = new Guest("""
            (module (type $step (func (param i32) (result i32))) (type $open (sub (func (result i32))))
              (table 2 2 funcref) (elem (i32.const 0) $down $five) (elem declare func $down)
              (func $down (type $step)
                (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 7))
                  (else (return_call $up (i32.sub (local.get 0) (i32.const 1))))))
              (func $up (type $step) (return_call_indirect (type $step) (local.get 0) (i32.const 0)))
              (func $five (type $open) (i32.const 5))
              (func (export "down") (type $step) (return_call_ref $step (local.get 0) (ref.func $down)))
              (func (export "five") (param i32) (result i32) (call_indirect (type $open) (local.get 0)))
              (func (export "none") (result i32) (call_ref $step (i32.const 1) (ref.null $step))))
            """, new OptimizingCompiler(new LlvmCompiler(), new BaselineCompiler()));
        Assert.Equal(7, guest.Call("down", 1_000_000)[0].AsInt32());
        Assert.Equal(5, guest.Call("five", 1)[0].AsInt32());
        Assert.Equal("indirect call type mismatch", Assert.Throws<TrapException>(() => guest.Call("five", 0)).Message);
        Assert.Equal("null function reference", Assert.Throws<TrapException>(() => guest.Call("none")).Message);
    }

    [NeedsLlvmFact]
    public void Exceptions_are_thrown_passed_on_and_handled()
    {
        var compiler = new OptimizingCompiler(new LlvmCompiler(), new BaselineCompiler());
        using var guest = new Guest("""
            (module (type $f (func (param i32) (result i32))) (tag $e (param i32)) (global $after (mut i32) (i32.const 0))
              (table 1 1 funcref) (elem (i32.const 0) $middle)
              (func $throw (param i32) (if (local.get 0) (then (throw $e (local.get 0)))))
              (func $middle (type $f)
                (call $throw (local.get 0)) (global.set $after (i32.const 1)) (i32.const 3))
              (func $indirect (type $f) (i32.add (i32.const 100) (call_indirect (type $f) (local.get 0) (i32.const 0))))
              (func (export "f") (type $f)
                (block (result i32) (try_table (result i32) (catch $e 0) (call $indirect (local.get 0)))))
              (func (export "after") (result i32) (global.get $after)))
            """, compiler);
        Assert.Equal(42, guest.Call("f", 42)[0].AsInt32());
        Assert.Equal(0, guest.Call("after")[0].AsInt32());
        Assert.Equal(103, guest.Call("f", 0)[0].AsInt32());
        Assert.Equal(1, guest.Call("after")[0].AsInt32());
        Assert.Equal(0, compiler.Refused);
    }

    private static byte[] Read(Memory memory, int length)
    {
        var bytes = new byte[length];
        memory.Read(0, bytes);
        return bytes;
    }
}
