using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Drydock.Cli.Tests;

/// <summary>Real programs print what they print everywhere.</summary>
public sealed partial class WorkloadTests : TemporaryDirectory
{
    [NeedsTheory(Needed.Workloads)]
    [InlineData("hello")]
    [InlineData("kernels")]
    [InlineData("simdk")]
    [InlineData("cppb")]
    [InlineData("sqlite")]
    [InlineData("lua")]
    [InlineData("zlib")]
    [InlineData("zstd")]
    public void A_program_prints_what_is_expected(string name) => Compare(name, name);

    [NeedsTheory(Needed.Workloads)]
    [InlineData("kernels")]
    [InlineData("simdk")]
    [InlineData("cppb")]
    [InlineData("sqlite")]
    [InlineData("lua")]
    [InlineData("zlib")]
    [InlineData("zstd")]
    public void So_does_its_twin_with_vector_instructions(string name) => Compare(name + ".simd", name);

    [NeedsFact(Needed.Workloads)]
    public void Python_starts_with_its_library_mounted_as_the_root()
    {
        string root = Path.Join(Home, "root");
        Directory.CreateDirectory(root);
        using (Process tar = Process.Start("tar",
            ["-xzf", Path.Join(Repository.Workloads, "python", "root.tar.gz"), "-C", root]))
            tar.WaitForExit();
        Outcome outcome = Executable.Run(
            ["run", "-v", root + ":/", Path.Join(Repository.Workloads, "wasm", "cpython.wasm")],
            File.ReadAllBytes(Path.Join(Repository.Workloads, "python", "hello.py")));
        // It also says on standard error that it misses libraries for its platform, as it does everywhere.
        Assert.Equal((0, "TIME pyhello 0.000001\n"), (outcome.Code, outcome.Output));
    }

    private static void Compare(string program, string expected)
    {
        Outcome outcome = Executable.Run("run", Path.Join(Repository.Workloads, "wasm", program + ".wasm"));
        string text = File.ReadAllText(Path.Join(Repository.Workloads, "expected", expected + ".txt"), Encoding.UTF8);
        Assert.Equal(text, WithoutTimes(outcome.Output + outcome.Error));
        Assert.Equal(0, outcome.Code);
    }

    /// <summary>The measured seconds replaced by T, as the shared script <c>without-times</c> does it.</summary>
    private static string WithoutTimes(string output) => string.Join('\n', output.Split('\n').Select(line =>
        Total().Replace(Dotted().Replace(Reported().Replace(line, "$1 $2 T"), " T"), "$1 T")));

    [GeneratedRegex("^(PART|TIME) ([^ ]+) [0-9.]+")]
    private static partial Regex Reported();

    [GeneratedRegex("\\.+ +[0-9.]+s")]
    private static partial Regex Dotted();

    [GeneratedRegex("(TOTAL)[. ]+[0-9.]+s")]
    private static partial Regex Total();
}
