using Drydock.Compiler;
using Drydock.Wasm;
using static Drydock.Runtime.Tests.HandCompiler;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.Runtime.Tests;

public sealed class EntryTests
{
    private static readonly byte[] Add = [0x8D, 0x04, 0x16, 0xC3]; // lea eax, [rsi + rdx]; ret

    [Fact]
    public void Arguments_reach_the_guest_and_results_the_host()
    {
        using var guest = new Guest(
            """(module (func (export "f") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))""", Leaf(Add));
        Assert.Equal(42, guest.Call("f", 40, 2)[0].AsInt32());
        Assert.Equal(-1, guest.Call("f", -3, 2)[0].AsInt32());
    }

    [Fact]
    public void A_function_is_compiled_once_and_only_when_called()
    {
        var compiler = new HandCompiler(Leaf(Add));
        using var guest = new Guest(
            """(module (func (export "f") (param i32 i32) (result i32) (i32.const 0)))""", compiler);
        Assert.Equal(0, compiler.Compiled);
        guest.Call("f", 1, 2);
        guest.Call("f", 1, 2);
        Assert.Equal(1, compiler.Compiled);
    }

    [Fact]
    public void Every_kind_of_value_passes_through_the_host()
    {
        const string Type = "(param i32 i64 f32 f64 v128 i64 i64 i64 i64 f32 v128) (result f64 i32 v128 i64 f32)";
        using var guest = new Guest(
            $"""(module (import "h" "f" (func {Type})) (func (export "f") {Type} unreachable))""",
            linker => linker.DefineFunction("h", "f", TypeOf(Type), (in HostCall call) =>
            {
                double sum = call.GetInt32(0) + call.GetInt64(1) + call.GetSingle(2) + call.GetDouble(3)
                    + call.GetInt64(8) + call.GetSingle(9);
                call.SetDouble(0, sum);
                call.SetInt32(1, -7);
                call.SetInt64(3, long.MinValue);
                call.SetSingle(4, 1.5f);
            }),
            PassThrough(stackSize: 16));
        UInt128 vector = new(1, 2), last = new(3, 4);
        var results = guest.Call("f", 1, 2L, 3f, 4.0, Value.FromVector(vector), 0L, 0L, 0L, 5L, 6f,
            Value.FromVector(last));
        Assert.Equal(21.0, results[0].AsDouble());
        Assert.Equal(Value.FromInt32(-7), results[1]);
        Assert.Equal(long.MinValue, results[3].AsInt64());
        Assert.Equal(1.5f, results[4].AsSingle());
    }

    [Fact]
    public void Functions_of_a_host_module_are_made_when_they_are_imported()
    {
        var module = new Numbers();
        using var guest = new Guest(
            """
            (module (import "n" "three" (func (result i32))) (import "n" "one" (func (result i32)))
              (export "three" (func 0)) (export "one" (func 1)))
            """,
            linker =>
            {
                linker.DefineModule("n", module);
                linker.DefineFunction("n", "one", new([], [ValueType.I32]), (in HostCall call) => call.SetInt32(0, 11));
            });
        Assert.Equal(3, guest.Call("three")[0].AsInt32());
        Assert.Equal(11, guest.Call("one")[0].AsInt32());
        Assert.Equal(["three"], module.Made);
    }

    [Fact]
    public void A_function_that_a_host_module_lacks_is_refused_with_those_it_has()
    {
        var error = Assert.Throws<LinkException>(() => new Guest(
            """(module (import "n" "two" (func)))""", linker => linker.DefineModule("n", new Numbers())));
        Assert.EndsWith("is not defined; \"n\" offers one, three", error.Message, StringComparison.Ordinal);
    }

    private sealed class Numbers : HostModule
    {
        public List<string> Made { get; } = [];
        public override IReadOnlyList<string> Names => ["three", "one"];

        public override HostFunction? Find(string name, out FunctionType type)
        {
            type = new([], [ValueType.I32]);
            if (!Names.Contains(name)) return null;
            Made.Add(name);
            return (in HostCall call) => call.SetInt32(0, name == "one" ? 1 : 3);
        }
    }

    [Fact]
    public void The_host_can_call_back_into_the_guest()
    {
        Guest guest = null!;
        using (guest = new Guest(
            """(module (import "h" "f" (func (param i32) (result i32))) (func (export "f") (param i32) (result i32) unreachable))""",
            linker => linker.DefineFunction("h", "f", new([ValueType.I32], [ValueType.I32]), (in HostCall call) =>
            {
                int depth = call.GetInt32(0);
                call.SetInt32(0, depth == 0 ? 0 : 1 + guest.Call("f", depth - 1)[0].AsInt32());
            }),
            CallImport()))
            Assert.Equal(50, guest.Call("f", 50)[0].AsInt32());
    }

    [Fact]
    public void An_exception_of_the_host_reaches_whoever_called_the_guest()
    {
        using var guest = new Guest(
            """(module (import "h" "f" (func)) (func (export "f") unreachable))""",
            linker =>
                linker.DefineFunction("h", "f", new([], []), (in HostCall _) => throw new FormatException("host")),
            CallImport());
        for (int i = 0; i < 3; i++)
            Assert.Equal("host", Assert.Throws<FormatException>(() => guest.Call("f")).Message);
    }

    [Fact]
    public void The_wrong_number_of_arguments_is_refused()
    {
        using var guest = new Guest("""(module (func (export "f") (param i32)))""", Leaf(0xC3));
        Assert.Throws<ArgumentException>(() => guest.Call("f"));
    }

    [Fact]
    public void Two_modules_call_each_other_through_their_imports()
    {
        using var engine = new Engine(new() { Compiler = new HandCompiler(Leaf(Add)) });
        using var store = new Store(engine);
        var linker = new Linker(engine);
        const string Import = """(module (import "m" "f" (func (param i32 i32) (result i32))) (export "g" (func 0)))""";
        linker.DefineInstance("m", linker.Instantiate(
            store, Assemble(engine, """(module (func (export "f") (param i32 i32) (result i32) unreachable))""")));
        var outer = linker.Instantiate(store, Assemble(engine, Import));
        Assert.Equal(5, outer.GetFunction("g")!.Invoke(2, 3)[0].AsInt32());
    }

    private static FunctionType TypeOf(string signature)
    {
        using var engine = new Engine(new() { Compiler = new HandCompiler() });
        return Assemble(engine, $"(module (type (func {signature})))").Definition.Types[0].Composite as FunctionType
            ?? throw new InvalidOperationException("no function type");
    }

    /// <summary>Jumps to imported function 0, so that it finds the arguments where this function got them.</summary>
    private static Func<CompilationUnit, FunctionCode> PassThrough(int stackSize) => unit =>
    {
        Assert.Equal(stackSize, new CallingConvention(unit.Module.FunctionTypeOf(0)).StackSize);
        var code = new Drydock.Compiler.X64.Assembler();
        int import = unit.Layout.ImportedFunction(0);
        Native.ThunkInstructions.Load(code, Drydock.Compiler.X64.Register.Rax, Drydock.Compiler.X64.Register.Rdi,
            import);
        Native.ThunkInstructions.Load(
            code, Drydock.Compiler.X64.Register.Rdi, Drydock.Compiler.X64.Register.Rdi, import + 8);
        Native.ThunkInstructions.JumpRegister(code, Drydock.Compiler.X64.Register.Rax);
        return new(code.Text.ToArray(), [], []);
    };
}
