using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Text;

/// <summary>
/// Instructions around their operands. Folding only moves words: an operand that stands right before its instruction is
/// folded into it, any other stays where it is, so the instructions are the same however much is folded.
/// </summary>
internal sealed class FoldedCodePrinter(WasmModule module, TextWriter output,
    InstructionPrinter instructions) : CodePrinter(output)
{
    private const int LineWidth = 96;
    private const int BodyDepth = 2;

    /// <summary>
    /// A block that is open: its node, the clause of it that is being filled, and what a branch to it carries.
    /// </summary>
    private readonly record struct Frame(FoldedNode? Block, List<FoldedNode> Body, int LabelArity);

    private readonly TextWriter _output = output;
    private readonly List<Frame> _frames = [];
    private readonly Arity _arity = new(module);

    public override void Print(ReadOnlySpan<byte> code, FunctionType type)
    {
        var body = Fold(code, type);
        foreach (var node in body) Write(node);
    }

    private List<FoldedNode> Fold(ReadOnlySpan<byte> code, FunctionType type)
    {
        var body = new List<FoldedNode>();
        _frames.Clear();
        _frames.Add(new Frame(null, body, type.Results.Length));
        var reader = new InstructionReader(code);
        while (_frames.Count > 0) Next(ref reader);
        return body;
    }

    private void Next(ref InstructionReader reader)
    {
        var opcode = reader.ReadOpcode();
        switch (opcode)
        {
            case Opcode.Block or Opcode.Loop or Opcode.If or Opcode.Try or Opcode.TryTable:
                Open(opcode, ref reader); break;
            case Opcode.Else or Opcode.Catch or Opcode.CatchAll: Continue(Text(opcode, ref reader)); break;
            case Opcode.Delegate: Delegate(ref reader); break;
            case Opcode.End: End(); break;
            default: Operation(opcode, ref reader); break;
        }
    }

    private string Text(Opcode opcode, ref InstructionReader reader) =>
        instructions.Print(InstructionNames.Of(opcode), ref reader);

    private void Open(Opcode opcode, ref InstructionReader reader)
    {
        var start = reader;
        var (parameters, results) = _arity.Of(start.ReadBlockType());
        var node = new FoldedNode(Text(opcode, ref reader)) { Values = results };
        node.Spread();
        if (opcode == Opcode.If) TakeOperands(node, 1);
        _frames[^1].Body.Add(node);
        var clause = opcode switch
        {
            Opcode.If => AddClause(node, "then"),
            Opcode.Try => AddClause(node, "do"),
            _ => null
        };
        _frames.Add(new Frame(node, (clause ?? node).Open(), opcode == Opcode.Loop ? parameters : results));
    }

    private static FoldedNode AddClause(FoldedNode block, string text)
    {
        var clause = new FoldedNode(text);
        block.Add(clause);
        return clause;
    }

    private void Continue(string text)
    {
        var frame = _frames[^1];
        _frames[^1] = frame with { Body = AddClause(frame.Block!, text).Open() };
    }

    private void Delegate(ref InstructionReader reader)
    {
        var frame = Pop();
        instructions.Leave();
        AddClause(frame.Block!, Text(Opcode.Delegate, ref reader));
    }

    private void End()
    {
        if (Pop().Block is not null) instructions.Leave();
    }

    private Frame Pop()
    {
        var frame = _frames[^1];
        _frames.RemoveAt(_frames.Count - 1);
        return frame;
    }

    private void Operation(Opcode opcode, ref InstructionReader reader)
    {
        var start = reader;
        var node = new FoldedNode(Text(opcode, ref reader));
        var (operands, results) = _arity.Of(opcode, ref start, LabelArity);
        TakeOperands(node, operands);
        node.Values = results;
        _frames[^1].Body.Add(node);
    }

    /// <summary>What a branch to a label carries; the label beyond all is the function's.</summary>
    private int LabelArity(uint label) =>
        _frames[_frames.Count - 1 - (int)Math.Min(label, (uint)_frames.Count - 1)].LabelArity;

    /// <summary>Moves the nodes that give the last operands from before the instruction into it.</summary>
    private void TakeOperands(FoldedNode node, int count)
    {
        var body = _frames[^1].Body;
        var first = body.Count;
        while (first > 0 && body[first - 1].Values is > 0 and var values && values <= count)
        {
            count -= values;
            first--;
        }

        for (var i = first; i < body.Count; i++) node.Add(body[i]);
        body.RemoveRange(first, body.Count - first);
    }

    // ---- writing; what is open is kept on a stack of its own, so that nesting costs no native stack

    private void Write(FoldedNode root)
    {
        var open = new Stack<(FoldedNode Node, int Next)>();
        Start(root, open);
        while (open.TryPop(out var top))
        {
            if (top.Next == top.Node.Children.Count)
            {
                _output.Write(')');
                continue;
            }

            open.Push((top.Node, top.Next + 1));
            Start(top.Node.Children[top.Next], open);
        }
    }

    private void Start(FoldedNode node, Stack<(FoldedNode Node, int Next)> open)
    {
        StartLine(BodyDepth + open.Count);
        if (node.Width <= LineWidth) WriteOnOneLine(node);
        else
        {
            _output.Write('(');
            _output.Write(node.Text);
            open.Push((node, 0));
        }
    }

    /// <summary>The width bounds the depth.</summary>
    private void WriteOnOneLine(FoldedNode node)
    {
        _output.Write('(');
        _output.Write(node.Text);
        foreach (var child in node.Children)
        {
            _output.Write(' ');
            WriteOnOneLine(child);
        }

        _output.Write(')');
    }
}
