using System.Globalization;
using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Text;

/// <summary>
/// Prints code with the offset and the bytes of every instruction, as <c>drydock objdump -d</c> shows it.
/// </summary>
public sealed class Disassembler
{
    private const int BytesALine = 9;
    private const int DeepestIndent = 40;

    private readonly WasmModule _module;
    private readonly TextWriter _output;
    private readonly ModuleIdentifiers _identifiers;
    private readonly InstructionPrinter _instructions;

    /// <summary>A disassembler of a module's functions.</summary>
    public Disassembler(WasmModule module, TextWriter output)
    {
        (_module, _output) = (module, output);
        _identifiers = new ModuleIdentifiers(module);
        _instructions = new InstructionPrinter(_identifiers, new TypePrinter(module, _identifiers));
    }

    /// <summary>
    /// Prints the line that begins a function: the offset of its instructions, its index and its name.
    /// </summary>
    public void PrintHead(int body)
    {
        var index = _module.ImportedFunctionCount + body;
        var name = _module.Names.Function(index) is { Length: > 0 } given ? $" <{TextEscapes.Name(given)[1..^1]}>" : "";
        _output.Write(string.Create(CultureInfo.InvariantCulture,
            $"\n{_module.Bodies[body].Code.Offset:x6} func[{index}]{name}:\n"));
    }

    /// <summary>Prints the instructions of a function, an index into <see cref="WasmModule.Bodies"/>.</summary>
    public void Print(int body)
    {
        PrintHead(body);
        var definition = _module.Bodies[body];
        var function = _module.ImportedFunctionCount + body;
        var count = _module.FunctionTypeOf(function).Parameters.Length + definition.Locals.Sum(run => run.Count);
        _instructions.Begin(_identifiers.Locals(function, count), label => _module.Names.Label(function, label));
        var code = _module.BytesOf(definition.Code);
        var reader = new InstructionReader(code);
        while (!reader.AtEnd)
        {
            var start = reader.Position;
            var (text, depth) = Next(ref reader);
            Line(definition.Code.Offset + start, code[start..reader.Position], text, depth);
        }
    }

    private (string Text, int Depth) Next(ref InstructionReader reader)
    {
        var opcode = reader.ReadOpcode();
        if (opcode is Opcode.End or Opcode.Delegate && _instructions.Depth > 0) _instructions.Leave();
        var depth = _instructions.Depth - (opcode is Opcode.Else or Opcode.Catch or Opcode.CatchAll ? 1 : 0);
        return (_instructions.Print(InstructionNames.Of(opcode), ref reader), Math.Min(depth, DeepestIndent));
    }

    /// <summary>Bytes beyond the first line stand below, without a text.</summary>
    private void Line(int offset, ReadOnlySpan<byte> bytes, string text, int depth)
    {
        for (var start = 0; start < bytes.Length; start += BytesALine)
        {
            var part = bytes.Slice(start, Math.Min(BytesALine, bytes.Length - start));
            _output.Write(string.Create(CultureInfo.InvariantCulture, $" {offset + start:x6}:"));
            foreach (var value in part) _output.Write(string.Create(CultureInfo.InvariantCulture, $" {value:x2}"));
            _output.Write(new string(' ', 3 * (BytesALine - part.Length)));
            _output.Write(start == 0 ? $" | {new string(' ', 2 * depth)}{text}\n" : " |\n");
        }
    }
}
