namespace Drydock.Cli.Tests;

/// <summary><c>validate</c>, <c>wat2wasm</c>, <c>wasm2wat</c> and <c>objdump</c>.</summary>
public sealed class ModuleCommandTests : TemporaryDirectory
{
    private const string Add = "(module (func $add (param $a i32) (result i32) local.get $a i32.const 1 i32.add))";

    private string Out(string name) => Path.Join(Home, name);

    [Theory]
    [InlineData("validate")]
    [InlineData("wat2wasm")]
    [InlineData("wasm2wat")]
    [InlineData("objdump")]
    public void Each_has_help_with_an_example(string command)
    {
        Outcome outcome = Drydock(command, "--help");
        Assert.Equal(0, outcome.Code);
        Assert.Contains("Examples:\n", outcome.Output, StringComparison.Ordinal);
        Assert.Contains($"  {command} ", Drydock("--help").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Text_becomes_a_binary_and_text_again()
    {
        Assert.Equal(new Outcome(0, "", ""), Drydock("wat2wasm", "--names", Write("a.wat", Add), "-o", Out("a.wasm")));
        Assert.Equal(new Outcome(0, "", ""), Drydock("wasm2wat", "--fold", Out("a.wasm"), "-o", Out("b.wat")));
        Assert.Contains("(func $add (type 0) (param $a i32) (result i32)\n    (i32.add (local.get $a) (i32.const 1)))",
            File.ReadAllText(Out("b.wat")), StringComparison.Ordinal);
        Drydock("wat2wasm", "--names", Out("b.wat"), "-o", Out("b.wasm"));
        Assert.Equal(File.ReadAllBytes(Out("a.wasm")), File.ReadAllBytes(Out("b.wasm")));
    }

    [Fact]
    public void Names_are_left_out_unless_asked_for()
    {
        Drydock("wat2wasm", Write("a.wat", Add), "-o", Out("a.wasm"));
        Outcome outcome = Drydock("wasm2wat", Out("a.wasm"));
        Assert.Contains("(func (;0;) (type 0)", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("\n    i32.add)", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Standard_streams_can_take_the_place_of_files()
    {
        Outcome outcome = Executable.Run(["wasm2wat", "-"], input: "(module (memory 1))"u8.ToArray());
        Assert.Equal(new Outcome(0, "(module\n  (memory (;0;) 1))\n", ""), outcome);
    }

    [Fact]
    public void Valid_modules_are_no_news() =>
        Assert.Equal(new Outcome(0, "", ""), Drydock("validate", Module(Add), Write("b.wat", Add)));

    [Fact]
    public void Each_file_that_is_not_valid_is_named()
    {
        string invalid = Module("(module (func (result i32)))", "invalid.wasm");
        string malformed = Write("malformed.wat", "(module\n  (func i32.ad))");
        Outcome outcome = Drydock("validate", invalid, Module(Add), malformed);
        Assert.Equal(1, outcome.Code);
        string[] lines = outcome.Error.Split('\n');
        Assert.StartsWith($"drydock: validate: {invalid}: type mismatch", lines[0], StringComparison.Ordinal);
        Assert.Contains("(at offset 0x", lines[0], StringComparison.Ordinal);
        Assert.Equal($"drydock: validate: {malformed}:2:9: unknown operator i32.ad", lines[1]);
    }

    [Fact]
    public void A_feature_that_is_switched_off_is_named()
    {
        string file = Module("(module (func $f (return_call $f)))");
        Outcome outcome = Drydock("validate", "--features", "2.0", file);
        Assert.Equal(1, outcome.Code);
        Assert.Contains("needs the feature TailCall", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Sections_are_listed()
    {
        string[] lines = Drydock("objdump", Module("(module (memory 1) (func (export \"f\")))")).Output.Split('\n');
        Assert.Matches("^SECTION +START +END +SIZE +CONTENT$", lines[0]);
        Assert.Matches("^type +0x000008 +0x00000e +4 +1 type$", lines[1]);
        Assert.Contains(lines, line => line.EndsWith("1 memory", StringComparison.Ordinal));
        Assert.Contains(lines, line => line.EndsWith("1 body", StringComparison.Ordinal));
    }

    [Fact]
    public void Instructions_are_shown_with_offset_and_bytes() => Assert.Equal(
        """

        000019 func[0] <add>:
         000019: 20 00                      | local.get 0
         00001b: 41 01                      | i32.const 1
         00001d: 6a                         | i32.add
         00001e: 0b                         | end

        """, Drydock("objdump", "-d", Module(Add)).Output);

    [Fact]
    public void Machine_code_is_shown_with_its_traps()
    {
        Outcome outcome = Drydock("objdump", "--native",
            Module("(module (memory 1) (func (result i32) (i32.load (i32.const 0))))"));
        Assert.Equal(0, outcome.Code);
        Assert.Contains("func[0]:", outcome.Output, StringComparison.Ordinal);
        Assert.Contains("traps: OutOfBoundsMemoryAccess (wasm 0000", outcome.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("validate")]
    public void Deep_text_costs_no_stack(string command)
    {
        const int Depth = 1_000_000;
        string text = $"(module (func (export \"_start\") {string.Concat(Enumerable.Repeat("(block ", Depth))}{new string(')', Depth)}))";
        Assert.Equal(0, Drydock(command, Write("deep.wat", text)).Code);
    }

    [Theory]
    [InlineData(127, "validate no-such-file")]
    [InlineData(127, "wat2wasm no-such-file")]
    [InlineData(127, "wasm2wat no-such-file")]
    [InlineData(127, "objdump no-such-file")]
    [InlineData(125, "validate")]
    [InlineData(125, "validate --features sims x")]
    [InlineData(125, "wasm2wat")]
    [InlineData(125, "objdump")]
    [InlineData(125, "wasm2wat /")]
    public void A_mistake_gets_one_line(int code, string line)
    {
        Outcome outcome = Drydock(line.Split(' '));
        Assert.Equal(code, outcome.Code);
        Assert.StartsWith($"drydock: {line.Split(' ')[0]}: ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Error.Count(letter => letter == '\n'));
    }

    [Fact]
    public void The_system_says_why_a_file_cannot_be_read() =>
        Assert.Equal("drydock: validate: cannot read /: it is a directory\n", Drydock("validate", "/").Error);

    [Fact]
    public void What_cannot_be_shown_is_refused()
    {
        Assert.Contains("there is no function 9: the last is 0",
            Drydock("objdump", "-d", "--function", "9", Module(Add)).Error, StringComparison.Ordinal);
        Assert.Contains("imported",
            Drydock("objdump", "-d", "--function", "0", Module("(import \"\" \"\" (func))")).Error,
            StringComparison.Ordinal);
        Assert.Equal(125, Drydock("wasm2wat", Module(Add), "-o", Out("no/such/folder.wat")).Code);
    }
}
