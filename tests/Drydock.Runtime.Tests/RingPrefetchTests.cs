using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;

namespace Drydock.Runtime.Tests;

/// <summary>Programs that put hashes into a ring to look them up some turns later.</summary>
public sealed class RingPrefetchTests
{
    private const string FewSlots = "(i32.shl (i32.and (local.get 0) (i32.const 7)) (i32.const 2))";
    private const string ManySlots = "(i32.and (local.get 0) (i32.const 0xfffc))";
    private const string Hash = "(i32.mul (i32.load offset=4096 (local.get 0)) (i32.const 0x9e3779b1))";
    private const string WithWhatWasThere = "(i32.add (local.get 3) (i32.const 1))";
    private const string InRow = "(i32.and (i32.load8_u (local.get 4)) (i32.const 31))";
    private const string Anywhere = "(i32.shr_u (i32.load8_u (local.get 4)) (i32.const 1))";

    /// <summary>
    /// Exchanges a number for the one in a slot, whose upper bits choose a row of a hundred and twenty-eight bytes. Its
    /// first byte tells which of its words to add to the sum.
    /// </summary>
    private static string Program(string slot, string put, string word) => $"""
        (module (memory (export "memory") 3)
          (func (export "run") (param i32 i32) (result i32) (local i32 i32 i32)
            (loop
              (local.set 3 (i32.load (i32.add (local.get 1) {slot})))
              (i32.store (i32.add (local.get 1) {slot}) {put})
              (local.set 4 (i32.add (local.get 1) (i32.shl (i32.shr_u (local.get 3) (i32.const 23)) (i32.const 7))))
              (if (i32.lt_u (local.get 3) (i32.const 0xc0000000)) (then
                (local.set 2 (i32.add (i32.mul (local.get 2) (i32.const 31))
                  (i32.load (i32.add (local.get 4) (i32.shl {word} (i32.const 2))))))))
              (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
            (local.get 2)))
        """;

    [NeedsLlvmTheory]
    [InlineData(FewSlots, Hash, InRow, 2)]
    [InlineData(FewSlots, Hash, "(i32.const 5)", 1)]
    [InlineData(FewSlots, Hash, Anywhere, 1)]
    [InlineData(FewSlots, WithWhatWasThere, InRow, 0)]
    [InlineData(FewSlots, "(i32.const 77)", InRow, 0)]
    [InlineData(ManySlots, Hash, InRow, 0)]
    public void Lines_are_fetched_that_a_number_in_the_ring_leads_to(string slot, string put, string word, int lines)
    {
        byte[] text = OptimizedCode.Of(Program(slot, put, word));
        Assert.Equal(lines, CountPrefetches(text));
    }

    private static int CountPrefetches(ReadOnlySpan<byte> text) => text.Count((ReadOnlySpan<byte>)[0x0F, 0x18]);

    /// <summary>What is put into the ring also leads past the end of the memory, where nothing is accessed.</summary>
    [NeedsLlvmTheory]
    [InlineData(InRow)]
    [InlineData(Anywhere)]
    public void Programs_compute_what_they_compute_elsewhere(string word)
    {
        string program = Program(FewSlots, Hash, word);
        using Guest optimized = new(program, new LlvmCompiler());
        using Guest baseline = new(program, new BaselineCompiler());
        byte[] data = new byte[2 << 16];
        new Random(1).NextBytes(data);
        foreach (var guest in (Guest[])[optimized, baseline]) guest.Instance.GetMemory("memory")!.Write(0, data);
        for (int table = 1 << 15; table < 1 << 16; table += 1000)
            Assert.Equal(baseline.Call("run", 1000, table)[0].AsInt32(), optimized.Call("run", 1000, table)[0].AsInt32());
    }

    /// <summary>Here what is taken out is divided, but never by zero.</summary>
    [NeedsLlvmFact]
    public void Nothing_is_divided_ahead()
    {
        string program = $"""
            (module (memory (export "memory") 1)
              (func (export "run") (param i32 i32) (result i32) (local i32 i32)
                (loop
                  (local.set 3 (i32.load {FewSlots}))
                  (i32.store {FewSlots} {Hash})
                  (if (local.get 1) (then
                    (local.set 2 (i32.add (local.get 2) (i32.load8_u (i32.div_u (local.get 3) (local.get 1)))))))
                  (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get 2)))
            """;
        using Guest optimized = new(program, new LlvmCompiler());
        using Guest baseline = new(program, new BaselineCompiler());
        byte[] data = [.. Enumerable.Range(1, 200).Select(i => (byte)i)];
        foreach (var guest in (Guest[])[optimized, baseline]) guest.Instance.GetMemory("memory")!.Write(4096, data);
        foreach (int divisor in (int[])[0, 1 << 20])
            Assert.Equal(baseline.Call("run", 100, divisor)[0].AsInt32(), optimized.Call("run", 100, divisor)[0].AsInt32());
    }

    private static readonly string[] Operations =
    [
        "add", "sub", "mul", "and", "or", "xor", "shl", "shr_u", "shr_s", "rotl", "rotr", "div_u", "div_s", "rem_u", "rem_s",
    ];

    /// <summary>What programs do with what they take out of a ring is the same, and so is where they trap.</summary>
    [NeedsLlvmFact]
    public void Any_arithmetic_ends_as_it_does_elsewhere()
    {
        byte[] data = new byte[4096];
        new Random(1).NextBytes(data);
        for (int seed = 0; seed < 150; seed++)
        {
            string program = AnyProgram(new Random(seed));
            using Guest optimized = new(program, new LlvmCompiler());
            using Guest baseline = new(program, new BaselineCompiler());
            foreach (int parameter in (int[])[0, 3, -1])
            {
                foreach (var guest in (Guest[])[optimized, baseline]) guest.Instance.GetMemory("memory")!.Write(4096, data);
                Assert.Equal((seed, parameter, baseline.Outcome("run", 200, parameter)),
                    (seed, parameter, optimized.Outcome("run", 200, parameter)));
            }
        }
    }

    /// <summary>Locals: 0 turns, 1 anything, 2 a sum, 3 what was taken out, 4 what was read last.</summary>
    private static string AnyProgram(Random random)
    {
        string Access(string place) => random.Next(3) == 0
            ? $"(i32.store8 offset={random.Next(512)} {place} (local.get 2))"
            : $"(local.set 2 (i32.add (i32.mul (local.get 2) (i32.const 31)) (local.tee 4 (i32.load8_u offset={random.Next(512)} {place}))))";
        string Guarded() =>
            $"(if (i32.lt_u {Value(random, 2)} {Value(random, 1)}) (then {Access(Bounded(random, Value(random, 4)))}))";
        return $"""
            (module (memory (export "memory") 1)
              (func (export "run") (param i32 i32) (result i32) (local i32 i32 i32)
                (loop
                  (local.set 3 (i32.load {FewSlots}))
                  (i32.store {FewSlots} {Hash})
                  {Guarded()} {Guarded()} {Guarded()}
                  (br_if 0 (local.tee 0 (i32.sub (local.get 0) (i32.const 1)))))
                (local.get 2)))
            """;
    }

    /// <summary>Mostly a place in the memory.</summary>
    private static string Bounded(Random random, string place) =>
        random.Next(8) == 0 ? place : $"(i32.and {place} (i32.const 0x1fff))";

    private static string Value(Random random, int depth) => depth == 0 || random.Next(4) == 0
        ? random.Next(6) switch
        {
            0 => $"(i32.const {random.Next(-4, 70)})",
            1 => "(local.get 1)",
            2 => $"(i32.and (local.get 4) (i32.const {random.Next(128)}))",
            3 => "(local.get 0)",
            _ => "(local.get 3)",
        }
        : $"(i32.{Operations[random.Next(Operations.Length)]} {Value(random, depth - 1)} {Value(random, depth - 1)})";
}
