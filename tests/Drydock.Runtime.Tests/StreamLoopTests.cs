using System.Buffers.Binary;
using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;

namespace Drydock.Runtime.Tests;

/// <summary>
/// Loops that stream through memory and become vectors when optimized: they leave what baseline's leave behind, and
/// trap where those do. Each takes where it writes, where it reads, and how often it goes round.
/// </summary>
public sealed class StreamLoopTests
{
    private const int Size = 65536;

    private const string Module = """
        (module (memory (export "memory") 1 2)
          (func (export "scale") (param i32 i32 i32)
            (loop
              (f64.store (local.get 0) (f64.add (f64.load (local.get 0))
                (f64.mul (f64.const 1.5) (f64.load (local.get 1)))))
              (local.set 0 (i32.add (local.get 0) (i32.const 8)))
              (local.set 1 (i32.add (local.get 1) (i32.const 8)))
              (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))))
          (func (export "chained") (param i32 i32 i32) (local i32 i32)
            (local.set 3 (local.get 2))
            (loop
              (local.set 4 (local.get 0))
              (i32.store (local.get 0) (i32.add (i32.load (local.get 0)) (i32.load (local.get 1))))
              (local.set 0 (i32.add (local.get 0) (i32.const 4)))
              (local.set 1 (i32.add (local.get 1) (i32.const 4)))
              (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
            (loop
              (i32.store (local.get 4) (i32.sub (i32.load (local.get 4)) (i32.load (local.get 1))))
              (local.set 4 (i32.sub (local.get 4) (i32.const 4)))
              (local.set 1 (i32.sub (local.get 1) (i32.const 4)))
              (br_if 0 (local.tee 3 (i32.sub (local.get 3) (i32.const 1))))))
          (func (export "pairs") (param i32 i32 i32) (local i32 i32)
            (local.set 2 (i32.shl (local.get 2) (i32.const 4)))
            (loop
              (f64.store (local.tee 4 (i32.add (local.get 0) (local.get 3)))
                (f64.add (f64.load (local.get 4)) (f64.load (i32.add (local.get 1) (local.get 3)))))
              (f64.store (local.tee 4 (i32.add (local.get 4) (i32.const 8)))
                (f64.add (f64.load (local.get 4))
                  (f64.load (i32.add (i32.add (local.get 1) (local.get 3)) (i32.const 8)))))
              (br_if 0 (i32.ne (local.get 2) (local.tee 3 (i32.add (local.get 3) (i32.const 16)))))))
          (func (export "backwards") (param i32 i32 i32)
            (loop
              (i32.store (local.get 0) (i32.sub (i32.load (local.get 1)) (i32.load offset=4 (local.get 1))))
              (local.set 0 (i32.sub (local.get 0) (i32.const 4)))
              (local.set 1 (i32.sub (local.get 1) (i32.const 4)))
              (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))))
          (func (export "bytes") (param i32 i32 i32)
            (loop
              (i32.store8 (i32.add (local.get 0) (local.get 2)) (i32.xor (i32.const 90)
                (i32.load8_u (i32.add (local.get 1) (local.get 2)))))
              (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))))
          (func (export "shorts") (param i32 i32 i32) (local i32)
            (loop
              (i32.store16 offset=6 (i32.add (local.get 0) (i32.shl (local.get 3) (i32.const 1)))
                (i32.add (i32.load16_u (i32.add (local.get 1) (i32.shl (local.get 3) (i32.const 1)))) (i32.const 7)))
              (br_if 0 (i32.lt_s (local.tee 3 (i32.add (local.get 3) (i32.const 1))) (local.get 2)))))
          (func (export "sum") (param i32 i32 i32) (local i32 i32)
            (loop
              (local.set 3 (i32.add (local.get 3) (i32.load8_u (i32.add (local.get 1) (local.get 4)))))
              (br_if 0 (i32.lt_u (local.tee 4 (i32.add (local.get 4) (i32.const 1))) (local.get 2))))
            (i32.store (i32.const 16) (local.get 3)))
          (func (export "four") (param i32 i32 i32) (local f32 f32 f32 f32)
            (loop
              (local.set 3 (f32.add (local.get 3) (f32.load (local.get 1))))
              (local.set 4 (f32.add (local.get 4) (f32.load offset=4 (local.get 1))))
              (local.set 5 (f32.add (local.get 5) (f32.load offset=8 (local.get 1))))
              (local.set 6 (f32.add (local.get 6) (f32.load offset=12 (local.get 1))))
              (local.set 1 (i32.add (local.get 1) (i32.const 16)))
              (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
            (f32.store (local.get 0) (local.get 3)) (f32.store offset=4 (local.get 0) (local.get 4))
            (f32.store offset=8 (local.get 0) (local.get 5)) (f32.store offset=12 (local.get 0) (local.get 6)))
          (func (export "shift") (param i32 i32 i32)
            (loop
              (i64.store (local.get 0) (i64.load (i32.add (local.get 0) (local.get 1))))
              (local.set 0 (i32.add (local.get 0) (i32.const 8)))
              (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))))
          (func (export "carried") (param i32 i32 i32) (local i32 i32)
            (loop
              (i32.store (local.get 0) (local.get 3))
              (local.set 3 (local.get 4))
              (local.set 4 (i32.load (local.get 1)))
              (local.set 0 (i32.add (local.get 0) (i32.const 4)))
              (local.set 1 (i32.add (local.get 1) (i32.const 4)))
              (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))
            (i32.store (i32.const 16) (i32.add (local.get 3) (local.get 0))))
          (func (export "rows") (param i32 i32 i32) (local i32)
            (local.set 3 (i32.const 5))
            (loop
              (call $row (local.get 0) (local.get 1) (local.get 2))
              (local.set 0 (i32.add (local.get 0) (i32.const 240)))
              (br_if 0 (local.tee 3 (i32.sub (local.get 3) (i32.const 1))))))
          (func (export "checksum") (param i32 i32 i32) (local i32 i32 i32)
            (loop
              (local.set 3 (i32.add (local.get 3) (i32.load8_u (i32.add (local.get 1) (local.get 5)))))
              (local.set 4 (i32.add (local.get 4) (local.get 3)))
              (br_if 0 (i32.ne (local.tee 5 (i32.add (local.get 5) (i32.const 1))) (i32.const 160))))
            (i32.store (local.get 0) (i32.add (local.get 4) (i32.mul (local.get 3) (i32.const 65536)))))
          (func (export "unsigned") (param i32 i32 i32) (local f32)
            (loop
              (local.set 0 (i32.add (local.get 0) (i32.const 20)))
              (f32.store offset=12 (local.get 0) (f32.const 0))
              (f32.store offset=16 (local.get 0) (select
                (local.tee 3
                  (f32.add (f32.convert_i64_u (i64.load32_s offset=4 (local.get 0))) (f32.load offset=4 (local.get 1))))
                (f32.const nan) (f32.eq (local.get 3) (local.get 3))))
              (f32.store offset=20 (local.get 0) (select
                (local.tee 3
                  (f32.add (f32.convert_i64_u (i64.load32_s offset=8 (local.get 0))) (f32.load offset=8 (local.get 1))))
                (f32.const nan) (f32.eq (local.get 3) (local.get 3))))
              (f32.store offset=24 (local.get 0) (f32.const 0))
              (f32.store offset=28 (local.get 0) (f32.const 0))
              (local.set 1 (i32.add (local.get 1) (i32.const 20)))
              (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1))))))
          (func $row (param i32 i32 i32)
            (loop
              (f32.store (local.get 0) (f32.sub (f32.load offset=8 (local.get 1)) (f32.load (local.get 1))))
              (local.set 0 (i32.add (local.get 0) (i32.const 4)))
              (local.set 1 (i32.add (local.get 1) (i32.const 4)))
              (br_if 0 (local.tee 2 (i32.sub (local.get 2) (i32.const 1)))))))
        """;

    private static readonly string[] Functions =
        [
            "scale", "chained", "pairs", "backwards", "bytes", "shorts", "sum", "four", "shift", "carried", "rows", "checksum",
            "unsigned",
        ];

    /// <summary>Where to write, where to read, how often.</summary>
    private static readonly (int To, int From, int Turns)[] Runs =
    [
        (1024, 8192, 1), (1024, 8192, 2), (1024, 8192, 7), (1024, 8192, 64), (1024, 8192, 101), (4096, 9001, 333),
        (4096, 4104, 50), (4104, 4096, 50), (4096, 4096, 50), (4096, 4097, 99), (4097, 4096, 99), (4096, 4896, 100),
        (4896, 4096, 101), (4096, 4000, 30), (1024, Size - 400, 100), (Size - 400, 1024, 100), (Size - 400, 1024, 49),
        (Size - 400, 1024, 50), (Size - 400, 1024, 51), (1024, Size - 16, 1), (Size, 1024, 1), (400, 800, 200),
        (-160, 1024, 100), (1024, -160, 100), (-8, -16, 20), (160, 1024, 400), (2048, 8, 1 << 20), (2048, 8, -3),
        (2048, 8, 0), (0x7FFFFFF0, 64, 40), (Size - 1, Size - 33, 30), (33, 1, 64),
    ];

    private static Guest Start(IFunctionCompiler compiler, string module = Module)
    {
        var guest = new Guest(module, compiler);
        Fill(guest);
        return guest;
    }

    /// <summary>Numbers that are small and never infinite, whatever they are read as.</summary>
    private static void Fill(Guest guest)
    {
        byte[] bytes = new byte[Size];
        for (int i = 0; i < Size; i += 8)
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(i), 1 + i * 0.37);
        guest.Instance.GetMemory("memory")!.Write(0, bytes);
    }

    public static TheoryData<string> AllFunctions() => [.. Functions];

    [NeedsLlvmTheory]
    [MemberData(nameof(AllFunctions))]
    public void Optimized_loops_leave_what_others_leave(string function)
    {
        using Guest optimized = Start(new LlvmCompiler()), baseline = Start(new BaselineCompiler());
        foreach (var (to, from, turns) in Runs) Compare(optimized, baseline, function, to, from, turns);
    }

    public static TheoryData<int> Seeds() => [.. Enumerable.Range(1, 4)];

    [NeedsLlvmTheory]
    [MemberData(nameof(Seeds))]
    public void Optimized_loops_of_any_kind_leave_what_others_leave(int seed)
    {
        var random = new Random(seed);
        for (int i = 0; i < 8; i++)
        {
            string module = StreamLoopGenerator.Module(random);
            using Guest optimized = Start(new LlvmCompiler(), module), baseline = Start(new BaselineCompiler(), module);
            foreach (var (to, from, turns) in Runs)
                if (turns > 0) Compare(optimized, baseline, "f", to & ~7, from & ~7, turns, module);
        }
    }

    private static void Compare(Guest optimized, Guest baseline, string function, int to, int from, int turns,
        string? module = null)
    {
        Fill(optimized);
        Fill(baseline);
        string run = $"{module}\n{function}({to}, {from}, {turns}): ";
        Assert.Equal(run + baseline.Outcome(function, to, from, turns),
            run + optimized.Outcome(function, to, from, turns));
        int difference = Memory(baseline).AsSpan().CommonPrefixLength(Memory(optimized));
        Assert.True(difference == Size, $"{run}memory differs at {difference}");
    }

    [NeedsLlvmFact]
    public void A_trap_leaves_what_was_written_before_and_nothing_after()
    {
        using Guest optimized = Start(new LlvmCompiler());
        byte[] before = Memory(optimized);
        Assert.Equal("out of bounds memory access", optimized.Outcome("bytes", 1024, Size - 50, 100));
        Assert.Equal(before, Memory(optimized));
        Assert.Equal("out of bounds memory access", optimized.Outcome("shift", Size - 80, -1024, 100));
        Assert.Equal(before.AsSpan(0, Size - 80), Memory(optimized).AsSpan(0, Size - 80));
        Assert.Equal(before.AsSpan(Size - 1104, 80), Memory(optimized).AsSpan(Size - 80));
    }

    [NeedsLlvmFact]
    public void A_memory_that_grew_is_written_to_its_new_end()
    {
        using Guest optimized = Start(new LlvmCompiler());
        Assert.Equal("out of bounds memory access", optimized.Outcome("scale", Size - 80, 1024, 100));
        optimized.Instance.GetMemory("memory")!.Grow(1);
        Assert.Equal("", optimized.Outcome("shift", Size, -Size, 100));
        Assert.Equal(Memory(optimized).AsSpan(0, 800), Memory(optimized, 2 * Size).AsSpan(Size, 800));
    }

    private static byte[] Memory(Guest guest, int size = Size)
    {
        byte[] bytes = new byte[size];
        guest.Instance.GetMemory("memory")!.Read(0, bytes);
        return bytes;
    }
}
