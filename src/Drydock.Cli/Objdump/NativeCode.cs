using System.Globalization;
using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Runtime;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Cli.Objdump;

/// <summary>
/// The machine code of functions. Disassembled by binutils' <c>objdump</c> where that is installed, since a
/// disassembler of our own would be a third of the executable; else as bytes. Traps and calls are told beside it.
/// </summary>
internal static class NativeCode
{
    private const int BytesALine = 16;

    public static void Print(WasmModule module, IEnumerable<int> bodies, TextWriter output)
    {
        var unit = new CompilationUnit(module, new VmContextLayout(module),
            new CompilerSettings { Features = Processor.Features });
        var compiler = new BaselineCompiler();
        var disassembler = new Disassembler(module, output);
        foreach (int body in bodies)
        {
            disassembler.PrintHead(body);
            Print(Compile(compiler, unit, body), output);
        }
    }

    private static FunctionCode? Compile(BaselineCompiler compiler, CompilationUnit unit, int body)
    {
        try
        {
            return compiler.Compile(unit, body);
        }
        catch (CompilationException)
        {
            return null;
        }
    }

    private static void Print(FunctionCode? code, TextWriter output)
    {
        if (code is null)
        {
            output.Write("  not supported by the baseline compiler\n");
            return;
        }
        Dictionary<int, string> notes = Notes(code);
        foreach ((int offset, string text) in Binutils.Disassemble(code.Text) ?? Hexadecimal(code.Text))
        {
            string note = notes.Remove(offset, out string? found) ? "  ; " + found : "";
            output.Write(string.Create(CultureInfo.InvariantCulture, $" {offset,6:x}: {text}{note}\n"));
        }
        foreach ((int offset, string note) in notes.OrderBy(pair => pair.Key))
            output.Write(string.Create(CultureInfo.InvariantCulture, $" {offset,6:x}  ; {note}\n"));
    }

    private static Dictionary<int, string> Notes(FunctionCode code)
    {
        var notes = new Dictionary<int, string>();
        foreach (CodeSite site in code.Sites)
        {
            string what = site.Code == TrapCode.None ? "returns here" : $"traps: {site.Code}";
            notes[site.Offset] = string.Create(CultureInfo.InvariantCulture, $"{what} (wasm {site.WasmOffset:x6})");
        }
        foreach (CallSite call in code.Calls)
            notes[call.Offset] = string.Create(CultureInfo.InvariantCulture, $"calls func[{call.Function}]");
        return notes;
    }

    private static IEnumerable<(int Offset, string Text)> Hexadecimal(byte[] code)
    {
        for (int start = 0; start < code.Length; start += BytesALine)
            yield return (start, Convert.ToHexStringLower(code.AsSpan(start,
                Math.Min(BytesALine, code.Length - start))));
    }
}
