using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;

namespace Drydock.Runtime.Tests;

/// <summary>Interpreters, whose cases have a jump to the next one each when they are optimized.</summary>
public sealed class SharedDispatchTests
{
    private const int FirstThatCopies = 19;
    private const int Cases = 24, Stop = 3, Twice = 7, ProgramSize = 200;

    /// <summary>
    /// Reads a byte a turn and goes to its case: one leaves the loop, two table entries lead to the same case, the
    /// others compute with what the turns before them left, and bytes past the table count.
    /// </summary>
    private static string Interpreter(string index)
    {
        string blocks = string.Concat(Enumerable.Repeat("(block ", Cases + 1));
        string targets = string.Join(' ', Enumerable.Range(0, Cases).Select(i => i == Twice ? 0 : i));
        string cases = string.Concat(Enumerable.Range(0, Cases).Select(i => i == Stop
            ? ") (br $out) "
            : $") (local.set 1 (i64.add (i64.mul (local.get 1) (i64.const {2 * i + 3})) (i64.extend_i32_u (local.get 0)))) (br $next) "));
        return $"""
            (module (memory (export "memory") 1)
              (func (export "run") (param i32) (result i64) (local i64 i32)
                (block $out (loop $next
                  (local.set 2 (i32.load8_u (local.get 0)))
                  (local.set 0 (i32.add (local.get 0) (i32.const 1)))
                  {blocks} (br_table {targets} {Cases} {index}) {cases}
                  ) (local.set 1 (i64.add (local.get 1) (i64.const 1000000007))) (br $next)))
                (local.get 1)))
            """;
    }

    private const string AsItIs = "(local.get 2)", OfFewBits = "(i32.and (local.get 2) (i32.const 31))";

    [NeedsLlvmTheory]
    [InlineData(AsItIs)]
    [InlineData(OfFewBits)]
    public void Programs_take_the_cases_that_they_take_elsewhere(string index)
    {
        using Guest optimized = new(Interpreter(index), new LlvmCompiler());
        using Guest baseline = new(Interpreter(index), new BaselineCompiler());
        var random = new Random(1);
        byte[] program = new byte[ProgramSize];
        for (int run = 0; run < 50; run++)
        {
            for (int i = 0; i < program.Length; i++) program[i] = (byte)random.Next(run % 2 == 0 ? Cases + 2 : 256);
            program[^1] = Stop;
            foreach (var guest in (Guest[])[optimized, baseline]) guest.Instance.GetMemory("memory")!.Write(0, program);
            for (int start = 0; start < ProgramSize; start += 13)
                Assert.Equal(baseline.Call("run", start)[0].AsInt64(), optimized.Call("run", start)[0].AsInt64());
        }
    }

    [NeedsLlvmTheory(FirstThatCopies)]
    [InlineData(AsItIs)]
    [InlineData(OfFewBits)]
    public void Every_case_has_a_jump_of_its_own(string index)
    {
        byte[] text = OptimizedCode.Of(Interpreter(index));
        int jumps = Enumerable.Range(0, text.Length - 1).Count(at => text[at] == 0xFF && text[at + 1] is >= 0xE0 and < 0xE8);
        Assert.True(jumps >= Cases - 2, $"{jumps} jumps");
    }
}
