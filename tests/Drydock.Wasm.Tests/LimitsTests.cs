using System.Text;
using Drydock.Wasm.Text;
using static Drydock.Wasm.Tests.ModuleBuilder;

namespace Drydock.Wasm.Tests;

/// <summary>
/// What is deep, long or wide beyond reason is accepted within bounds or refused with the limit named.
/// </summary>
public class LimitsTests
{
    private static string Repeat(string text, int count) => new StringBuilder().Insert(0, text, count).ToString();

    private static WasmModule Decode(string source) => ModuleDecoder.Decode(TextModule.Assemble(source));

    private static string Refusal(string source) => Assert.Throws<WasmFormatException>(() => Decode(source)).Message;

    private static string Refusal(byte[] binary) => Rejected(binary).Message;

    [Theory]
    [InlineData("(")]
    [InlineData("(module (func (block ")]
    [InlineData("(@a ")]
    [InlineData("(; ")]
    public void Ten_million_parentheses_cost_no_stack(string open)
    {
        const int Count = 10_000_000;
        var source = Encoding.ASCII.GetBytes(string.Concat(open,
            Repeat(open.StartsWith("(module", StringComparison.Ordinal) ? "(block" : open, Count / open.Length)));
        Assert.Throws<WasmTextException>(() => TextModule.Assemble(source));
    }

    [Fact]
    public void Ten_million_balanced_parentheses_are_refused_by_the_size_of_their_function()
    {
        const int Depth = 5_000_000;
        Assert.StartsWith(
            "too many bytes in a function: 15000002, at most 7654321 are supported",
            Refusal($"(func {Repeat("(block", Depth)}{new string(')', Depth)})"), StringComparison.Ordinal);
    }

    [Fact]
    public void Blocks_nest_as_deep_as_a_function_is_long()
    {
        const int Depth = 1_000_000;
        Assert.Single(Decode($"(func {Repeat("block ", Depth)}{Repeat("end ", Depth)})").Bodies);
    }

    [Theory]
    [InlineData("(func (param {0}))", 1_000, "too many parameters: 1001, at most 1000 are supported")]
    [InlineData("(func (result {0}) unreachable)", 1_000, "too many results: 1001, at most 1000 are supported")]
    [InlineData("(func (local {0}))", 50_000, "too many locals: 50001, at most 50000 are supported")]
    [InlineData("(type (struct (field {0})))", 10_000, "too many fields: 10001, at most 10000 are supported")]
    public void Lists_of_types_have_their_limits(string field, int limit, string refusal)
    {
        Decode(field.Replace("{0}", Repeat("i32 ", limit), StringComparison.Ordinal));
        Assert.StartsWith(refusal, Refusal(field.Replace("{0}", Repeat("i32 ", limit + 1), StringComparison.Ordinal)),
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_branch_table_has_a_limit()
    {
        Decode($"(func (br_table {Repeat("0 ", 65_521)} (i32.const 0)))");
        Assert.StartsWith(
            "too many branch table entries: 1000000, at most 65520 are supported",
            Refusal($"(func (br_table {Repeat("0 ", 1_000_001)} (i32.const 0)))"), StringComparison.Ordinal);
    }

    [Fact]
    public void Array_elements_on_the_stack_have_a_limit() => Assert.StartsWith(
        "too many array elements: 10001, at most 10000 are supported",
        Refusal("(type $a (array i32)) (func unreachable (drop (array.new_fixed $a 10001)))"),
            StringComparison.Ordinal);

    [Fact]
    public void Operands_on_the_stack_have_a_limit()
    {
        var pushes = Repeat("call $f ", 1_100);
        var results = Repeat("i32 ", 1_000);
        Assert.StartsWith("too many operands on the stack: ",
            Refusal($"(func $f (result {results}) unreachable) (func {pushes} unreachable)"), StringComparison.Ordinal);
    }

    [Fact]
    public void Super_types_are_as_deep_as_they_may_be()
    {
        static string Chain(int depth) => "(type $t0 (sub (struct)))" + string.Concat(
            Enumerable.Range(1, depth).Select(i => $"(type $t{i} (sub $t{i - 1} (struct)))"));
        Decode(Chain(63));
        Assert.Contains("is too deep: at most 63 super types above each other are supported", Refusal(Chain(64)),
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("(type $t (sub $t (struct)))")]
    [InlineData("(rec (type $a (sub $b (struct))) (type $b (sub $a (struct))))")]
    public void Types_are_no_super_types_of_themselves(string source) =>
        Assert.Contains("comes before its super type", Refusal(source), StringComparison.Ordinal);

    [Fact]
    public void Types_may_refer_to_each_other_without_end()
    {
        const int Count = 100_000;
        var types = string.Concat(Enumerable.Range(0,
            Count).Select(i => $"(type (struct (field (ref null {(i + 1) % Count}))))"));
        Assert.Equal(Count, Decode($"(rec {types})").Types.Length);
    }

    [Fact]
    public void Names_may_be_as_long_as_the_module()
    {
        var name = new string('n', 20_000_000);
        Assert.Equal(name, Decode($"(func ${name} (export \"{name}\"))").Exports[0].Name);
    }

    [Theory]
    [InlineData(1, "types")]
    [InlineData(2, "imports")]
    [InlineData(3, "functions")]
    [InlineData(4, "tables")]
    [InlineData(5, "memories")]
    [InlineData(6, "globals")]
    [InlineData(7, "exports")]
    [InlineData(9, "element segments")]
    [InlineData(11, "data segments")]
    [InlineData(13, "tags")]
    public void A_count_is_not_believed_beyond_the_bytes_there_are(byte section, string what) => Assert.Contains(
        $"4294967295 {what} in 0 bytes",
        Refusal(new ModuleBuilder().Section(section, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F).Bytes), StringComparison.Ordinal);

    [Theory]
    [InlineData(1, 1_000_001, "too many types: 1000001, at most 1000000 are supported")]
    [InlineData(5, 101, "too many memories: 101, at most 100 are supported")]
    [InlineData(4, 100_001, "too many tables: 100001, at most 100000 are supported")]
    [InlineData(11, 100_001, "too many data segments: 100001, at most 100000 are supported")]
    public void Sections_have_their_limits(byte section, int count, string refusal) => Assert.StartsWith(
        refusal, Refusal(new ModuleBuilder().Section(section, [.. Number(count), .. new byte[count]]).Bytes),
            StringComparison.Ordinal);
}
