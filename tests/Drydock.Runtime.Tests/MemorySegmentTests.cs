using Drydock.Compiler;
using Drydock.Compiler.Llvm;
using Drydock.Wasm;

namespace Drydock.Runtime.Tests;

/// <summary>
/// Each instance sees its own memory, whoever calls it and whatever it called: in code that reaches memories through a
/// segment register, in code that does not, and between the two.
/// </summary>
public sealed class MemorySegmentTests : IDisposable
{
    /// <summary>Code of functions by turns from two compilers.</summary>
    private sealed class Mixed(IFunctionCompiler even, IFunctionCompiler odd) : IFunctionCompiler
    {
        public FunctionCode Compile(CompilationUnit unit, int bodyIndex) =>
            (bodyIndex % 2 == 0 ? even : odd).Compile(unit, bodyIndex);
    }

    /// <summary>
    /// Self-contained: its letter, at 16; the sum of many arguments, some of them on the stack, and the letter; and the
    /// letter again after calling the host.
    /// </summary>
    private const string Callee = """
        (module (import "h" "call" (func $host)) (memory 1) (data (i32.const 16) "B")
          (tag $e (export "e") (param i32))
          (func $letter (export "letter") (result i32) (i32.load8_u (i32.const 16)))
          (func (export "many") (param i32 i64 f64 v128 i64 i64 i64 i64 i32 i64) (result i32 i64)
            (i32.add (call $letter) (i32.add (local.get 0) (local.get 8)))
            (i64.add (local.get 9) (i64.load8_u offset=16 (local.get 0))))
          (func (export "host") (result i32) (call $host) (call $letter))
          (func (export "trap") (result i32) (i32.load (i32.const -4)))
          (func (export "throw") (result i32) (throw $e (call $letter))))
        """;

    private const string Imports = """
        (import "b" "letter" (func $letter (result i32))) (import "b" "trap" (func $trap (result i32)))
        (import "b" "many" (func $many (param i32 i64 f64 v128 i64 i64 i64 i64 i32 i64) (result i32 i64)))
        (import "b" "host" (func $host (result i32))) (import "b" "throw" (func $throw (result i32)))
        (import "b" "e" (tag $e (param i32)))
        (memory 1) (data (i32.const 16) "A")
        """;

    /// <summary>What it got from the other, times 256, and its own letter.</summary>
    private const string Caller = """
          (func $pair (param i32) (result i32)
            (i32.add (i32.shl (local.get 0) (i32.const 8)) (i32.load8_u (i32.const 16))))
          (func (export "letter") (result i32) (call $pair (call $letter)))
          (func (export "host") (result i32) (call $pair (call $host)))
          (func (export "trap") (result i32) (call $pair (call $trap)))
          (func (export "many") (result i32 i64 i32)
            (call $many (i32.const 0) (i64.const 0) (f64.const 0) (v128.const i64x2 0 0) (i64.const 0) (i64.const 0)
              (i64.const 0) (i64.const 0) (i32.const 100) (i64.const 1000))
            (i32.load8_u (i32.const 16)))
          (func (export "catch") (result i32)
            (call $pair (block $caught (result i32) (try_table (catch $e $caught) (return (call $throw))) (i32.const 0))))
        """;

    private readonly List<IDisposable> _owned = [];

    public static TheoryData<string> Compilers => LlvmLibrary.IsAvailable
        ? new("baseline", "optimizing", "mixed", "mixed the other way") : new("baseline");

    public void Dispose()
    {
        for (int i = _owned.Count - 1; i >= 0; i--) _owned[i].Dispose();
    }

    private T Own<T>(T item) where T : IDisposable
    {
        _owned.Add(item);
        return item;
    }

    private Engine Start(string compilers)
    {
        var baseline = new Drydock.Compiler.Baseline.BaselineCompiler();
        return Own(new Engine(new EngineOptions
        {
            Compiler = compilers switch
            {
                "baseline" => baseline,
                "optimizing" => new LlvmCompiler(OptimizationLevel.O2),
                "mixed" => new Mixed(baseline, new LlvmCompiler(OptimizationLevel.O2)),
                _ => new Mixed(new LlvmCompiler(OptimizationLevel.O2), baseline),
            },
        }));
    }

    private Instance Instantiate(Linker linker, Store store, string text) =>
        linker.Instantiate(store, Own(HandCompiler.Assemble(linker.Engine, text)));

    /// <summary>The callee and a caller, whose host function calls what it is told to.</summary>
    private (Instance Caller, Store Store, Linker Linker) Link(Engine engine, string caller, Action? host = null)
    {
        var store = Own(new Store(engine));
        var linker = new Linker(engine);
        linker.DefineFunction("h", "call", new FunctionType([], []), (in HostCall _) => host?.Invoke());
        linker.DefineInstance("b", Instantiate(linker, store, Callee));
        return (Instantiate(linker, store, $"(module {Imports} {caller})"), store, linker);
    }

    private static int Call(Instance instance, string name) => instance.GetFunction(name)!.Invoke()[0].AsInt32();

    private const int BothLetters = 'B' << 8 | 'A';

    [Theory]
    [MemberData(nameof(Compilers))]
    public void Calls_of_another_instance_come_back_to_their_own_memory(string compilers)
    {
        Engine engine = Start(compilers);
        var (caller, _, _) = Link(engine, Caller);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(BothLetters, Call(caller, "letter"));
            Assert.Equal(BothLetters, Call(caller, "host"));
            Assert.Equal(BothLetters, Call(caller, "catch"));
            var many = caller.GetFunction("many")!.Invoke();
            Assert.Equal(('B' + 100, 1000 + 'B', 'A'), (many[0].AsInt32(), many[1].AsInt64(), many[2].AsInt32()));
        }
    }

    [Theory]
    [MemberData(nameof(Compilers))]
    public void A_host_function_may_call_other_guests_and_these_may_trap(string compilers)
    {
        Engine engine = Start(compilers);
        Instance? inner = null;
        var (caller, store, linker) = Link(engine, Caller, () =>
        {
            Assert.Equal('C', Call(inner!, "c"));
            Assert.Throws<TrapException>(() => Call(inner!, "trap"));
        });
        inner = Instantiate(linker, store, """
            (module (memory 1) (data (i32.const 16) "C") (func (export "c") (result i32) (i32.load8_u (i32.const 16)))
              (func (export "trap") (result i32) (i32.load (i32.const -4))))
            """);
        Assert.Equal(BothLetters, Call(caller, "host"));
        Assert.Throws<TrapException>(() => Call(caller, "trap"));
        Assert.Equal(BothLetters, Call(caller, "letter"));
        Assert.Equal('C', Call(inner, "c"));
        Assert.Equal(BothLetters, Call(caller, "host"));
    }

    [Theory]
    [MemberData(nameof(Compilers))]
    public void Functions_go_from_instance_to_instance_by_tables_references_and_tail_calls(string compilers)
    {
        Engine engine = Start(compilers);
        const string Sharing = """
            (type $t (func (result i32))) (type $taker (func (param (ref null $t)) (result i32)))
            (table (export "table") 2 funcref) (elem (i32.const 0) $letter $trap)
            (elem declare func $host)
            (func $pair (param i32) (result i32)
              (i32.add (i32.shl (local.get 0) (i32.const 8)) (i32.load8_u (i32.const 16))))
            (func (export "element") (result i32) (call $pair (call_indirect (type $t) (i32.const 0))))
            (func (export "reference") (result i32) (call $pair (call_ref $t (ref.func $letter))))
            (func $take (export "take") (param (ref null $t)) (result i32) (call $pair (call_ref $t (local.get 0))))
            (func (export "own") (result i32) (call $take (ref.func $host)))
            (func $tail (result i32) (return_call $letter))
            (func $tails (result i32) (return_call_indirect (type $t) (i32.const 0)))
            (func (export "tail") (result i32) (call $pair (call $tail)))
            (func (export "tails") (result i32) (call $pair (call $tails)))
            """;
        var (caller, store, linker) = Link(engine, Sharing);
        string[] names = ["element", "reference", "own", "tail", "tails"];
        foreach (string name in names) Assert.Equal(BothLetters, Call(caller, name));
        // Others' references, and functions that were imported by one and are used by the next.
        linker.DefineInstance("a", caller);
        var third = Instantiate(linker, store, """
            (module (type $t (func (result i32))) (import "a" "table" (table 2 funcref))
              (import "a" "take" (func $take (param (ref null $t)) (result i32)))
              (import "b" "letter" (func $letter (result i32)))
              (memory 1) (data (i32.const 16) "C") (elem declare func $letter $own)
              (func $own (result i32) (i32.load8_u (i32.const 16)))
              (func (export "element") (result i32)
                (i32.add (i32.shl (call_indirect (type $t) (i32.const 0)) (i32.const 8)) (call $own)))
              (func (export "foreign") (result i32) (call $take (ref.func $letter)))
              (func (export "lent") (result i32) (call $take (ref.func $own))))
            """);
        Assert.Equal('B' << 8 | 'C', Call(third, "element"));
        linker.DefineInstance("c", Instantiate(linker, store, """
            (module (import "b" "letter" (func $letter (result i32))) (global (export "g") funcref (ref.func $letter)))
            """));
        foreach (string start in (string[])["1 funcref) (elem (i32.const 0) funcref (global.get 0)", "1 funcref (global.get 0)"])
            Assert.Equal('B' << 8 | 'D', Call(Instantiate(linker, store, $"""
                (module (type $t (func (result i32))) (import "c" "g" (global funcref))
                  (memory 1) (data (i32.const 16) "D") (table {start})
                  (func (export "element") (result i32) (i32.add (i32.load8_u (i32.const 16))
                    (i32.shl (call_indirect (type $t) (i32.const 0)) (i32.const 8)))))
                """), "element"));
        Assert.Equal(BothLetters, Call(third, "foreign"));
        Assert.Equal('C' << 8 | 'A', Call(third, "lent"));
        Assert.Equal(BothLetters, Call(caller, "element"));
    }

    [Theory]
    [MemberData(nameof(Compilers))]
    public void Tail_calls_between_instances_take_no_stack(string compilers)
    {
        Engine engine = Start(compilers);
        var store = Own(new Store(engine));
        var linker = new Linker(engine);
        const string First = """
            (module (type $t (func (param i32) (result i32))) (table (export "table") 1 funcref)
              (memory 1) (data (i32.const 16) "A")
              (func (export "next") (type $t)
                (if (result i32) (i32.eqz (local.get 0)) (then (i32.load8_u (i32.const 16)))
                  (else (return_call_indirect (type $t) (i32.sub (local.get 0) (i32.const 1)) (i32.const 0))))))
            """;
        const string Second = """
            (module (type $t (func (param i32) (result i32))) (import "a" "table" (table 1 funcref))
              (import "a" "next" (func $next (type $t)))
              (memory 1) (data (i32.const 16) "B") (elem (i32.const 0) $f)
              (func $f (export "f") (type $t)
                (if (result i32) (i32.eqz (local.get 0)) (then (i32.load8_u (i32.const 16)))
                  (else (return_call $next (i32.sub (local.get 0) (i32.const 1)))))))
            """;
        linker.DefineInstance("a", Instantiate(linker, store, First));
        var second = Instantiate(linker, store, Second);
        Assert.Equal('B', second.GetFunction("f")!.Invoke(1_000_000)[0].AsInt32());
        Assert.Equal('A', second.GetFunction("f")!.Invoke(1_000_001)[0].AsInt32());
    }

    [NeedsLlvmFact]
    public void Guests_on_several_threads_keep_apart()
    {
        Engine engine = Start("optimizing");
        const string Text = """
            (module (import "h" "call" (func $host)) (memory 1)
              (func (export "run") (param i32) (result i32) (local $i i32)
                (i32.store (i32.const 16) (local.get 0))
                (loop $again
                  (call $host)
                  (if (i32.ne (i32.load (i32.const 16)) (local.get 0)) (then (return (i32.const -1))))
                  (br_if $again (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20000))))
                (i32.load (i32.const 16))))
            """;
        var module = Own(HandCompiler.Assemble(engine, Text));
        var linker = new Linker(engine);
        linker.DefineFunction("h", "call", new FunctionType([], []), (in HostCall _) => { });
        Parallel.For(0, 4, number =>
        {
            using var store = new Store(engine);
            var run = linker.Instantiate(store, module).GetFunction("run")!;
            Assert.Equal(number, run.Invoke(number)[0].AsInt32());
        });
    }
}
