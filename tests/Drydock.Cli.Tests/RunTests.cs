using Drydock.Wasm.Text;

namespace Drydock.Cli.Tests;

/// <summary><c>drydock run</c> of a module file: exit codes, limits, and what cannot be run.</summary>
public sealed class RunTests : TemporaryDirectory
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(42)]
    [InlineData(255)]
    public void The_exit_code_is_the_guests(int code) => Assert.Equal(code, Drydock("run", Module(Exiting(code))).Code);

    /// <summary>The framework's own texts are not in the executable, which would say their keys.</summary>
    [Fact]
    public void What_cannot_be_read_is_told_in_words()
    {
        string folder = Path.Join(Home, "folder.wasm");
        Directory.CreateDirectory(folder);
        Outcome outcome = Drydock("run", folder);
        Assert.Equal(126, outcome.Code);
        Assert.EndsWith("folder.wasm: it is a directory\n", outcome.Error, StringComparison.Ordinal);
    }

    /// <summary>Of a size for which a file would be optimized in the background: the pipe is not read again.</summary>
    [Theory]
    [InlineData("auto", "")]
    [InlineData("baseline", "")]
    [InlineData("optimize", "drydock: /dev/stdin runs on baseline code: it can be read once only, ")]
    public void A_module_runs_out_of_a_pipe(string policy, string said)
    {
        byte[] module = TextModule.Assemble(
            $"(module (@custom \"padding\" \"{new string('x', 1 << 20)}\") {Exiting(42)["(module".Length..]}");
        var environment = new Dictionary<string, string> { ["DRYDOCK_CACHE"] = Path.Join(Home, "cache") };
        Outcome outcome = Executable.Run(["run", $"--opt={policy}", "/dev/stdin"], module, Store, environment);
        Assert.Equal(42, outcome.Code);
        Assert.StartsWith(said, outcome.Error, StringComparison.Ordinal);
        Assert.Equal(said.Length == 0, outcome.Error.Length == 0);
    }

    [Theory]
    [InlineData("run", 126)]
    [InlineData("compile", 126)]
    [InlineData("validate", 125)]
    [InlineData("objdump", 125)]
    public void A_file_larger_than_any_module_is_refused(string command, int code)
    {
        string path = Path.Join(Home, "large.wasm");
        using (FileStream file = File.Create(path)) file.SetLength((1 << 30) + 1);
        Outcome outcome = Drydock(command, path);
        Assert.Equal(code, outcome.Code);
        Assert.Contains("it has more than 1 GiB, as much as a module may have", outcome.Error,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_guest_that_returns_ends_well() =>
        Assert.Equal(new Outcome(0, "", ""), Drydock("run", Module(Doing("nop"))));

    [Fact]
    public void Text_is_assembled() => Assert.Equal(7, Drydock("run", Write("guest.wat", Exiting(7))).Code);

    [Theory]
    [InlineData("unreachable", "unreachable")]
    [InlineData("(drop (i32.div_s (i32.const 1) (i32.const 0)))", "integer divide by zero")]
    [InlineData("(drop (i32.div_s (i32.const 0x80000000) (i32.const -1)))", "integer overflow")]
    [InlineData("(drop (i32.trunc_f32_s (f32.const nan)))", "invalid conversion to integer")]
    [InlineData("(drop (i32.load (i32.const 0x10000)))", "out of bounds memory access")]
    [InlineData("(drop (i32.load offset=0xffffffff (i32.const -1)))", "out of bounds memory access")]
    [InlineData("(call_indirect (i32.const 9))", "undefined element")]
    [InlineData("(call_indirect (i32.const 0))", "uninitialized element")]
    public void A_trap_is_named_and_its_stack_shown(string instructions, string trap)
    {
        Outcome outcome = Drydock("run", Module(Doing(instructions, "(memory 1) (table 1 funcref)")));
        Assert.Equal(134, outcome.Code);
        Assert.StartsWith($"drydock: trap: {trap}", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("inner", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("_start", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Endless_recursion_traps()
    {
        Outcome outcome = Drydock("run", Module("(module (func $again (export \"_start\") (call $again)))"));
        Assert.Equal(134, outcome.Code);
        Assert.StartsWith("drydock: trap: call stack exhausted", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void An_exception_that_nothing_catches_is_shown()
    {
        Outcome outcome = Drydock("run",
            Module(Doing("(throw $e (i32.const 7) (f64.const 0.5))", "(tag $e (param i32 f64))")));
        Assert.Equal(new Outcome(134, "", "drydock: uncaught exception (i32: 7, f64: 0.5)\n"), outcome);
    }

    [Fact]
    public void Time_runs_out()
    {
        Outcome outcome = Drydock("run", "--timeout", "200ms", Module(Doing("(loop (br 0))")));
        Assert.Equal(124, outcome.Code);
        Assert.Contains("longer than 0.2 s", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Memory_grows_up_to_its_limit()
    {
        string module = Module(Doing(
            "(if (i32.ne (memory.grow (i32.const 3)) (i32.const 1)) (then unreachable)) "
            + "(if (i32.ne (memory.grow (i32.const 1)) (i32.const -1)) (then unreachable))", "(memory 1)"));
        Assert.Equal(0, Drydock("run", "--memory", "256k", module).Code);
    }

    [Fact]
    public void A_memory_that_starts_beyond_its_limit_is_refused()
    {
        Outcome outcome = Drydock("run", "-m64k", Module(Doing("nop", "(memory 2)")));
        Assert.Equal(125, outcome.Code);
        Assert.Contains("memory", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_feature_that_is_switched_off_is_refused()
    {
        string module = Module("(module (func $f (export \"_start\") (if (i32.const 0) (then (return_call $f)))))");
        Assert.Equal(0, Drydock("run", "--features", "3.0", module).Code);
        Outcome outcome = Drydock("run", "--features", "3.0,-tail-call", module);
        Assert.Equal(126, outcome.Code);
        Assert.Contains("needs the feature TailCall", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(125, Drydock("run", "--features", "tails", module).Code);
    }

    [Fact]
    public void What_is_not_there_is_127()
    {
        Outcome outcome = Drydock("run", "./no-such.wasm");
        Assert.Equal(new Outcome(127, "", "drydock: run: there is no file ./no-such.wasm\n"), outcome);
    }

    [Theory]
    [InlineData("", "it is empty")]
    [InlineData("#!/bin/sh\n", "it is a script")]
    [InlineData("\u007fELF....", "it is an ELF executable")]
    [InlineData("\0asm\u0001\0\0", "its version is unknown")]
    [InlineData("\0asm\u000d\0\u0001\0", "components are not supported yet")]
    [InlineData("\0asm\u0001\0\0\0\u0001", "is not a valid module")]
    public void What_is_no_module_is_126(string content, string reason)
    {
        Outcome outcome = Drydock("run", Write("guest.wasm", content));
        Assert.Equal(126, outcome.Code);
        Assert.StartsWith("drydock: run: ", outcome.Error, StringComparison.Ordinal);
        Assert.Contains(reason, outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Error.Count(letter => letter == '\n'));
    }

    [Fact]
    public void A_missing_import_is_named()
    {
        Outcome outcome = Drydock("run", Module(Doing("(call $f)", "(import \"env\" \"launch\" (func $f))")));
        Assert.Equal(126, outcome.Code);
        Assert.Contains("unknown import", outcome.Error, StringComparison.Ordinal);
        Assert.Contains("launch", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_library_is_no_program()
    {
        Outcome outcome = Drydock("run", Module("(module (func (export \"add\")))"));
        Assert.Equal(126, outcome.Code);
        Assert.Contains("_start", outcome.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run")]
    [InlineData("run --no-such-option x")]
    [InlineData("run --memory lots x.wasm")]
    [InlineData("run --timeout never x.wasm")]
    [InlineData("run -v nowhere x.wasm")]
    [InlineData("run --name /x x.wasm")]
    [InlineData("run -w relative x.wasm")]
    [InlineData("run no-such-image")]
    [InlineData("run UPPER")]
    [InlineData("launch")]
    [InlineData("")]
    public void A_mistake_gets_one_line(string line)
    {
        Outcome outcome = Drydock(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(125, outcome.Code);
        Assert.StartsWith("drydock: ", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Error.Count(letter => letter == '\n'));
    }
}
