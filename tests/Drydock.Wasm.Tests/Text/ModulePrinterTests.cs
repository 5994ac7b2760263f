using System.Text;
using Drydock.Wasm.Text;

namespace Drydock.Wasm.Tests.Text;

public class ModulePrinterTests
{
    private static string Print(string source, bool isFolded = false)
    {
        var binary = TextModule.Assemble(Encoding.UTF8.GetBytes(source), TextNames.All);
        return ModulePrinter.Print(ModuleDecoder.Decode(binary), new PrintOptions { IsFolded = isFolded });
    }

    private const string Sum = """
        (module $sums
          (import "env" "log" (func $log (param i32)))
          (memory $m 1)
          (func $sum (export "sum") (param $n i32) (result i32)
            (local $s i32)
            (loop $again
              (local.set $s (i32.add (local.get $s) (i32.load offset=4 (local.get $n))))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (if (i32.eqz (local.get $s)) (then (call $log (i32.const 1))) (else nop))
            local.get $s)
          (data (i32.const 0) "a\"\00\ff"))
        """;

    [Fact]
    public void Flat_code_has_an_instruction_a_line() => Assert.Equal("""
        (module $sums
          (type (;0;) (func (param i32)))
          (type (;1;) (func (param i32) (result i32)))
          (import "env" "log" (func $log (type 0)))
          (memory $m 1)
          (export "sum" (func $sum))
          (func $sum (type 1) (param $n i32) (result i32)
            (local $s i32)
            loop $again
              local.get $s
              local.get $n
              i32.load offset=4
              i32.add
              local.set $s
              local.get $n
              i32.const 1
              i32.sub
              local.tee $n
              br_if $again
            end
            local.get $s
            i32.eqz
            if (;@1;)
              i32.const 1
              call $log
            else
              nop
            end
            local.get $s)
          (data (;0;) (i32.const 0) "a\22\00\ff"))

        """, Print(Sum));

    [Fact]
    public void Folded_code_stands_around_its_operands() => Assert.Contains("""
            (loop $again
              (local.set $s (i32.add (local.get $s) (i32.load offset=4 (local.get $n))))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (if (;@1;)
              (i32.eqz (local.get $s))
              (then
                (call $log (i32.const 1)))
              (else
                (nop)))
            (local.get $s))
        """, Print(Sum, isFolded: true), StringComparison.Ordinal);

    [Theory]
    [InlineData("\"a b\"", "$\"a b\"")]
    [InlineData("\"\\c3\\a9t\\c3\\a9\"", "$\"été\"")]
    [InlineData("\"\\22\\5c\\0a\"", "$\"\\\"\\\\\\u{a}\"")]
    [InlineData("\"\\e2\\80\\ae\"", "$\"\\u{202e}\"")]
    [InlineData("\"plain\"", "$plain")]
    public void Names_become_identifiers_quoted_where_they_must_be(string name, string identifier) =>
        Assert.Contains($"(func {identifier} (type 0))", Print($"(module (func ${name}))"), StringComparison.Ordinal);

    [Fact]
    public void Equal_names_become_different_identifiers()
    {
        var text = Print("""(module (func $f) (func $g (@name "f")) (func (call $f) (call $g)))""");
        Assert.Contains("(func $f (type 0))", text, StringComparison.Ordinal);
        Assert.Contains("(func $f#1 (@name \"f\") (type 0))", text, StringComparison.Ordinal);
        Assert.Contains("call $f\n    call $f#1)", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_label_that_hides_another_gets_another_name() =>
        Assert.Contains("block $l\n      block $l#2\n        br $l#2\n        br $l\n",
            Print("(func block $l block $l br $l br 1 end end)"), StringComparison.Ordinal);

    [Theory]
    [InlineData("f32.const nan:0x200000")]
    [InlineData("f32.const -nan")]
    [InlineData("f32.const -inf")]
    [InlineData("f32.const -0")]
    [InlineData("f64.const 1E-320")]
    [InlineData("f64.const nan:0x1")]
    [InlineData("i64.const -9223372036854775808")]
    [InlineData("v128.const i32x4 0x00000001 0xffffffff 0x00000000 0x80000000")]
    [InlineData("ref.null (;;) func")]
    public void Constants_are_written_as_they_are_read(string constant) =>
        Assert.Contains("    " + constant.Replace(" (;;)", "", StringComparison.Ordinal) + "\n    drop",
            Print($"(func {constant} drop)"), StringComparison.Ordinal);

    [Fact]
    public void Custom_sections_keep_their_place()
    {
        const string Field = "(@custom \"tool\" (after type) \"\\00x\")";
        Assert.Contains("  " + Field + ")", Print($"(module (type (func)) {Field})"), StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_costs_neither_stack_nor_indentation()
    {
        const int Depth = 200_000;
        var source = new StringBuilder("(module (func ").Insert(14, "(block ", Depth).Append(')', Depth).Append("))")
            .ToString();
        Assert.True(Print(source, isFolded: true).Length < Depth * 130);
        var sums = new StringBuilder("(module (func (drop ").Insert(20, "(i32.eqz ", Depth).Append("(i32.const 1)")
            .Append(')', Depth).Append(")))").ToString();
        Assert.True(Print(sums, isFolded: true).Length < Depth * 130);
    }
}
