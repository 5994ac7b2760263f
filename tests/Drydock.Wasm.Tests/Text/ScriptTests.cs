using System.Text;
using Drydock.Wasm.Text;

namespace Drydock.Wasm.Tests.Text;

public class ScriptTests
{
    private static IReadOnlyList<ScriptCommand> Parse(string source) =>
        Script.Parse(Encoding.UTF8.GetBytes(source)).Commands;

    private static T One<T>(string source)
        where T : ScriptCommand => Assert.IsType<T>(Assert.Single(Parse(source)));

    [Fact]
    public void Commands_know_their_line()
    {
        var commands = Parse("(module)\n\n(register \"a\" $m)\n(invoke \"f\")\n  (get $m \"g\")");
        Assert.Equal([1, 3, 4, 5], commands.Select(command => command.Line));
    }

    [Theory]
    [InlineData("(func)")]
    [InlineData("(memory 1) (func)")]
    public void Fields_alone_are_one_module(string source) =>
        Assert.Equal(TextModule.Assemble(source), One<ModuleCommand>(source).Module.Assemble());

    [Fact]
    public void Quoted_text_is_met_when_it_is_assembled()
    {
        var command = One<AssertModuleCommand>(
            "(assert_malformed (module quote \"(fun\" \"c $)\") \"empty identifier\")");
        Assert.True(command.Module.IsQuoted);
        Assert.Throws<WasmTextException>(() => command.Module.Assemble());
    }

    [Fact]
    public void A_binary_module_is_its_strings() =>
        Assert.Equal("\0asm\x01\0\0\0"u8.ToArray(),
            One<ModuleCommand>("(module binary \"\\00asm\" \"\\01\\00\\00\\00\")").Module.Assemble());

    [Fact]
    public void Definitions_and_instances_are_told_apart()
    {
        Assert.True(One<ModuleCommand>("(module definition $d)").IsDefinition);
        Assert.Equal(new InstanceCommand(1, "i", "d"), One<InstanceCommand>("(module instance $i $d)"));
        Assert.Equal(new InstanceCommand(1, null, "d"), One<InstanceCommand>("(module instance $d)"));
    }

    [Fact]
    public void Results_may_be_patterns()
    {
        var results = One<AssertReturnCommand>("""
            (assert_return (invoke "f" (i32.const -1))
              (f32.const nan:canonical) (v128.const f64x2 1 nan:arithmetic) (either (i32.const 1) (i32.const 2))
              (ref.null) (ref.null func) (ref.extern 3) (ref.func))
            """).Results;
        Assert.Equal([NanPattern.Canonical], results[0].Nans);
        Assert.Equal([NanPattern.None, NanPattern.Arithmetic], results[1].Nans);
        Assert.Equal((UInt128)0x3FF0000000000000, results[1].Bits);
        Assert.Equal([1, 2], results[2].Alternatives.Select(value => (int)value.Bits));
        Assert.Null(results[3].Heap);
        Assert.Equal(HeapType.Func, results[4].Heap);
        Assert.Equal((UInt128)3, results[5].Bits);
        Assert.Equal((ScriptValueKind.RefAny, HeapType.Func), (results[6].Kind, results[6].Heap));
    }

    [Fact]
    public void Threads_hold_commands_of_their_own()
    {
        var thread = One<ThreadCommand>("(thread $t (shared (module $m)) (register \"m\" $m) (invoke \"run\"))");
        Assert.Equal(("t", "m", 2), (thread.Name, thread.Shared, thread.Commands.Count));
    }

    [Theory]
    [InlineData("(assert_nothing)")]
    [InlineData("(assert_return)")]
    [InlineData("(module) x")]
    [InlineData("(invoke \"f\" (i32.add))")]
    [InlineData("(invoke \"f\"")]
    public void What_is_no_script_is_refused(string source) => Assert.Throws<WasmTextException>(() => Parse(source));

    [Fact]
    public void Threads_cannot_nest_without_bound()
    {
        var source = string.Concat(Enumerable.Repeat("(thread $t ", 100_000)) + new string(')', 100_000);
        Assert.Contains("nested too deeply", Assert.Throws<WasmTextException>(() => Parse(source)).Message,
            StringComparison.Ordinal);
    }
}
