using System.CommandLine;
using Drydock.Wasm;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock validate</c>: checks modules.</summary>
internal static class ValidateCommand
{
    private static readonly Argument<string[]> Files = new("FILE")
    {
        Description = "Modules, binary or text; - for standard input",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<string> Features = FeatureOption.Create();

    public static Command Create()
    {
        var command = new Command("validate", "Check that modules are valid") { Files, Features };
        command.SetAction(Run);
        return command.WithExamples("drydock validate app.wasm",
            "drydock validate --features 2.0 app.wasm && echo fine");
    }

    /// <summary>Checks every file, and ends with the code of the first that fails.</summary>
    private static int Run(ParseResult result)
    {
        WasmFeatures features = FeatureOption.Get(result, Features) ?? WasmFeatures.All;
        int code = ExitCode.Success;
        foreach (string file in result.GetRequiredValue(Files))
        {
            try
            {
                ModuleFile.Decode(file, features);
            }
            catch (UserError e)
            {
                Terminal.Error("validate: " + e.Message);
                if (code == ExitCode.Success) code = e.ExitCode;
            }
        }
        return code;
    }
}
