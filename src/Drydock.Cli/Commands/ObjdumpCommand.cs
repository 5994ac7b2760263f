using System.CommandLine;
using Drydock.Cli.Objdump;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock objdump</c>: shows what is inside a module.</summary>
internal static class ObjdumpCommand
{
    private static readonly Argument<string> Input =
        new("FILE") { Description = "A module, binary or text; - for standard input" };
    private static readonly Option<bool> Disassemble = new("--disassemble", "-d")
    {
        Description = "Show the instructions with their offsets and bytes",
    };
    private static readonly Option<bool> Native = new("--native")
    {
        Description = "Show the machine code that functions are compiled to",
    };
    private static readonly Option<int?> Function = new("--function")
    {
        Description = "Show this function only, by its index",
        HelpName = "INDEX",
    };

    public static Command Create()
    {
        var command = new Command("objdump", "Show the sections and the code of a module") { Input, Disassemble, Native,
            Function };
        command.SetAction(Run);
        return command.WithExamples("drydock objdump app.wasm", "drydock objdump -d app.wasm",
            "drydock objdump --native --function 3 app.wasm");
    }

    private static void Run(ParseResult result)
    {
        WasmModule module = ModuleFile.Decode(result.GetRequiredValue(Input));
        IEnumerable<int> bodies = Bodies(module, result.GetValue(Function));
        ModuleFile.WriteText(ModuleFile.Standard, output =>
        {
            if (result.GetValue(Native)) NativeCode.Print(module, bodies, output);
            else if (result.GetValue(Disassemble)) Print(module, bodies, output);
            else SectionTable.Print(module, output);
        });
    }

    private static void Print(WasmModule module, IEnumerable<int> bodies, TextWriter output)
    {
        var disassembler = new Disassembler(module, output);
        foreach (int body in bodies) disassembler.Print(body);
    }

    private static IEnumerable<int> Bodies(WasmModule module, int? function)
    {
        if (function is not { } index) return Sequences.Range(0, module.Bodies.Length);
        int body = index - module.ImportedFunctionCount;
        return (uint)body < (uint)module.Bodies.Length ? [body] : throw new UserError(body < 0 && index >= 0
            ? $"function {index} is imported and has no code here"
            : $"there is no function {index}: the last is {module.Functions.Length - 1}");
    }
}
