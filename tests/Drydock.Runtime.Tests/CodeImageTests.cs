using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Wasm;
using Drydock.Wasm.Text;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.Runtime.Tests;

/// <summary>Images of code: linked, written, read back and run.</summary>
public sealed class CodeImageTests : IDisposable
{
    private const string Text = """
        (module (import "m" "add" (func $add (param i32 i32) (result i32)))
          (memory 1) (table 2 funcref) (elem (i32.const 0) $odd $even)
          (func $even (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1)) (else (call $odd (i32.sub (local.get 0) (i32.const 1))))))
          (func $odd (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0)) (else (call $even (i32.sub (local.get 0) (i32.const 1))))))
          (func (export "even") (param i32) (result i32) (call $even (local.get 0)))
          (func (export "through") (param i32 i32) (result i32) (call_indirect (param i32) (result i32) (local.get 1) (local.get 0)))
          (func $sum (param i32 f64 i64 f32 i32 i32 i32 i32 i32) (result f64)
            (f64.add (local.get 1) (f64.convert_i32_s (i32.add (local.get 8) (local.get 0)))))
          (func (export "sum") (result f64)
            (call $sum (i32.const 1) (f64.const 0.5) (i64.const 2) (f32.const 3) (i32.const 4) (i32.const 5) (i32.const 6)
              (i32.const 7) (i32.const 100)))
          (func $load (param i32) (result i32) (i32.load (local.get 0)))
          (func (export "load") (param i32) (result i32) (call $add (call $load (local.get 0)) (i32.const 0))))
        """;

    private readonly Engine _engine = new();
    private readonly WasmModule _definition = ModuleDecoder.Decode(TextModule.Assemble(Text));

    private CompilationUnit Unit => new(_definition, new VmContextLayout(_definition), _engine.Settings);

    public void Dispose() => _engine.Dispose();

    [Theory]
    [InlineData("all")]
    [InlineData("none")]
    [InlineData("even bodies")]
    [InlineData("odd bodies")]
    [InlineData("first")]
    [InlineData("last")]
    public void An_image_of_any_functions_runs_the_module(string which)
    {
        using var module = Module.Load(_engine, _definition, RoundTrip(Link(which)));
        using var store = new Store(_engine);
        var instance = Instantiate(store, module);
        Assert.Equal(1, Call(instance, "even", 10)[0].AsInt32());
        Assert.Equal(0, Call(instance, "even", 7)[0].AsInt32());
        Assert.Equal(1, Call(instance, "through", 0, 7)[0].AsInt32());
        Assert.Equal(101.5, Call(instance, "sum")[0].AsDouble());
        Assert.Equal(0, Call(instance, "load", 8)[0].AsInt32());
        var trap = Assert.Throws<TrapException>(() => Call(instance, "load", 65536));
        Assert.Equal("out of bounds memory access", trap.Message);
        Assert.Equal(["load", "load"], trap.Frames.Select(frame => frame.FunctionName));
        Assert.All(trap.Frames, frame => Assert.True(frame.WasmOffset > 0));
        Assert.Equal("undefined element", Assert.Throws<TrapException>(() => Call(instance, "through", 5, 7)).Message);
    }

    [Fact]
    public void A_whole_image_needs_no_compiler()
    {
        using var engine = new Engine(new() { Compiler = new HandCompiler() });
        using var module = Module.Load(engine, _definition, RoundTrip(Link("all")));
        using var store = new Store(engine);
        Assert.Equal(1, Call(Instantiate(store, module), "even", 10)[0].AsInt32());
    }

    [Fact]
    public void Functions_of_two_compilers_call_each_other()
    {
        var functions = Functions("all");
        int odd = 1;
        functions[odd] = HandCompiler.Leaf(0xB8, 42, 0, 0, 0, 0xC3)(Unit); // mov eax, 42; ret
        using var module = Module.Load(_engine, _definition, CodeImageLinker.Link(1, functions));
        using var store = new Store(_engine);
        Assert.Equal(42, Call(Instantiate(store, module), "even", 10)[0].AsInt32());
    }

    [Fact]
    public void An_image_of_another_module_is_refused() =>
        Assert.Throws<ArgumentException>(() => Module.Load(_engine, _definition, CodeImageLinker.Empty(3)));

    private static Value[] Call(Instance instance, string name, params ReadOnlySpan<Value> arguments) =>
        instance.GetFunction(name)!.Invoke(arguments);

    private static Instance Instantiate(Store store, Module module)
    {
        var linker = new Linker(store.Engine);
        var add = Function.Create(store, new FunctionType([ValueType.I32, ValueType.I32], [ValueType.I32]),
            (in HostCall call) => call.SetInt32(0, call.GetInt32(0) + call.GetInt32(1)));
        linker.Define("m", "add", add);
        return linker.Instantiate(store, module);
    }

    private CodeImage Link(string which) => CodeImageLinker.Link(_definition.ImportedFunctionCount, Functions(which));

    private FunctionCode?[] Functions(string which)
    {
        var compiler = new BaselineCompiler();
        int count = _definition.Bodies.Length;
        return [.. Enumerable.Range(0, count).Select(i => IsChosen(which, i, count)
            ? compiler.Compile(Unit, i)
            : null)];
    }

    private static bool IsChosen(string which, int body, int count) => which switch
    {
        "all" => true,
        "none" => false,
        "even bodies" => body % 2 == 0,
        "odd bodies" => body % 2 == 1,
        "first" => body == 0,
        _ => body == count - 1,
    };

    private CodeImage RoundTrip(CodeImage image)
    {
        var identity = new CodeImageIdentity(new byte[32], _engine.Settings);
        var bytes = CodeImageFile.Write(identity, image, 1000).SelectMany(piece => piece.ToArray()).ToArray();
        var file = CodeImageFile.Read(bytes);
        Assert.True(file.IsIntact());
        Assert.Equal(identity, file.Identity);
        return file.Image;
    }
}
