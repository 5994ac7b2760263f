namespace Drydock.Cli.Tests;

/// <summary><c>drydock wast</c>: the summary, the place of a failure, and what cannot be run.</summary>
public sealed class WastTests : TemporaryDirectory
{
    private const string Passing =
        """
        (module (func (export "add") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))
        (assert_return (invoke "add" (i32.const 1) (i32.const 2)) (i32.const 3))
        """;

    [Fact]
    public void A_script_that_passes_is_one_line()
    {
        Outcome outcome = Drydock("wast", Write("good.wast", Passing));
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        Assert.Matches(@"^2 passed, 0 failed \(1 script, [0-9.]+ s\)\n$", outcome.Output);
    }

    [Fact]
    public void A_failure_is_named_with_its_line()
    {
        string script = Write("bad.wast",
            Passing + "\n(assert_return (invoke \"add\" (i32.const 1) (i32.const 2)) (i32.const 4))");
        Outcome outcome = Drydock("wast", script);
        Assert.Equal(1, outcome.Code);
        Assert.Equal($"{script}:3: assert_return: expected i32:4, got i32:3 from add", outcome.Output.Split('\n')[0]);
        Assert.Contains("2 passed, 1 failed", outcome.Output, StringComparison.Ordinal);
    }

    /// <summary>The executable lays static objects out itself, which has to hold when the collector walks them.</summary>
    [Fact]
    public void Collections_from_the_first_moment_on_change_nothing()
    {
        string script = Write("many.wast", string.Concat(Enumerable.Repeat(Passing + "\n", 500)));
        var environment = new Dictionary<string, string> { ["DOTNET_GCgen0size"] = "8000" };
        Outcome outcome = Executable.Run(["wast", script], environment: environment);
        Assert.Equal((0, ""), (outcome.Code, outcome.Error));
        Assert.StartsWith("1000 passed, 0 failed", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Quiet_leaves_the_summary_alone() =>
        Assert.StartsWith("0 passed, 1 failed", Drydock("wast", "-q", Write("bad.wast", "(invoke \"none\")")).Output,
            StringComparison.Ordinal);

    [Fact]
    public void Several_paths_are_counted_each()
    {
        string folder = Path.GetDirectoryName(Write("scripts/a.wast", Passing))!;
        Write("scripts/deep/b.wast", Passing);
        string[] lines = Drydock("wast", folder, Write("c.wast", Passing)).Output.Split('\n');
        Assert.Equal($"{folder}  4 passed, 0 failed", lines[0]);
        Assert.EndsWith("  2 passed, 0 failed", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("6 passed, 0 failed (3 scripts", lines[2], StringComparison.Ordinal);
    }

    [Fact]
    public void A_command_that_hangs_costs_its_script_only()
    {
        string folder = Path.GetDirectoryName(Write("s/hang.wast",
            "(module (func (export \"f\") (loop (br 0))))\n(invoke \"f\")\n(invoke \"f\")"))!;
        Write("s/other.wast", Passing);
        Outcome outcome = Drydock("wast", "--timeout", "5", "-j", "1", folder);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("hang.wast:2: not done after 5 s; the 1 commands behind it count as failed", outcome.Output,
            StringComparison.Ordinal);
        Assert.Contains("3 passed, 2 failed", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_feature_can_be_switched_off()
    {
        string script = Write("tail.wast", "(assert_malformed (module (func $f (return_call $f))) \"illegal opcode\")");
        Assert.Equal(0, Drydock("wast", "--features", "all,-tail-call", script).Code);
        Assert.Equal(1, Drydock("wast", script).Code);
    }

    [Fact]
    public void What_is_no_script_fails_with_its_place()
    {
        Outcome outcome = Drydock("wast", Write("broken.wast", "(module"));
        Assert.Equal(1, outcome.Code);
        Assert.Contains("unexpected end", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(127, "wast no-such-folder")]
    [InlineData(125, "wast")]
    [InlineData(125, "wast --features sims .")]
    [InlineData(125, "wast --jobs -1 .")]
    [InlineData(125, "wast --filter no-such-script-anywhere .")]
    public void A_mistake_gets_one_line(int code, string line)
    {
        Outcome outcome = Drydock(line.Split(' '));
        Assert.Equal(code, outcome.Code);
        Assert.StartsWith("drydock: wast: ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Error.Count(letter => letter == '\n'));
    }
}
