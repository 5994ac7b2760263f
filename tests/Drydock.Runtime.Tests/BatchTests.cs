using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Runtime.Tests;

/// <summary>Functions that went through LLVM together; where the machine lacks it there is nothing to test.</summary>
public sealed class BatchTests : IDisposable
{
    /// <summary>
    /// Tables of jumps, constants of several sizes that functions have in common, calls within and out of a batch, short
    /// functions, and one that only baseline compiles.
    /// </summary>
    private const string Text = """
        (module (type $pair (struct (field i32 i32)))
          (func $times3 (param f64) (result f64) (f64.mul (local.get 0) (f64.const 3.25)))
          (func (export "choose") (param i32) (result f64)
            (block (block (block (block (block (block
              (br_table 0 1 2 3 4 5 (local.get 0)))
              (return (call $times3 (f64.const 1.5)))) (return (f64.const 2.5)))
              (return (f64.add (f64.convert_i32_s (local.get 0)) (f64.const 3.25))))
              (return (call $mixed (f64.const 7)))) (return (f64.convert_i32_s (call $odd (i32.const 7)))))
            (f64.const 6.5))
          (func (export "other") (param i32) (result f64)
            (block (block (block (block (block (block
              (br_table 5 4 3 2 1 0 (local.get 0)))
              (return (f64.const 3.25))) (return (call $mixed (f64.const 1))))
              (return (f64.convert_i32_s (call $even (i32.const 7)))))
              (return (call $times3 (f64.convert_i32_s (call $sum (i32.const 4) (i32.const 5))))))
              (return (f64.const 1.5)))
            (f64.const 2.5))
          (func $mixed (param f64) (result f64)
            (f64x2.extract_lane 1 (f64x2.mul (f64x2.splat (local.get 0)) (v128.const f64x2 1.5 3.25))))
          (func $even (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 1)) (else (call $odd (i32.sub (local.get 0) (i32.const 1))))))
          (func $odd (param i32) (result i32)
            (if (result i32) (i32.eqz (local.get 0)) (then (i32.const 0)) (else (call $even (i32.sub (local.get 0) (i32.const 1))))))
          (func $sum (param i32 i32) (result i32) (local $p (ref null $pair))
            (local.set $p (struct.new $pair (local.get 0) (local.get 1)))
            (i32.add (struct.get $pair 0 (local.get $p)) (struct.get $pair 1 (local.get $p)))))
        """;

    private const int FunctionCount = 7;
    private static readonly double[] Chosen = [4.875, 2.5, 5.25, 22.75, 1, 6.5, 6.5];
    private static readonly double[] Others = [2.5, 1.5, 29.25, 0, 3.25, 3.25, 3.25];
    private readonly Engine _engine = new();
    private readonly WasmModule _definition = ModuleDecoder.Decode(TextModule.Assemble(Text));

    private CompilationUnit Unit => new(_definition, new VmContextLayout(_definition), _engine.Settings);

    public void Dispose() => _engine.Dispose();

    [NeedsLlvmTheory]
    [InlineData(OptimizationLevel.O1)]
    [InlineData(OptimizationLevel.O2)]
    [InlineData(OptimizationLevel.O3)]
    public void All_functions_of_a_module_go_together(OptimizationLevel level)
    {
        using var optimizing = new LlvmCompiler(level);
        var compiler = new OptimizingCompiler(optimizing, new BaselineCompiler());
        Check(CodeImageCompiler.CompilePossible(Unit, compiler, threads: 1));
        Assert.Equal(1, compiler.Refused);
    }

    [NeedsLlvmFact]
    public void What_cannot_be_compiled_is_missing_and_leaves_the_others_alone()
    {
        using var optimizing = new LlvmCompiler();
        CodeImage image = CodeImageCompiler.CompilePossible(Unit, optimizing, threads: 1);
        Assert.Equal(1, image.MissingCount);
        Check(image);
    }

    [NeedsLlvmFact]
    public void Batches_and_single_functions_of_both_compilers_are_linked()
    {
        using var optimizing = new LlvmCompiler();
        var (baseline, unit) = (new BaselineCompiler(), Unit);
        for (int batch = 0; batch < 1 << FunctionCount; batch += 3)
        {
            var functions = new FunctionCode?[FunctionCount];
            int[] inBatch = [.. Enumerable.Range(0, FunctionCount).Where(i => (batch >> i & 1) != 0)];
            CodeImageCompiler.CompileInto(unit, optimizing, inBatch, 1, functions);
            for (int i = 0; i < FunctionCount; i++)
                functions[i] ??= i % 2 == 0 && i < FunctionCount - 1
                    ? optimizing.Compile(unit, i)
                    : baseline.Compile(unit, i);
            Check(CodeImageLinker.Link(0, functions));
        }
    }

    [Fact]
    public void Every_function_is_told_of_once()
    {
        int[] order = [.. Enumerable.Range(0, FunctionCount)];
        var functions = new FunctionCode?[FunctionCount];
        int done = 0;
        CodeImageCompiler.CompileInto(
            Unit, new BaselineCompiler(), order, 2, functions, count => Interlocked.Add(ref done, count));
        Assert.Equal(FunctionCount, done);
        Assert.All(functions, Assert.NotNull);
    }

    private void Check(CodeImage image)
    {
        using var module = Module.Load(_engine, _definition, image);
        using var store = new Store(_engine);
        var instance = new Linker(_engine).Instantiate(store, module);
        Assert.Equal(Chosen, Results(instance, "choose"));
        Assert.Equal(Others, Results(instance, "other"));
    }

    private static double[] Results(Instance instance, string name) =>
        [.. Enumerable.Range(0, Chosen.Length).Select(i => instance.GetFunction(name)!.Invoke(i)[0].AsDouble())];
}
