using System.CommandLine;
using System.Diagnostics;
using Drydock.Cli.Wast;
using Drydock.Wasm;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock wast</c>: runs test scripts of the specification.</summary>
internal static class WastCommand
{
    private const int DefaultTimeout = 60;

    private static readonly Argument<string[]> Paths = new("FILE|DIR")
    {
        Description = "Scripts, or folders of them",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<string> Features = FeatureOption.Create();
    private static readonly Option<string> Filter = new("--filter")
    {
        Description = "Run only files whose path contains this",
        HelpName = "TEXT",
    };
    private static readonly Option<int> Jobs = new("--jobs", "-j")
    {
        Description = "Processes at a time; the number of processors unless given",
        HelpName = "N",
    };
    private static readonly Option<int> Timeout = new("--timeout")
    {
        Description = $"Seconds that one command may take; {DefaultTimeout} unless given",
        HelpName = "SECONDS",
    };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Print the summary alone" };
    private static readonly Option<bool> IsWorker = new("--worker") { Hidden = true };

    public static Command Create()
    {
        var command = new Command("wast", "Run test scripts of the WebAssembly specification")
        {
            Paths, Features, Filter, Jobs, Timeout, Quiet, IsWorker,
        };
        command.SetAction(Run);
        return command.WithExamples(
            "drydock wast i32.wast",
            "drydock wast --filter simd test/core",
            "drydock wast --features all,-threads test/core");
    }

    /// <summary>0 if everything passed, 1 if something failed.</summary>
    private static int Run(ParseResult result)
    {
        WasmFeatures features = FeatureOption.Get(result, Features) ?? WasmFeatures.All;
        if (result.GetValue(IsWorker)) return Worker.Run(features);
        var watch = Stopwatch.StartNew();
        var options = new WastOptions(
            result.GetRequiredValue(Paths),
            result.GetValue(Filter),
            features,
            Positive(result.GetValue(Jobs), Environment.ProcessorCount),
            TimeSpan.FromSeconds(Positive(result.GetValue(Timeout), DefaultTimeout)),
            result.GetValue(Quiet));
        IReadOnlyList<ScriptGroup> groups = ScriptFiles.Find(options);
        Supervisor.Run(groups.SelectMany(group => group.Files), options);
        return Report.Print(groups, options.Quiet, watch.Elapsed) ? ExitCode.Success : 1;
    }

    private static int Positive(int given, int otherwise) =>
        given < 0 ? throw new UserError($"{given} is not a number above zero") : given == 0 ? otherwise : given;
}
