namespace Drydock.Wasm.Text;

/// <summary>The kinds of token (spec: 6.3.1). Numbers are told from keywords by their first character alone.</summary>
internal enum TokenKind : byte
{
    End,
    LeftParenthesis,
    RightParenthesis,
    Keyword,
    Number,
    Identifier,
    String,
    Reserved,
}

/// <summary>A token: a range of the source, and for a left parenthesis the token that closes it.</summary>
/// <param name="Kind">Kind.</param>
/// <param name="Start">Offset of its first byte.</param>
/// <param name="Length">Length in bytes.</param>
/// <param name="Match">For a left parenthesis the index of the token that closes it.</param>
internal readonly record struct Token(TokenKind Kind, int Start, int Length, int Match = -1);

/// <summary>A whole source, split into tokens; the last one is <see cref="TokenKind.End"/>.</summary>
internal sealed class TokenStream(byte[] source, List<Token> tokens, AnnotationList annotations)
{
    public AnnotationList Annotations { get; } = annotations;
    public byte[] Source { get; } = source;
    public int Count => tokens.Count;
    public Token this[int index] => tokens[index];

    public ReadOnlySpan<byte> TextOf(Token token) => Source.AsSpan(token.Start, token.Length);

    public int LineOf(int tokenIndex) => SourcePosition.Find(Source, tokens[tokenIndex].Start).Line;

    public WasmTextException Error(int tokenIndex, string message) => ErrorAt(tokens[tokenIndex].Start, message);

    public WasmTextException ErrorAt(int offset, string message) => SourcePosition.Error(Source, offset, message);
}

/// <summary>Line and column of an offset, found only when something has to be reported.</summary>
internal readonly record struct SourcePosition(int Line, int Column)
{
    public static SourcePosition Find(ReadOnlySpan<byte> source, int offset)
    {
        var before = source[..offset];
        return new SourcePosition(before.Count((byte)'\n') + 1, offset - before.LastIndexOf((byte)'\n'));
    }

    public static WasmTextException Error(ReadOnlySpan<byte> source, int offset, string message)
    {
        var position = Find(source, offset);
        return new WasmTextException(message, position.Line, position.Column);
    }
}
