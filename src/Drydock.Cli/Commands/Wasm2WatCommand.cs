using System.CommandLine;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock wasm2wat</c>: prints a module in the text format.</summary>
internal static class Wasm2WatCommand
{
    private static readonly Argument<string> Input = new("FILE") { Description = "A module; - for standard input" };
    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "File to write; standard output unless given",
        HelpName = "FILE",
    };
    private static readonly Option<bool> Fold = new("--fold", "-f")
    {
        Description = "Write instructions around their operands",
    };

    public static Command Create()
    {
        var command = new Command("wasm2wat", "Print a module in the text format") { Input, Output, Fold };
        command.SetAction(result =>
        {
            WasmModule module = ModuleFile.Decode(result.GetRequiredValue(Input));
            var options = new PrintOptions { IsFolded = result.GetValue(Fold) };
            ModuleFile.WriteText(
                result.GetValue(Output) ?? ModuleFile.Standard, output => ModulePrinter.Print(module, output, options));
        });
        return command.WithExamples("drydock wasm2wat app.wasm | less", "drydock wasm2wat --fold app.wasm -o app.wat");
    }
}
