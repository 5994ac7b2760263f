using System.Text;

namespace Drydock.Wasm.Text;

/// <summary>
/// Instructions, flat and folded (spec: 6.5). What is open is kept on a stack of its own, so that nesting costs no
/// native stack.
/// </summary>
internal sealed class InstructionParser
{
    private enum FrameKind : byte
    {
        /// <summary>A folded instruction, written once its operands are.</summary>
        Operation,
        FoldedBlock,
        FoldedIf,
        FoldedThen,
        FoldedElse,
        FoldedTry,
        FoldedDo,
        FoldedCatch,
        FlatBlock,
        FlatIf,
        FlatElse,
        FlatTry,
        FlatCatch,
        FlatCatchAll,
    }

    /// <summary>An open instruction.</summary>
    /// <param name="Kind">Kind.</param>
    /// <param name="Label">Label of a block.</param>
    /// <param name="Pending">Where its own bytes start among those waiting for operands.</param>
    /// <param name="Hint">The hint that belongs to the instruction when it is written; -1 for none.</param>
    /// <param name="Stage">How many of its clauses a folded <c>if</c> or <c>try</c> has seen; -1 when no more may
    /// come.</param>
    private readonly record struct Frame(FrameKind Kind, string? Label = null, int Pending = 0, int Stage = 0,
        int Hint = NoHint);

    private const int NoHint = -1;

    private readonly TextCursor _cursor;
    private readonly TypeParser _types;
    private readonly ImmediateParser _immediates;
    private readonly LabelStack _labels = new();
    private readonly List<Frame> _frames = [];
    private readonly ModuleEmitter _pending = new();
    private readonly ModuleEmitter _code;

    public InstructionParser(TextCursor cursor, TypeParser types, ModuleScope scope, IndexSpace locals,
        ModuleEmitter code)
    {
        (_cursor, _types, _code) = (cursor, types, code);
        _immediates = new ImmediateParser(cursor, types, scope, locals, _labels);
    }

    /// <summary>Whether a data segment was named.</summary>
    public bool UsesData => _immediates.UsesData;

    /// <summary>The names of the labels.</summary>
    public IReadOnlyList<(uint Index, string Name)> LabelNames => _labels.Names;

    /// <summary>
    /// The branches that have a hint: where their instruction starts in the code written to, and the hint.
    /// </summary>
    public List<(int Offset, byte Hint)> BranchHints { get; } = [];

    /// <summary>Instructions up to the token <paramref name="end"/>, without the final <c>end</c>.</summary>
    public void Parse(int end)
    {
        while (_cursor.Position < end) Next();
        if (_frames.Count > 0) throw _cursor.Unexpected();
    }

    private Frame Top => _frames.Count > 0 ? _frames[^1] : new Frame(FrameKind.FlatBlock);

    private void Next()
    {
        switch (_cursor.Kind)
        {
            case TokenKind.LeftParenthesis: OpenFolded(TakeHint(1)); break;
            case TokenKind.RightParenthesis: CloseFolded(); break;
            case TokenKind.Keyword: Flat(TakeHint(0)); break;
            default: throw _cursor.Unexpected();
        }
    }

    /// <summary>The hint before the instruction whose keyword is so many tokens away, or none.</summary>
    private int TakeHint(int distance)
    {
        var hints = _cursor.Tokens.Annotations.Take(AnnotationKind.BranchHint, _cursor.Position);
        if (hints.Count == 0) return NoHint;
        if (hints.Count > 1)
            throw _cursor.Tokens.ErrorAt(hints[1].Start, "@metadata.code.branch_hint annotation: duplicate annotation");
        var keyword = _cursor.Tokens.TextOf(_cursor.Tokens[_cursor.Position + distance]);
        if (!keyword.SequenceEqual("if"u8) && !keyword.SequenceEqual("br_if"u8))
            throw _cursor.Tokens.ErrorAt(hints[0].Start, "@metadata.code.branch_hint annotation: invalid target");
        return AnnotationParser.BranchHint(_cursor.Tokens, hints[0]);
    }

    /// <summary>Notes a hint for the instruction that is written next.</summary>
    private void AddHint(int hint)
    {
        if (hint != NoHint) BranchHints.Add((_code.Length, (byte)hint));
    }

    private void OpenFolded(int hint)
    {
        _cursor.Position++;
        switch (Top)
        {
            case { Kind: FrameKind.FoldedIf, Stage: 0 } when _cursor.TryKeyword("then"u8): OpenThen(); break;
            case { Kind: FrameKind.FoldedIf, Stage: 1 } when _cursor.TryKeyword("else"u8): OpenElse(); break;
            case { Kind: FrameKind.FoldedIf, Stage: not 0 }: throw _cursor.Unexpected();
            case { Kind: FrameKind.FoldedTry }: OpenTryClause(); break;
            default: OpenInstruction(hint); break;
        }
    }

    private void OpenThen()
    {
        Release(Top);
        _labels.Push(Top.Label);
        _frames[^1] = Top with { Stage = 1 };
        _frames.Add(new Frame(FrameKind.FoldedThen));
    }

    private void OpenElse()
    {
        _code.Instruction(Opcode.Else);
        _frames[^1] = Top with { Stage = -1 };
        _frames.Add(new Frame(FrameKind.FoldedElse));
    }

    private void OpenTryClause()
    {
        if (Top.Stage == 0 && _cursor.TryKeyword("do"u8)) OpenClause(FrameKind.FoldedDo, 1);
        else if (Top.Stage == 1 && _cursor.TryKeyword("delegate"u8)) FoldedDelegate();
        else if (Top.Stage > 0 && _cursor.TryKeyword("catch"u8)) OpenCatch();
        else if (Top.Stage > 0 && _cursor.TryKeyword("catch_all"u8)) OpenCatchAll();
        else throw _cursor.Unexpected();
    }

    private void OpenClause(FrameKind kind, int stage)
    {
        _frames[^1] = Top with { Stage = stage };
        _frames.Add(new Frame(kind));
    }

    private void OpenCatch()
    {
        _code.Instruction(Opcode.Catch);
        _code.Unsigned(_immediates.Tag());
        OpenClause(FrameKind.FoldedCatch, 2);
    }

    private void OpenCatchAll()
    {
        _code.Instruction(Opcode.CatchAll);
        OpenClause(FrameKind.FoldedCatch, -1);
    }

    private void FoldedDelegate()
    {
        _labels.Pop();
        _code.Instruction(Opcode.Delegate);
        _code.Unsigned(_labels.Resolve(_cursor));
        _cursor.Close();
        _cursor.Close();
        _frames.RemoveAt(_frames.Count - 1);
    }

    private void OpenInstruction(int hint)
    {
        var instruction = Instruction();
        switch (instruction.Row.Opcode)
        {
            case Opcode.Block or Opcode.Loop or Opcode.TryTable: OpenBlock(instruction, FrameKind.FoldedBlock); break;
            case Opcode.Try: OpenBlock(instruction, FrameKind.FoldedTry); break;
            case Opcode.If: OpenIf(instruction, hint); break;
            case var opcode when IsDelimiter(opcode):
                throw _cursor.ErrorBefore("unexpected token " + instruction.Row.Name);
            default: OpenOperation(instruction, hint); break;
        }
    }

    private void OpenOperation(NamedInstruction instruction, int hint)
    {
        var pending = _pending.Length;
        _immediates.Emit(_pending, instruction);
        _frames.Add(new Frame(FrameKind.Operation, null, pending, Hint: hint));
    }

    /// <summary>A folded <c>if</c>: its condition comes first, and does not see its label.</summary>
    private void OpenIf(NamedInstruction instruction, int hint)
    {
        var pending = _pending.Length;
        var label = _cursor.TryIdentifier();
        _pending.Instruction(instruction.Row.Opcode);
        _types.BlockType(_pending);
        _frames.Add(new Frame(FrameKind.FoldedIf, label, pending, Hint: hint));
    }

    private void OpenBlock(NamedInstruction instruction, FrameKind kind)
    {
        var label = _cursor.TryIdentifier();
        _code.Instruction(instruction.Row.Opcode);
        _types.BlockType(_code);
        if (instruction.Row.Opcode == Opcode.TryTable) _immediates.Catches(_code);
        _labels.Push(label);
        _frames.Add(new Frame(kind, label));
    }

    private void CloseFolded()
    {
        var top = Top;
        if (_frames.Count == 0 || top.Kind >= FrameKind.FlatBlock || IsIncomplete(top)) throw _cursor.Unexpected();
        _cursor.Position++;
        _frames.RemoveAt(_frames.Count - 1);
        if (top.Kind == FrameKind.Operation) Release(top);
        else if (top.Kind is FrameKind.FoldedBlock or FrameKind.FoldedIf or FrameKind.FoldedTry) EndBlock();
    }

    private static bool IsIncomplete(Frame frame) =>
        frame is { Kind: FrameKind.FoldedIf or FrameKind.FoldedTry, Stage: 0 };

    private void EndBlock()
    {
        _labels.Pop();
        _code.Instruction(Opcode.End);
    }

    private void Release(Frame frame)
    {
        AddHint(frame.Hint);
        ReleasePending(frame.Pending);
    }

    private void ReleasePending(int start)
    {
        _code.Bytes(_pending.Written[start..]);
        _pending.Truncate(start);
    }

    private void Flat(int hint)
    {
        if (Top.Kind is FrameKind.Operation or FrameKind.FoldedIf or FrameKind.FoldedTry) throw _cursor.Unexpected();
        AddHint(hint);
        var instruction = Instruction();
        switch (instruction.Row.Opcode)
        {
            case Opcode.Block or Opcode.Loop or Opcode.TryTable: OpenBlock(instruction, FrameKind.FlatBlock); break;
            case Opcode.If: OpenBlock(instruction, FrameKind.FlatIf); break;
            case Opcode.Try: OpenBlock(instruction, FrameKind.FlatTry); break;
            case var opcode when IsDelimiter(opcode): Delimiter(opcode); break;
            default: _immediates.Emit(_code, instruction); break;
        }
    }

    private static bool IsDelimiter(Opcode opcode) =>
        opcode is Opcode.Else or Opcode.End or Opcode.Catch or Opcode.CatchAll or Opcode.Delegate;

    private void Delimiter(Opcode opcode)
    {
        if (_frames.Count == 0 || !Fits(opcode, Top.Kind))
            throw _cursor.ErrorBefore($"unexpected token, nothing is open for it");
        _code.Instruction(opcode);
        switch (opcode)
        {
            case Opcode.Else: Continue(FrameKind.FlatElse); CheckLabel(); break;
            case Opcode.Catch: Continue(FrameKind.FlatCatch); _code.Unsigned(_immediates.Tag()); break;
            case Opcode.CatchAll: Continue(FrameKind.FlatCatchAll); break;
            case Opcode.Delegate: PopFlat(); _code.Unsigned(_labels.Resolve(_cursor)); break;
            default: CheckLabel(); PopFlat(); break;
        }
    }

    private static bool Fits(Opcode opcode, FrameKind open) => opcode switch
    {
        Opcode.Else => open == FrameKind.FlatIf,
        Opcode.Delegate => open == FrameKind.FlatTry,
        Opcode.Catch or Opcode.CatchAll => open is FrameKind.FlatTry or FrameKind.FlatCatch,
        _ => open >= FrameKind.FlatBlock,
    };

    private void Continue(FrameKind kind) => _frames[^1] = Top with { Kind = kind };

    private void PopFlat()
    {
        _labels.Pop();
        _frames.RemoveAt(_frames.Count - 1);
    }

    /// <summary>A label repeated after <c>else</c> or <c>end</c> has to be the block's own.</summary>
    private void CheckLabel()
    {
        if (_cursor.TryIdentifier() is { } label && label != Top.Label)
            throw _cursor.ErrorBefore($"mismatching label ${label}");
    }

    private NamedInstruction Instruction()
    {
        if (_cursor.Kind != TokenKind.Keyword) throw _cursor.Unexpected();
        if (!InstructionNames.TryFind(_cursor.Text, out var instruction)) throw UnknownKeyword();
        _cursor.Position++;
        return instruction;
    }

    private WasmTextException UnknownKeyword()
    {
        var isGrammar = Encoding.UTF8.GetString(_cursor.Text) is
            "param" or "result" or "type" or "local" or "then" or "do" or "item" or "offset" or "import" or "export"
            or "func" or "module" or "ref" or "null" or "mut" or "elem" or "data" or "table" or "memory" or "global";
        return _cursor.Unexpected(isGrammar ? "unexpected token" : "unknown operator");
    }
}
