using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Drydock.Cli.Tests;

/// <summary>What <c>--opt</c> makes of programs, of the cache, and of an LLVM that is missing or crashes.</summary>
public sealed class CompilePolicyTests : TemporaryDirectory
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);

    [NeedsLlvmFact]
    public void An_automatic_run_starts_at_once_and_the_next_one_is_optimized()
    {
        string module = LargeModule(5);
        Assert.Equal(new Outcome(5, "", ""), Run(["run", module]));
        WaitFor(() => List().Contains("optimized", StringComparison.Ordinal));
        Assert.Contains("usable", List(), StringComparison.Ordinal);
        Assert.Equal(new Outcome(5, "", ""), Run(["run", module]));
    }

    [Fact]
    public void Without_LLVM_the_next_run_is_on_baseline_code_from_the_cache()
    {
        string module = LargeModule(6);
        var none = new Dictionary<string, string> { ["DRYDOCK_LIBLLVM"] = "off" };
        Assert.Equal(new Outcome(6, "", ""), Run(["run", module], none));
        WaitFor(() => List().Contains("usable", StringComparison.Ordinal));
        Assert.Equal(new Outcome(6, "", ""), Run(["run", module], none));
        WaitFor(() => Files("*.note").Length == 1);
        Assert.Equal(new Outcome(6, "", ""), Run(["run", module], none));
        Assert.DoesNotContain("optimized", List(), StringComparison.Ordinal);
        Outcome compile = Run(["compile", "-O2", module], none);
        Assert.Equal(127, compile.Code);
        Assert.Contains("libLLVM", compile.Error, StringComparison.Ordinal);
        Assert.Contains(" compiled in ", Run(["compile", module], none).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_baseline_run_asks_for_nothing()
    {
        string module = LargeModule(7);
        Assert.Equal(new Outcome(7, "", ""), Run(["run", "--opt=baseline", module]));
        Thread.Sleep(300);
        Assert.Empty(Entries());
        Outcome unknown = Run(["run", "--opt=fast", module]);
        Assert.Equal(125, unknown.Code);
        Assert.Contains("choose from auto, baseline and optimize", unknown.Error, StringComparison.Ordinal);
        Assert.Contains("DRYDOCK_OPT", Run(["run", module], new() { ["DRYDOCK_OPT"] = "fast" }).Error,
            StringComparison.Ordinal);
    }

    [NeedsLlvmFact]
    public void A_run_that_asks_for_optimized_code_waits_for_it()
    {
        string module = LargeModule(8);
        Assert.Equal(new Outcome(8, "", ""), Run(["run", "--opt=optimize", module]));
        Assert.Contains("optimized", List(), StringComparison.Ordinal);
        Assert.DoesNotContain("usable", List(), StringComparison.Ordinal);
    }

    [NeedsLlvmFact]
    public void Code_of_every_level_has_an_entry_of_its_own()
    {
        string module = LargeModule(9);
        for (int level = 0; level <= 3; level++)
        {
            Outcome outcome = Run(["compile", string.Create(CultureInfo.InvariantCulture, $"-O{level}"), module]);
            Assert.Equal("", outcome.Error);
            Assert.Contains(level == 0 ? "compiled in" : "optimized in", outcome.Output, StringComparison.Ordinal);
            // The run on baseline's code has level 2 made in the background.
            Assert.InRange(Entries().Length, level + 1, level == 1 ? 3 : level + 1);
            Assert.Equal(9, Run(["run", module]).Code);
        }
    }

    [NeedsLlvmFact]
    public void A_trap_of_optimized_code_is_told_when_it_runs_from_the_cache()
    {
        string module = Module("(module (memory 1) (func (export \"_start\") unreachable))");
        Assert.Equal("", Run(["compile", "-O2", module]).Error);
        Outcome outcome = Run(["run", module]);
        Assert.Equal(134, outcome.Code);
        Assert.StartsWith("drydock: trap: unreachable\n  0: _start", outcome.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_small_program_asks_for_nothing_even_when_it_is_in_the_cache()
    {
        string module = Module("(module (memory 1) (func (export \"_start\")))");
        Assert.Equal(0, Run(["compile", "-O0", module]).Code);
        string[] before = Files("*");
        Assert.Equal(new Outcome(0, "", ""), Run(["run", module]));
        Thread.Sleep(300);
        Assert.Equal(before.Order(), Files("*").Order());
    }

    [NeedsLlvmFact]
    public void An_LLVM_without_the_functions_needed_is_too_old()
    {
        Dictionary<string, string> old = new() { ["DRYDOCK_LIBLLVM"] = "libc.so.6" };
        Outcome outcome = Run(["compile", "-O2", LargeModule(2)], old);
        Assert.Equal(125, outcome.Code);
        Assert.Contains("too old", outcome.Error, StringComparison.Ordinal);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
        Assert.Equal(2, Run(["run", "--opt=optimize", LargeModule(2)], old).Code);
    }

    [NeedsLlvmFact]
    public void Each_version_of_LLVM_that_is_installed_will_do()
    {
        string[] libraries = [.. Directory.EnumerateFiles("/usr/lib/x86_64-linux-gnu", "libLLVM*.so.*")
            .Where(file => !file.Contains("14", StringComparison.Ordinal))];
        string module = LargeModule(5);
        foreach (string library in libraries)
        {
            foreach (string level in (string[])["-O1", "-O2", "-O3"])
            {
                Outcome outcome = Run(["compile", level, module], new() { ["DRYDOCK_LIBLLVM"] = library });
                Assert.Equal((library, level, 0, ""), (library, level, outcome.Code, outcome.Error));
                Assert.Equal(5, Run(["run", module]).Code);
            }
        }
    }

    [NeedsCompilerFact]
    public void A_crash_of_LLVM_costs_the_guest_nothing_and_is_said_once()
    {
        string module = LargeModule(4);
        Dictionary<string, string> crashing = Library("__builtin_trap();");
        Outcome waiting = Run(["run", "--opt=optimize", module], crashing);
        Assert.Equal(4, waiting.Code);
        Assert.Contains("LLVM crashed with signal 4", waiting.Error, StringComparison.Ordinal);
        Assert.Single(waiting.Error.TrimEnd().Split('\n'));
        Assert.Equal(125, Run(["compile", "-O2", module], crashing).Code);

        Assert.Equal(new Outcome(4, "", ""), Run(["run", module], crashing));
        WaitFor(() => Files("*.note").Length == 1);
        Assert.Contains("LLVM crashed with signal 4", Run(["run", module], crashing).Error, StringComparison.Ordinal);
        DateTime before = File.GetLastWriteTimeUtc(Files("*.note")[0]);
        Assert.Equal(new Outcome(4, "", ""), Run(["run", module], crashing));
        Thread.Sleep(300);
        Assert.Equal(before, File.GetLastWriteTimeUtc(Files("*.note")[0]));
    }

    [Fact]
    public void Each_bad_place_for_the_cache_is_done_without()
    {
        string module = LargeModule(3);
        Assert.Equal(new Outcome(3, "", ""), Run(["run", module], new() { ["DRYDOCK_CACHE"] = "/proc/none" }));
        Outcome small = Run(["compile", "-O0", module], new() { ["DRYDOCK_CACHE_SIZE"] = "100" });
        Assert.Equal(125, small.Code);
        Assert.Contains("cannot write to the code cache", small.Error, StringComparison.Ordinal);
        Assert.Equal(3, Run(["run", module], new() { ["DRYDOCK_CACHE_SIZE"] = "100" }).Code);
    }

    [Fact]
    public void Users_share_a_directory_without_sharing_entries()
    {
        const string nobody = "65534";
        if (!Environment.IsPrivilegedProcess || !File.Exists("/usr/bin/setpriv")) return;
        string module = LargeModule(3), executable = Path.Join(Home, "drydock");
        File.Copy(Repository.Executable, executable);
        OpenToAll(Home);
        Directory.CreateDirectory(Cache);
        File.SetUnixFileMode(Cache, (UnixFileMode)0x3FF); // Everyone's, and sticky, as /tmp is.
        Assert.Equal(0, Run(["compile", "-O0", module]).Code);
        string root = Path.Join(Cache, "0"), other = Path.Join(Cache, nobody);
        Assert.Equal(0, AsNobody(executable, "compile", "-O0", module).Code);
        Assert.Single(Directory.GetFiles(root, "*.code"));
        Assert.Single(Directory.GetFiles(other, "*.code"));
        Assert.Equal(3, AsNobody(executable, "run", "--opt=baseline", module).Code);
        Assert.Contains("usable", AsNobody(executable, "cache", "ls").Output, StringComparison.Ordinal);

        // What another user puts in place of one's own directory is not used.
        Directory.Delete(other, recursive: true);
        Directory.Move(root, other);
        Assert.Equal(3, AsNobody(executable, "run", "--opt=baseline", module).Code);
        Assert.Equal(125, AsNobody(executable, "compile", "-O0", module).Code);
    }

    private Outcome AsNobody(string executable, params string[] arguments)
    {
        var start = new ProcessStartInfo("/usr/bin/setpriv",
            ["--reuid", "65534", "--regid", "65534", "--clear-groups", executable, .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DRYDOCK_CACHE"] = Cache;
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd(), error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error);
    }

    private static void OpenToAll(string directory)
    {
        File.SetUnixFileMode(directory, (UnixFileMode)0x1ED);
        foreach (string file in Directory.GetFiles(directory)) File.SetUnixFileMode(file, (UnixFileMode)0x1ED);
    }

    private string Cache => Path.Join(Home, "cache");

    private string[] Entries() => Files("*.code");

    private string[] Files(string pattern) =>
        Directory.Exists(Cache) ? Directory.GetFiles(Cache, pattern, SearchOption.AllDirectories) : [];

    private string List() => Run(["cache", "ls"]).Output;

    private Outcome Run(string[] arguments, Dictionary<string, string>? more = null)
    {
        var environment = new Dictionary<string, string> { ["DRYDOCK_CACHE"] = Cache };
        foreach ((string name, string value) in more ?? []) environment[name] = value;
        return Executable.Run(arguments, environment: environment);
    }

    private static void WaitFor(Func<bool> condition)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < Patience, "it did not happen");
            Thread.Sleep(50);
        }
    }

    /// <summary>
    /// A program of more than 64 KB that exits with a code; written long enough ago to be remembered.
    /// </summary>
    private string LargeModule(int code)
    {
        var text = new StringBuilder(
            "(module (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))\n");
        text.Append("(memory 2) (data (i32.const 0) \"").Append('x', 70_000).Append("\")\n");
        for (int i = 0; i < 20; i++)
            text.Append(CultureInfo.InvariantCulture,
                $"(func $f{i} (param i32) (result i32) (i32.add (local.get 0) (i32.const {i})))\n");
        text.Append(CultureInfo.InvariantCulture,
            $"(func (export \"_start\") (call $exit (call $f0 (i32.const {code})))))");
        string module = Module(text.ToString());
        File.SetLastWriteTimeUtc(module, DateTime.UtcNow.AddMinutes(-1));
        return module;
    }

    private Dictionary<string, string> Library(string body)
    {
        string source = Path.Join(Home, "fake.c"), library = Path.Join(Home, "libLLVM-fake.so");
        File.WriteAllText(source, $"__attribute__((constructor)) static void start(void) {{ {body} }}");
        using Process compiler = Process.Start("gcc", ["-shared", "-fPIC", "-o", library, source]);
        compiler.WaitForExit();
        Assert.Equal(0, compiler.ExitCode);
        return new() { ["DRYDOCK_LIBLLVM"] = library };
    }
}

/// <summary>A test that needs libLLVM.</summary>
internal sealed class NeedsLlvmFactAttribute : FactAttribute
{
    public NeedsLlvmFactAttribute()
    {
        string[] places = ["/usr/lib/x86_64-linux-gnu", "/usr/lib64", "/usr/lib"];
        bool isThere = places.Any(place => Directory.Exists(place)
            && Directory.EnumerateFiles(place, "libLLVM*.so*")
                .Any(file => !file.Contains("14", StringComparison.Ordinal)));
        if (!isThere) Skip = "libLLVM is absent";
    }
}

/// <summary>A test that needs a C compiler for the machine itself.</summary>
internal sealed class NeedsCompilerFactAttribute : FactAttribute
{
    public NeedsCompilerFactAttribute() => Skip = File.Exists("/usr/bin/gcc") ? null : "gcc is absent";
}
