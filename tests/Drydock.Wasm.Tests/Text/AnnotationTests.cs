using System.Text;
using Drydock.Wasm.Text;

namespace Drydock.Wasm.Tests.Text;

public class AnnotationTests
{
    private static WasmModule Assemble(string source) =>
        ModuleDecoder.Decode(TextModule.Assemble(Encoding.UTF8.GetBytes(source), TextNames.All));

    private static string Failure(string source) =>
        Assert.Throws<WasmTextException>(() => TextModule.Assemble(source)).Message;

    [Fact]
    public void Custom_sections_stand_where_they_are_placed()
    {
        var module = Assemble("""
            (module
              (@custom "last" "1" "2")
              (@custom "after-function" (after func) "")
              (func)
              (@custom "first" (before first))
              (@custom "before-code" (before code)))
            """);
        Assert.Equal(["first", "after-function", "before-code", "last"],
            module.CustomSections.Select(section => section.Name));
        Assert.Equal("12"u8, module.BytesOf(module.CustomSections[^1].Content));
    }

    [Fact]
    public void Names_can_be_given_beside_identifiers()
    {
        var names = Assemble("""(module $m (@name "M") (func $f (@name "F") (param $p i32) (local $l i32)) (type $t (struct (field $x i32))) (global $g i32 (i32.const 0)))""").Names;
        Assert.Equal(("M", "F"), (names.Module, names.Function(0)));
        Assert.Equal(("p", "l"), (names.Local(0, 0), names.Local(0, 1)));
        Assert.Equal(("t", "x"), (names.NameOf(NameKind.Type, 0), names.Field(0, 0)));
        Assert.Equal("g", names.NameOf(NameKind.Global, 0));
    }

    [Theory]
    [InlineData(TextNames.None, null, null)]
    [InlineData(TextNames.Functions, "f", null)]
    [InlineData(TextNames.All, "f", "p")]
    public void How_many_names_are_kept_can_be_chosen(TextNames kept, string? function, string? local)
    {
        var names = ModuleDecoder.Decode(TextModule.Assemble("(func $f (param $p i32))"u8.ToArray(), kept)).Names;
        Assert.Equal((function, local), (names.Function(0), names.Local(0, 0)));
    }

    [Theory]
    [InlineData("(func (param i32) local.get 0 (@metadata.code.branch_hint \"\\01\") if end)", "0001030101")]
    [InlineData("(func (param i32) (@metadata.code.branch_hint \"\\00\") (if (local.get 0) (then)))", "0001030100")]
    [InlineData("(func (param i32) (block (@metadata.code.branch_hint \"\\01\") (br_if 0 (local.get 0))))",
        "0001050101")]
    public void Branch_hints_know_the_offset_of_their_branch(string function, string hints)
    {
        var module = Assemble(function);
        Assert.Equal("metadata.code.branch_hint", Assert.Single(module.CustomSections).Name);
        Assert.Equal("01" + hints, Convert.ToHexStringLower(module.BytesOf(module.CustomSections[0].Content)));
    }

    [Theory]
    [InlineData("(func (@custom \"x\"))", "misplaced @custom annotation")]
    [InlineData("(@custom)", "missing section name")]
    [InlineData("(@custom \"x\" (before types))", "malformed section kind")]
    [InlineData("(module (@name \"a\") (@name \"b\"))", "multiple module")]
    [InlineData("(func) (@name \"a\")", "misplaced @name annotation")]
    [InlineData("(func $f (@name \"\\ff\"))", "malformed UTF-8")]
    [InlineData("(@metadata.code.branch_hint \"\\01\") (func)", "not in a function")]
    [InlineData("(func (@metadata.code.branch_hint \"\\01\") nop)", "invalid target")]
    [InlineData("(func (@metadata.code.branch_hint \"\\02\") (if (i32.const 1) (then)))", "0 or 1")]
    public void What_means_nothing_where_it_stands_is_refused(string source, string message) =>
        Assert.Contains(message, Failure(source), StringComparison.Ordinal);

    [Fact]
    public void Others_are_white_space() =>
        Assert.Empty(Assemble("(module (@custom-but-not-quite) (func (@ok (@name)) nop))").CustomSections);

    [Fact]
    public void The_first_version_named_tables_and_memories_by_index() =>
        Assert.Equal(
            TextModule.Assemble(
                "(table 1 funcref) (memory 1) (func) (elem (table 0) (offset (i32.const 0)) func 0) (data (memory 0) (i32.const 0) \"x\")"),
            TextModule.Assemble(
                "(table 1 funcref) (memory 1) (func) (elem 0 (offset (i32.const 0)) 0) (data 0 (i32.const 0) \"x\")"));
}
