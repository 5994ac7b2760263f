using System.Diagnostics;
using System.Globalization;

namespace Drydock.Cli.Tests;

/// <summary><c>drydock compile</c>, <c>drydock cache</c>, and runs from the cache.</summary>
public sealed class CacheTests : TemporaryDirectory
{
    private const string Guest = """
        (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (func $inner (param i32) (if (i32.eq (local.get 0) (i32.const 9)) (then unreachable)) (call $exit (local.get 0)))
          (func (export "_start") (call $inner (i32.const CODE))))
        """;

    [Fact]
    public void A_compiled_program_runs_from_the_cache()
    {
        string module = Compile(7);
        Assert.Contains("usable", InCache("cache", "ls").Output, StringComparison.Ordinal);
        Assert.Equal(7, InCache("run", module).Code);
        string entry = Directory.GetFiles(Cache, "*.code", SearchOption.AllDirectories).Single();
        byte[] bytes = File.ReadAllBytes(entry);
        bytes[4096 + 3] ^= 1;
        File.WriteAllBytes(entry, bytes);
        Assert.Equal(7, InCache("run", module).Code);
        Assert.False(File.Exists(entry));
    }

    [Fact]
    public void A_changed_program_is_not_run_from_the_old_entry()
    {
        string module = Compile(7);
        Module(Guest.Replace("CODE", "8", StringComparison.Ordinal));
        Assert.Equal(8, InCache("run", module).Code);
    }

    [Fact]
    public void A_trap_has_its_stack_when_it_runs_from_the_cache()
    {
        Outcome warm = InCache("run", Compile(9));
        Outcome cold = Run(["run", In("guest.wasm")], new() { ["DRYDOCK_CACHE"] = "off" });
        Assert.Equal(134, warm.Code);
        Assert.Equal(cold, warm);
    }

    [Fact]
    public void Verification_names_what_is_damaged_and_pruning_removes_it_all()
    {
        Compile(1);
        Assert.Equal(new Outcome(0, "0 removed, 0B\n", ""), InCache("cache", "verify"));
        Assert.Contains("\"State\": \"usable\"", InCache("cache", "ls", "--json").Output, StringComparison.Ordinal);
        Assert.StartsWith("removed ", InCache("cache", "prune", "--all").Output, StringComparison.Ordinal);
        Assert.DoesNotContain("usable", InCache("cache", "ls").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_a_cache_programs_run_and_compiling_says_why_not()
    {
        Dictionary<string, string> off = new() { ["DRYDOCK_CACHE"] = "off" };
        string module = Write(3);
        Assert.Equal(3, Run(["run", module], off).Code);
        Outcome outcome = Run(["compile", module], off);
        Assert.Equal(125, outcome.Code);
        Assert.Contains("DRYDOCK_CACHE", outcome.Error, StringComparison.Ordinal);
        Assert.Equal(0, Run(["compile", "-o", In("guest.code"), module], off).Code);
        Assert.Equal(3, Run(["run", "--code", In("guest.code"), module], off).Code);
    }

    [Fact]
    public void What_is_no_ordinary_file_is_written_to_and_stays_what_it_is()
    {
        File.CreateSymbolicLink(In("link"), "/dev/null");
        Assert.Equal(0, InCache("compile", "-O0", "-o", In("link"), Write(3)).Code);
        Assert.Equal("/dev/null", new FileInfo(In("link")).LinkTarget);
        File.WriteAllBytes(In("long"), new byte[1 << 20]);
        File.CreateSymbolicLink(In("other"), In("long"));
        Assert.Equal(0, InCache("compile", "-O0", "-o", In("other"), Write(3)).Code);
        Assert.Equal(In("long"), new FileInfo(In("other")).LinkTarget);
        Assert.InRange(new FileInfo(In("long")).Length, 1, 1 << 19);
    }

    [Fact]
    public void A_pipe_is_written_to_and_stays_a_pipe()
    {
        string script = $"mkfifo '{In("pipe")}' && cat '{In("pipe")}' > '{In("read")}' && test -p '{In("pipe")}'";
        using Process reader = Process.Start("sh", ["-c", script]);
        SpinWait.SpinUntil(() => File.Exists(In("pipe")), TimeSpan.FromSeconds(10));
        Assert.Equal(0, InCache("compile", "-O0", "-o", In("pipe"), Write(3)).Code);
        Assert.True(reader.WaitForExit(TimeSpan.FromSeconds(10)));
        Assert.Equal(0, reader.ExitCode);
        Assert.Equal(3, InCache("run", "--code", In("read"), Write(3)).Code);
    }

    [Fact]
    public void Code_in_a_file_that_does_not_fit_is_refused_with_the_reason()
    {
        string module = Write(3), code = In("guest.code");
        Assert.Equal(0, InCache("compile", "-O0", "-o", code, module).Code);
        AssertRefused("it is of another program", "run", "--code", code, Write(4));
        AssertRefused("features switched off", "run", "--code", code, "--features=-simd", module);
        AssertRefused("there is no file", "run", "--code", In("none.code"), module);
        File.WriteAllBytes(code, File.ReadAllBytes(code)[..^1]);
        AssertRefused("cannot use the code image", "run", "--code", code, module);
    }

    [NeedsLlvmFact]
    public void Code_for_a_level_of_processors_is_written_to_a_file()
    {
        string module = Write(7), code = In("guest.code");
        foreach (string level in (string[])["-O0", "-O2"])
        {
            Outcome outcome = InCache("compile", level, "--target-cpu", "x86-64-v3", "-o", code, module);
            Assert.Equal("", outcome.Error);
            Assert.Equal(7, InCache("run", "--code", code, module).Code);
        }
        Assert.Equal(0, InCache("compile", "--target-cpu=native", module).Code);
        AssertRefused("choose from native and x86-64-v3", "compile", "--target-cpu", "z80", "-o", code, module);
        AssertRefused("name a file with -o", "compile", "--target-cpu", "x86-64-v3", module);
    }

    private void AssertRefused(string reason, params string[] arguments)
    {
        Outcome outcome = InCache(arguments);
        Assert.Equal(125, outcome.Code);
        Assert.Contains(reason, outcome.Error, StringComparison.Ordinal);
        Assert.Equal(1, outcome.Error.Count(letter => letter == '\n'));
    }

    [Fact]
    public void What_is_no_module_cannot_be_compiled()
    {
        File.WriteAllText(In("text.wasm"), "text");
        Outcome outcome = InCache("compile", In("text.wasm"));
        Assert.Equal(126, outcome.Code);
        Assert.Equal(127, InCache("compile", In("none.wasm")).Code);
    }

    private string Cache => In("cache");

    private string In(string name) => Path.Join(Home, name);

    private string Compile(int code)
    {
        string module = Write(code);
        Outcome outcome = InCache("compile", "-O0", module);
        Assert.Equal(0, outcome.Code);
        Assert.Contains("2 functions", outcome.Output, StringComparison.Ordinal);
        return module;
    }

    private string Write(int code) =>
        Module(Guest.Replace("CODE", code.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));

    private Outcome InCache(params string[] arguments) => Run(arguments, new() { ["DRYDOCK_CACHE"] = Cache });

    private static Outcome Run(string[] arguments, Dictionary<string, string> environment) =>
        Executable.Run(arguments, environment: environment);
}
