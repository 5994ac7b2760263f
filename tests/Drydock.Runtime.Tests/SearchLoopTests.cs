using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;

namespace Drydock.Runtime.Tests;

/// <summary>
/// Loops that search memory and leap when optimized: they end, or trap, where baseline's do.
/// </summary>
public sealed class SearchLoopTests
{
    private const int Size = 65536, Zero = Size - 40;

    private const string Module = """
        (module (memory (export "memory") 1 2)
          (func (export "length") (param i32 i32 i32) (result i32) (local i32)
            (local.set 3 (local.get 0))
            (loop (if (i32.load8_u (local.get 0)) (then (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 1))))
            (i32.sub (local.get 0) (local.get 3)))
          (func (export "words") (param i32 i32 i32) (result i32) (local i32)
            (loop
              (local.set 3 (i32.load offset=4 (local.get 0)))
              (local.set 0 (i32.add (local.get 0) (i32.const 4)))
              (br_if 0 (i32.eq (i32.const 0x80808080) (i32.and (i32.const 0x80808080)
                (i32.or (i32.sub (i32.const 0x01010100) (local.get 3)) (local.get 3))))))
            (local.get 0))
          (func (export "compare") (param i32 i32 i32) (result i32) (local i32 i32)
            (if (i32.eqz (local.get 2)) (then (return (i32.const 0))))
            (block
              (loop
                (local.set 3 (i32.load8_u (local.get 0)))
                (local.set 4 (i32.load8_u (local.get 1)))
                (if (i32.eq (local.get 3) (local.get 4)) (then
                  (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                  (local.set 1 (i32.add (local.get 1) (i32.const 1)))
                  (br_if 1 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))
                  (return (i32.const 0)))))
              (return (i32.add (local.get 2) (i32.mul (i32.const 1000) (i32.sub (local.get 3) (local.get 4))))))
            (unreachable))
          (func (export "letters") (param i32 i32 i32) (result i32)
            (loop (if (i32.lt_u (i32.sub (i32.load8_u (local.get 0)) (local.get 1)) (local.get 2))
              (then (local.set 0 (i32.add (local.get 0) (i32.const 1))) (br 1))))
            (local.get 0))
          (func (export "signed") (param i32 i32 i32) (result i32)
            (loop (if (i32.gt_s (i32.load16_s offset=6 (local.get 0)) (local.get 1))
              (then (local.set 0 (i32.add (local.get 0) (i32.const 2))) (br 1))))
            (local.get 0))
          (func (export "strides") (param i32 i32 i32) (result i32) (local i32)
            (loop (if (i32.eq (i32.load8_u (local.get 0)) (i32.const 1)) (then
              (local.set 0 (i32.add (local.get 0) (i32.const 1)))
              (local.set 3 (i32.sub (local.get 3) (i32.const 0x08000000)))
              (br_if 1 (i32.ne (local.get 3) (local.get 1))))))
            (i32.add (local.get 0) (local.get 3)))
          (func (export "chain") (param i32 i32 i32) (result i32) (local i32 i32)
            (local.set 3 (local.get 0))
            (loop (if (i32.load8_u (local.get 3)) (then (local.set 3 (i32.add (local.get 3) (i32.const 1))) (br 1))))
            (local.set 4 (local.get 0))
            (block (loop
              (br_if 1 (i32.eq (local.get 4) (local.get 3)))
              (br_if 1 (i32.eq (i32.load8_u (local.get 4)) (local.get 1)))
              (local.set 4 (i32.add (local.get 4) (i32.const 1)))
              (br 0)))
            (loop (if (i32.eq (i32.load8_u (local.get 4)) (local.get 2))
              (then (local.set 4 (i32.add (local.get 4) (i32.const 1))) (br 1))))
            (i32.add (i32.mul (local.get 3) (i32.const 3)) (local.get 4)))
          (func (export "find") (param i32 i32 i32) (result i32)
            (block (loop
              (br_if 1 (i32.eq (local.get 0) (local.get 1)))
              (br_if 1 (i32.eq (i32.load8_u (local.get 0)) (local.get 2)))
              (local.set 0 (i32.add (local.get 0) (i32.const 1)))
              (br 0)))
            (local.get 0)))
        """;

    /// <summary>Ones, a zero near the end, then ones to the last byte.</summary>
    private static Guest Start(IFunctionCompiler compiler)
    {
        var guest = new Guest(Module, compiler);
        var memory = guest.Instance.GetMemory("memory")!;
        byte[] bytes = new byte[Size];
        bytes.AsSpan().Fill(1);
        bytes[Zero] = 0;
        memory.Write(0, bytes);
        return guest;
    }

    [NeedsLlvmTheory]
    [InlineData("length", 0, 0), InlineData("words", 0, 0), InlineData("letters", 1, 1), InlineData("letters", -4, 6)]
    [InlineData("signed", 256, 0), InlineData("signed", 1, 0), InlineData("signed", 257, 0)]
    [InlineData("find", Zero, 0), InlineData("find", Zero - 3, 0), InlineData("find", Zero, 5)]
    [InlineData("find", 0, 7)]
    [InlineData("compare", 1, 300), InlineData("compare", Zero - 70, 64), InlineData("compare", Size - 20, 60)]
    [InlineData("compare", 1, 7), InlineData("compare", 1, 8), InlineData("compare", 1, 20), InlineData("compare", 1, 33)]
    [InlineData("compare", 1, 39), InlineData("find", Zero - 32, 7), InlineData("compare", -30, 60)]
    [InlineData("chain", 7, 0), InlineData("chain", 1, 1), InlineData("compare", 5000, 0)]
    [InlineData("strides", 0, 0), InlineData("strides", 8, 1)]
    public void Optimized_searches_end_where_others_do(string function, int second, int third)
    {
        using Guest optimized = Start(new LlvmCompiler()), baseline = Start(new BaselineCompiler());
        for (int start = Zero - 150; start < Size + 3; start++)
            Assert.Equal(baseline.Outcome(function, start, second, third),
                optimized.Outcome(function, start, second, third));
        Assert.Equal(baseline.Outcome(function, -8, second, third), optimized.Outcome(function, -8, second, third));
    }

    [NeedsLlvmFact]
    public void A_memory_that_grew_is_searched_to_its_new_end()
    {
        using Guest optimized = Start(new LlvmCompiler());
        Assert.Equal("out of bounds memory access", optimized.Outcome("length", Zero + 1, 0, 0));
        optimized.Instance.GetMemory("memory")!.Grow(1);
        Assert.Equal((Size - Zero - 1).ToString(), optimized.Outcome("length", Zero + 1, 0, 0));
    }
}
