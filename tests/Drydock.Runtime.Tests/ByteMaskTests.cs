using System.Globalization;
using System.Text;
using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Compiler.Llvm;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Runtime.Tests;

/// <summary>
/// Masks of bytes that differ from one, put together of words: one comparison of vectors when optimized, and the same
/// numbers and traps as without.
/// </summary>
public sealed class ByteMaskTests
{
    private const int Size = 65536;

    /// <summary>How a function departs from what is looked for.</summary>
    public enum Variant
    {
        Plain, Upwards, Swapped, Gap, Store, OtherByte, OtherShift, OtherFactor, OtherBase, Call,
    }

    public static TheoryData<int, int, Variant> Masks()
    {
        var data = new TheoryData<int, int, Variant>();
        foreach (int bytesPerWord in (ReadOnlySpan<int>)[4, 8])
            for (int bytes = 2 * bytesPerWord; bytes <= 64; bytes += bytesPerWord)
                foreach (Variant variant in Enum.GetValues<Variant>())
                    if (int.IsPow2(bytes) || variant == Variant.Plain) data.Add(bytesPerWord, bytes, variant);
        return data;
    }

    [Theory]
    [MemberData(nameof(Masks))]
    public void Optimized_masks_are_what_baseline_computes(int bytesPerWord, int bytes, Variant variant)
    {
        if (!LlvmLibrary.IsAvailable) return;
        string text = ModuleText(bytesPerWord, bytes, variant);
        using Guest optimized = Start(text, new LlvmCompiler()), baseline = Start(text, new BaselineCompiler());
        for (int start = Size - 3 * bytes; start < Size + 3; start++)
            foreach (int wanted in (ReadOnlySpan<int>)[0, 3, 0x80, 0xFF])
                Assert.Equal(Outcome(baseline, start, wanted), Outcome(optimized, start, wanted));
        Assert.Equal(Outcome(baseline, -8, 1), Outcome(optimized, -8, 1));
    }

    [Theory]
    [InlineData(4, 16), InlineData(4, 32), InlineData(4, 64), InlineData(8, 32), InlineData(8, 64)]
    public void Masks_are_one_comparison_of_vectors(int bytesPerWord, int bytes)
    {
        if (!LlvmLibrary.IsAvailable) return;
        int length = TextLength(bytesPerWord, bytes, Variant.Plain);
        Assert.InRange(2 * length, 2, TextLength(bytesPerWord, bytes, Variant.OtherFactor));
    }

    private static int TextLength(int bytesPerWord, int bytes, Variant variant)
    {
        byte[] binary = TextModule.Assemble(ModuleText(bytesPerWord, bytes, variant));
        var module = ModuleDecoder.Decode(binary);
        using var compiler = new LlvmCompiler();
        var unit = new CompilationUnit(module, new VmContextLayout(module), new CompilerSettings());
        return compiler.Compile(unit, 0).Text.Length;
    }

    private static Guest Start(string text, IFunctionCompiler compiler)
    {
        var guest = new Guest(text, compiler);
        byte[] bytes = new byte[Size];
        new Random(7).NextBytes(bytes);
        byte[] frequent = [0, 1, 2, 3, 4, 0x7F, 0x80, 0x81, 0xFE, 0xFF];
        for (int i = 0; i < bytes.Length; i++) bytes[i] = frequent[bytes[i] % frequent.Length];
        guest.Instance.GetMemory("memory")!.Write(0, bytes);
        return guest;
    }

    private static string ModuleText(int bytesPerWord, int bytes, Variant variant)
    {
        var body = new StringBuilder();
        for (int i = bytes / bytesPerWord - 1; i >= 0; i--)
            body.Append("(local.set $mask (i64.or ").Append(Shifted(bytesPerWord, i == 1 ? variant : Variant.Plain))
                .Append(Gathered(bytesPerWord, i, bytes, variant)).Append("))\n");
        string type = bytesPerWord == 4 ? "i32" : "i64", ones = Hex(bytesPerWord, 0x01);
        string wide = bytesPerWord == 4 ? "(local.get 1)" : "(i64.extend_i32_u (local.get 1))";
        return $"""
            (module (memory (export "memory") 1)
              (func (export "mask") (param i32 i32 i32) (result i64) (local $mask i64) (local $word {type}) (local $of {type})
                (local.set $of ({type}.mul {wide} ({type}.const {ones})))
                {body}
                (local.get $mask))
              (func $nothing))
            """;
    }

    private static string Shifted(int bytesPerWord, Variant variant) =>
        $"(i64.shl (local.get $mask) (i64.const {(variant == Variant.OtherShift ? 1 : bytesPerWord)}))";

    private static string Gathered(int bytesPerWord, int word, int bytes, Variant variant)
    {
        string type = bytesPerWord == 4 ? "i32" : "i64", upper = Hex(bytesPerWord, 0x80);
        ulong factor = (bytesPerWord == 4 ? uint.MaxValue : ulong.MaxValue) / 0x7F >> bytesPerWord;
        bool isVaried = word == 1;
        int place = variant switch
        {
            Variant.Upwards => bytes / bytesPerWord - 1 - word,
            Variant.Swapped when word < 2 => 1 - word,
            Variant.Gap when isVaried => 2 * bytes,
            _ => word,
        };
        if (isVaried && variant == Variant.OtherFactor) factor++;
        string of = isVaried && variant == Variant.OtherByte ? $"({type}.const 5)" : "(local.get $of)";
        string at = $"(local.get {(isVaried && variant == Variant.OtherBase ? 2 : 0)})";
        string between = !isVaried ? "" : variant switch
        {
            Variant.Store => "(i32.store8 offset=2 (local.get 0) (local.get 1))",
            Variant.Call => "(call $nothing)",
            _ => "",
        };
        string sum = $"""
            ({type}.mul ({type}.const {factor}) ({type}.and ({type}.const {upper}) ({type}.or (local.get $word)
              ({type}.sub ({type}.or (local.get $word) ({type}.const {upper})) ({type}.const {Hex(bytesPerWord, 0x01)})))))
            """;
        string top = $"({type}.shr_u {sum} ({type}.const {7 * bytesPerWord}))";
        return $"""
            (block (result i64)
              (local.set $word ({type}.xor {of} ({type}.load offset={place * bytesPerWord} {at})))
              {between}
              {(bytesPerWord == 4 ? $"(i64.extend_i32_u {top})" : top)})
            """;
    }

    private static string Hex(int bytes, int value) =>
        "0x" + string.Concat(Enumerable.Repeat(value.ToString("x2", CultureInfo.InvariantCulture), bytes));

    private static string Outcome(Guest guest, int start, int wanted)
    {
        try
        {
            return guest.Call("mask", start, wanted, start + 1)[0].AsInt64().ToString("x", CultureInfo.InvariantCulture);
        }
        catch (TrapException trap)
        {
            return trap.Message;
        }
    }
}
