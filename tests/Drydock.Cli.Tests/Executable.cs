using System.Diagnostics;
using System.Text;

namespace Drydock.Cli.Tests;

/// <summary>What a run of the published executable left behind.</summary>
internal sealed record Outcome(int Code, string Output, string Error);

/// <summary>Runs the published executable, as a user does.</summary>
internal static class Executable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Runs it with no environment but what is given, and an empty standard input unless there is some.
    /// </summary>
    public static Outcome Run(
        IEnumerable<string> arguments, byte[]? input = null, string? store = null, IReadOnlyDictionary<string,
        string>? environment = null)
    {
        var start = new ProcessStartInfo(Repository.Executable, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardOutputEncoding = Encoding.UTF8,
            StandardErrorEncoding = Encoding.UTF8,
        };
        if (store is not null) start.Environment["DRYDOCK_ROOT"] = store;
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;
        using Process process = Process.Start(start)!;
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> error = process.StandardError.ReadToEndAsync();
        Feed(process, input ?? []);
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            Assert.Fail($"drydock {string.Join(' ', start.ArgumentList)} ran for more than {Patience}");
        }
        return new(process.ExitCode, output.Result, error.Result);
    }

    public static Outcome Run(params string[] arguments) => Run(arguments, input: null);

    private static void Feed(Process process, byte[] input)
    {
        try
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // A guest need not read what it is given.
        }
    }
}

/// <summary>A test that needs a file which not every machine has: skipped, by name, without it.</summary>
internal sealed class NeedsFactAttribute : FactAttribute
{
    public NeedsFactAttribute(string path) => Skip = Needed.Missing(path);
}

/// <summary>A theory that needs a file which not every machine has: skipped, by name, without it.</summary>
internal sealed class NeedsTheoryAttribute : TheoryAttribute
{
    public NeedsTheoryAttribute(string path) => Skip = Needed.Missing(path);
}

internal static class Needed
{
    /// <summary>The shared programs.</summary>
    public const string Workloads = "workloads";
    /// <summary>The C, C++ and Rust programs that <c>scripts/build-guests</c> builds.</summary>
    public const string Guests = "tests/guests/bin";

    public static string? Missing(string what)
    {
        string path = what == Workloads ? Repository.Workloads : Path.Join(Repository.Root, what);
        return Directory.Exists(path) ? null : $"{path} is absent";
    }
}
