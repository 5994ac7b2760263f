using System.Diagnostics;

namespace Drydock.Cli.Tests;

/// <summary>What goes wrong with any command: one line says it, and the exit code tells.</summary>
public sealed class CommandLineTests : TemporaryDirectory
{
    /// <summary>As a script has it whose variable is not set.</summary>
    [Theory]
    [InlineData("validate")]
    [InlineData("objdump")]
    [InlineData("wat2wasm")]
    [InlineData("wasm2wat")]
    [InlineData("import")]
    public void An_empty_file_name_is_refused_in_words(string command)
    {
        Outcome outcome = Drydock(command, "");
        Assert.Equal(new(125, "", $"drydock: {command}: the name of a file is empty, or has a zero byte\n"), outcome);
    }

    [Theory]
    [InlineData("version")]
    [InlineData("images")]
    [InlineData("--help")]
    [InlineData("info")]
    public void Output_that_is_lost_is_an_error(string command)
    {
        Outcome outcome = Shell($"'{Repository.Executable}' {command} >/dev/full");
        Assert.Equal(125, outcome.Code);
        Assert.EndsWith("no space left on device\n", outcome.Error, StringComparison.OrdinalIgnoreCase);
        Assert.Single(outcome.Error.TrimEnd().Split('\n'));
    }

    [Fact]
    public void A_closed_output_is_an_error_and_a_reader_that_has_left_is_none()
    {
        Assert.Equal(125, Shell($"'{Repository.Executable}' version >&-").Code);
        Assert.Equal(new(0, "", ""), Shell($"{{ sleep 0.2; '{Repository.Executable}' version; }} | true"));
    }

    private Outcome Shell(string script)
    {
        var start = new ProcessStartInfo("bash", ["-c", $"set -o pipefail; {script}"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["DRYDOCK_ROOT"] = Store },
        };
        using Process process = Process.Start(start)!;
        string output = process.StandardOutput.ReadToEnd(), error = process.StandardError.ReadToEnd();
        process.WaitForExit();
        return new(process.ExitCode, output, error);
    }
}
