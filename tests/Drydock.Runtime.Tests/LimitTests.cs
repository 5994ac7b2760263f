using System.Diagnostics;
using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;
using Drydock.Wasm;

namespace Drydock.Runtime.Tests;

/// <summary>Modules at and beyond the implementation limits: refused, or compiled and run, in bounded time.</summary>
public sealed class LimitTests
{
    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));

    [Fact]
    public void Fifty_thousand_locals_make_a_frame_that_recursion_exhausts()
    {
        string locals = "(local " + Repeat("i64 ", 49_999) + ")";
        using var guest = new Guest($"""
            (module (func $f (export "f") (param i32) (result i64) {locals}
              (local.set 49999 (i64.add (local.get 40000) (i64.const 3)))
              (if (i32.eqz (local.get 0)) (then (return (local.get 49999))))
              (return (call $f (i32.sub (local.get 0) (i32.const 1))))))
            """, compiler: null);
        Assert.Equal(3, guest.Call("f", 1)[0].AsInt64());
        Assert.Equal(TrapCode.CallStackExhausted, Assert.Throws<TrapException>(() => guest.Call("f", 1000)).Code);
        Assert.Equal(3, guest.Call("f", 0)[0].AsInt64());
    }

    /// <summary>Sizes of stacks, with each compiler that is there: libLLVM need not be.</summary>
    public static TheoryData<int, bool> Stacks()
    {
        var stacks = new TheoryData<int, bool>();
        foreach (int size in (int[])[64 << 10, 256 << 10, 1 << 20, 64 << 20])
        {
            stacks.Add(size, false);
            if (LlvmLibrary.IsAvailable) stacks.Add(size, true);
        }
        return stacks;
    }

    [Theory]
    [MemberData(nameof(Stacks))]
    public void Recursion_traps_on_a_thread_of_any_size(int stackSize, bool isOptimized)
    {
        IFunctionCompiler compiler = isOptimized ? new LlvmCompiler() : new BaselineCompiler();
        using var guest = new Guest($"""
            (module
              (func $small (export "small") (call $small))
              (func $large (export "large") (local {Repeat("v128 ", 3_000)}) (call $large)))
            """, compiler);
        var traps = new List<TrapCode>();
        var thread = new Thread(() =>
        {
            foreach (string name in (string[])["small", "large"])
                traps.Add(Assert.Throws<TrapException>(() => guest.Call(name)).Code);
        }, stackSize);
        thread.Start();
        thread.Join();
        Assert.Equal([TrapCode.CallStackExhausted, TrapCode.CallStackExhausted], traps);
    }

    [Fact]
    public void More_than_a_thousand_parameters_are_refused()
    {
        string Text(int count) => $"(module (func (export \"f\") (param {Repeat("i32 ", count)})))";
        using var guest = new Guest(Text(1000), compiler: null);
        Assert.Empty(guest.Call("f", Enumerable.Repeat(Value.FromInt32(1), 1000).ToArray()));
        Assert.Throws<WasmFormatException>(() => new Guest(Text(1001), compiler: null));
        Assert.Throws<WasmFormatException>(() => new Guest(Text(10_000), compiler: null));
    }

    [Fact]
    public void A_tail_call_passes_a_thousand_arguments()
    {
        using var guest = new Guest($"""
            (module
              (func $wide (param {Repeat("i64 ", 1000)}) (result i64)
                (if (i64.eqz (local.get 0)) (then (return (local.get 999))))
                (return_call $f (i64.sub (local.get 0) (i64.const 1))))
              (func $f (export "f") (param i64) (result i64)
                (return_call $wide (local.get 0) {Repeat("(i64.const 1) ", 998)} (i64.const 5))))
            """, compiler: null);
        Assert.Equal(5, guest.Call("f", 10_000L)[0].AsInt64());
    }

    [Fact]
    public void A_branch_table_has_as_many_targets_as_engines_agree_on()
    {
        string Text(int pairs) => $"""
            (module (func (export "f") (param i32) (result i32)
              (block (block (br_table {Repeat("0 1 ", pairs)} 1 (local.get 0))) (return (i32.const 0))) (i32.const 1)))
            """;
        using var guest = new Guest(Text(32_760), compiler: null);
        Assert.Equal(0, guest.Call("f", 65_518)[0].AsInt32());
        Assert.Equal(1, guest.Call("f", -1)[0].AsInt32());
        var refusal = Assert.Throws<WasmFormatException>(() => new Guest(Text(500_000), compiler: null));
        Assert.StartsWith("too many branch table entries", refusal.Message);
    }

    [Fact]
    public void Operands_that_wait_in_locals_are_found_in_linear_time()
    {
        const int Locals = 30_000, Constants = 300_000;
        var watch = Stopwatch.StartNew();
        using var guest = new Guest($"""
            (module (func (export "f") (local {Repeat("i32 ", Locals)})
              {string.Concat(Enumerable.Range(0, Locals).Select(i => $"local.get {i} "))}
              {Repeat("i32.const 1 ", Constants)}
              {string.Concat(Enumerable.Range(0, Locals).Select(i => $"local.set {i} "))}
              return))
            """, compiler: null);
        // Constants take no room in the frame.
        guest.Call("f");
        Assert.True(watch.Elapsed < TimeSpan.FromMinutes(2), $"took {watch.Elapsed}");
    }

    [Fact]
    public void A_few_bytes_do_not_become_gigabytes_of_code()
    {
        string results = Repeat("i64 ", 1000);
        using var guest = new Guest($"""
            (module (func (export "f") (param i32) (result {results})
              i64.const 0
              (block (result {results})
                i64.const 0
                {Repeat("local.get 0 i64.extend_i32_u ", 1000)}
                {Repeat("local.get 0 br_if 0 ", 400)}
                return)
              return))
            """, compiler: null);
        var failure = Assert.Throws<CompilationException>(() => guest.Call("f", 0));
        Assert.Contains("a function's code exceeds", failure.Message);
    }
}
