using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Text;

/// <summary>The body of a function as text.</summary>
internal abstract class CodePrinter(TextWriter output)
{
    /// <summary>
    /// Deeper code is not indented any further: else the text would grow with the square of the depth.
    /// </summary>
    private const int DeepestIndent = 40;

    private static readonly string[] Indents =
        [.. Sequences.Range(0, DeepestIndent + 1).Select(depth => "\n" + new string(' ', 2 * depth))];

    /// <summary>Prints instructions up to and without the last <c>end</c>.</summary>
    public abstract void Print(ReadOnlySpan<byte> code, FunctionType type);

    protected void StartLine(int depth) => output.Write(Indents[Math.Min(depth, DeepestIndent)]);
}

/// <summary>One instruction a line, as the binary has them.</summary>
internal sealed class FlatCodePrinter(TextWriter output, InstructionPrinter instructions) : CodePrinter(output)
{
    private const int BodyDepth = 2;

    private readonly TextWriter _output = output;

    public override void Print(ReadOnlySpan<byte> code, FunctionType type)
    {
        var reader = new InstructionReader(code);
        while (!reader.AtEnd)
        {
            var opcode = reader.ReadOpcode();
            if (opcode == Opcode.End && instructions.Depth == 0) return;
            Print(opcode, ref reader);
        }
    }

    private void Print(Opcode opcode, ref InstructionReader reader)
    {
        if (opcode is Opcode.End or Opcode.Delegate) instructions.Leave();
        var outdent = opcode is Opcode.Else or Opcode.Catch or Opcode.CatchAll ? 1 : 0;
        StartLine(BodyDepth + instructions.Depth - outdent);
        _output.Write(instructions.Print(InstructionNames.Of(opcode), ref reader));
    }
}
