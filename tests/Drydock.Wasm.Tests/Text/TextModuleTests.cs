using Drydock.Wasm.Text;

namespace Drydock.Wasm.Tests.Text;

public class TextModuleTests
{
    /// <summary>The binary after its header, in hexadecimal.</summary>
    private static string Hex(string source) => Convert.ToHexStringLower(TextModule.Assemble(source).AsSpan(8));

    /// <summary>The content of the only code section entry, locals and all.</summary>
    private static string Body(string instructions, string before = "") =>
        Convert.ToHexStringLower(SectionContent(TextModule.Assemble($"(module {before} (func {instructions}))"),
            10).AsSpan(2));

    private static byte[] SectionContent(byte[] module, int id)
    {
        for (var position = 8; position < module.Length;)
        {
            var section = module[position];
            var length = module[position + 1];
            Assert.True(length < 0x80, "the test modules stay small");
            if (section == id) return module[(position + 2)..(position + 2 + length)];
            position += 2 + length;
        }

        throw new InvalidOperationException($"no section {id}");
    }

    private static string Failure(string source) =>
        Assert.Throws<WasmTextException>(() => TextModule.Assemble(source)).Message;

    [Theory]
    [InlineData("")]
    [InlineData("(module)")]
    [InlineData("(; a (; nested ;) comment ;) (module (@note \")\" (deep))) ;; end")]
    public void Empty_modules_are_the_header_alone(string source) => Assert.Equal("", Hex(source));

    [Fact]
    public void A_module_without_the_word_module_is_its_fields() =>
        Assert.Equal(Hex("(module (memory 1) (func))"), Hex("(memory 1) (func)"));

    [Theory]
    [InlineData("(i32.add (i32.const 1) (i32.const 2)) drop", "i32.const 1 i32.const 2 i32.add drop")]
    [InlineData("(block (nop) br 0)", "block nop br 0 end")]
    [InlineData("(if (i32.const 1) (then nop) (else unreachable))", "i32.const 1 if nop else unreachable end")]
    [InlineData("(if $l (i32.const 1) (then br $l))", "i32.const 1 if $l br $l end $l")]
    [InlineData("(drop (select (result i32) (i32.const 1) (i32.const 2) (i32.const 3)))",
        "i32.const 1 i32.const 2 i32.const 3 select (result i32) drop")]
    [InlineData("(loop $a (block $b (br_table $a $b 0 (i32.const 0))))",
        "loop block i32.const 0 br_table 1 0 0 end end")]
    [InlineData("(try (do nop) (catch_all nop))", "try nop catch_all nop end")]
    [InlineData("(block $l (try (do nop) (delegate $l)))", "block $l try nop delegate $l end")]
    public void Folded_code_is_flat_code(string folded, string flat) => Assert.Equal(Body(flat), Body(folded));

    [Fact]
    public void Labels_hide_outer_ones_of_the_same_name() =>
        Assert.Equal(Body("block block br 0 end br 0 end"), Body("block $l block $l br $l end br $l end"));

    [Theory]
    [InlineData("i32.const -1 drop", "00417f1a0b")]
    [InlineData("i32.const 4294967295 drop", "00417f1a0b")]
    [InlineData("i64.const 0x8000_0000_0000_0000 drop", "00428080808080808080807f1a0b")]
    [InlineData("f32.const nan:0x200000 drop", "00430000a07f1a0b")]
    [InlineData("f64.const -inf drop", "0044000000000000f0ff1a0b")]
    [InlineData("v128.const i16x8 1 2 3 4 5 6 7 -1 drop", "00fd0c01000200030004000500060007 00ffff1a0b")]
    public void Constants_have_their_encodings(string code, string bytes) =>
        Assert.Equal(bytes.Replace(" ", "", StringComparison.Ordinal), Body(code));

    [Theory]
    [InlineData("(drop (i32.load (i32.const 0)))", "0041002802001a0b")]
    [InlineData("(drop (i32.load offset=8 align=1 (i32.const 0)))", "0041002800081a0b")]
    [InlineData("(drop (i64.load32_u (i32.const 0)))", "0041003502001a0b")]
    [InlineData("(drop (v128.load8x8_s (i32.const 0)))", "004100fd0103001a0b")]
    [InlineData("(drop (v128.load16_lane 1 (i32.const 0) (v128.const i64x2 0 0)))",
        "004100fd0c00000000000000000000000000000000fd550100011a0b")]
    [InlineData("(drop (i64.atomic.rmw32.cmpxchg_u (i32.const 0) (i64.const 0) (i64.const 0)))",
        "00410042004200fe4e02001a0b")]
    [InlineData("(drop (i32.load $n (i32.const 0)))", "004100284201001a0b")]
    public void Memory_arguments_default_to_natural_alignment(string code, string bytes) =>
        Assert.Equal(bytes, Body(code, "(memory 1) (memory $n 1)"));

    [Fact]
    public void Type_uses_append_types_in_order_of_use_behind_the_defined_ones()
    {
        var module = TextModule.Assemble("""
            (func (param i32) i64.const 0 block (param i64) drop end)
            (func (param f32))
            (type $t (func (param f64)))
            """);
        Assert.Equal("0460017c0060017f0060017e0060017d00", Convert.ToHexStringLower(SectionContent(module, 1)));
        Assert.Equal("020103", Convert.ToHexStringLower(SectionContent(module, 3)));
    }

    [Fact]
    public void Names_of_functions_are_kept()
    {
        var custom = SectionContent(TextModule.Assemble("(module $m (func) (func $\"a b\"))"), 0);
        Assert.Equal("\u0004name\0\u0002\u0001m\u0001\u0006\u0001\u0001\u0003a b",
            System.Text.Encoding.UTF8.GetString(custom));
    }

    [Theory]
    [InlineData("(func (i32.const0))", "unknown operator")]
    [InlineData("(func (frob))", "unknown operator frob")]
    [InlineData("(func br 0drop)", "unknown operator 0drop")]
    [InlineData("(func (i32.const 4294967296))", "constant out of range")]
    [InlineData("(func (f32.const 0x1p128))", "constant out of range")]
    [InlineData("(func (local.get $x))", "unknown local $x")]
    [InlineData("(func (call $f))", "unknown function $f")]
    [InlineData("(func $f) (func $f)", "duplicate func $f")]
    [InlineData("(func (param $x i32) (local $x i32))", "duplicate local $x")]
    [InlineData("(func (br $l))", "unknown label $l")]
    [InlineData("(func block $a end $b)", "mismatching label $b")]
    [InlineData("(func end)", "unexpected token")]
    [InlineData("(func block)", "unexpected token")]
    [InlineData("(func (if (i32.const 1)))", "unexpected token")]
    [InlineData("(func (result i32) (param i32))", "unexpected token")]
    [InlineData("(type $t (func)) (func (type $t) (param i32))", "inline function type")]
    [InlineData("(memory 1) (func (drop (i32.load align=3 (i32.const 0))))", "alignment must be a power of two")]
    [InlineData("(func) (import \"a\" \"b\" (func))", "import after function")]
    [InlineData("(start 0) (start 0) (func)", "multiple start sections")]
    [InlineData("(func $)", "empty identifier")]
    [InlineData("(@) (func)", "empty annotation id")]
    [InlineData("(@x (func)", "unclosed annotation")]
    [InlineData("(export \"\\ff\" (func 0)) (func)", "malformed UTF-8 encoding")]
    [InlineData("(module", "unexpected end")]
    [InlineData("(module))", "unexpected token")]
    [InlineData("(func (v128.const i8x16 1))", "wrong number of lane literals")]
    [InlineData("(data \"\\u{110000}\")", "illegal escape")]
    [InlineData("(data \"", "unclosed string")]
    public void Malformed_text_is_refused_in_the_words_of_the_specification(string source, string message) =>
        Assert.StartsWith(message, Failure(source), StringComparison.Ordinal);

    [Fact]
    public void Errors_tell_line_and_column()
    {
        var error = Assert.Throws<WasmTextException>(() => TextModule.Assemble("(module\n  (func\n    frob))"));
        Assert.Equal((3, 5), (error.Line, error.Column));
    }

    [Fact]
    public void Ten_million_nested_parentheses_are_refused_without_a_stack_overflow() =>
        Assert.StartsWith("unexpected", Failure($"(func {new string('(', 10_000_000)}{new string(')', 10_000_000)})"));

    [Fact]
    public void A_million_nested_blocks_assemble()
    {
        const int depth = 1_000_000;
        var folded = new System.Text.StringBuilder("(func ").Insert(6, "(block ", depth).Append(')', depth + 1);
        // Header, type, function and code section heads; then block, its type and an end for each level.
        Assert.InRange(TextModule.Assemble(folded.ToString()).Length, depth * 3, (depth * 3) + 64);
    }
}
