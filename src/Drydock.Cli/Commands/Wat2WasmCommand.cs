using System.CommandLine;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock wat2wasm</c>: assembles a module from the text format.</summary>
internal static class Wat2WasmCommand
{
    private static readonly Argument<string> Input =
        new("FILE") { Description = "A module as text; - for standard input" };
    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "File to write; unless given, FILE with .wasm for its extension, in the current directory",
        HelpName = "FILE",
    };
    private static readonly Option<bool> Names =
        new("--names") { Description = "Keep all identifiers in the name section" };
    private static readonly Option<bool> NoCheck =
        new("--no-check") { Description = "Write the module even if it is not valid" };

    public static Command Create()
    {
        var command = new Command("wat2wasm", "Assemble a module from the text format") { Input, Output, Names,
            NoCheck };
        command.SetAction(Run);
        return command.WithExamples(
            "drydock wat2wasm app.wat", "drydock wat2wasm --names app.wat -o app.wasm",
                "echo '(module)' | drydock wat2wasm - -o empty.wasm");
    }

    private static void Run(ParseResult result)
    {
        string path = result.GetRequiredValue(Input);
        TextNames names = result.GetValue(Names) ? TextNames.All : TextNames.None;
        byte[] binary = ModuleFile.Assemble(path, ModuleFile.Read(path), names);
        if (!result.GetValue(NoCheck)) ModuleFile.Decode(path, binary, WasmFeatures.All);
        ModuleFile.Write(result.GetValue(Output) ?? OutputOf(path), output => output.Write(binary));
    }

    private static string OutputOf(string input) =>
        input == ModuleFile.Standard ? input : Path.GetFileNameWithoutExtension(input) + ".wasm";
}
