using System.Buffers;
using System.Text.Unicode;

namespace Drydock.Wasm.Text;

/// <summary>
/// Splits UTF-8 text into tokens (spec: 6.3). Comments are dropped, annotations with a meaning are put aside,
/// parentheses are matched, so that what comes after can skip a parenthesised form in one step and nesting costs no
/// stack.
/// </summary>
internal sealed class Lexer
{
    private static readonly SearchValues<byte> IdentifierCharacters = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-./:<=>?@\\^_`|~"u8);

    private readonly byte[] _source;
    private readonly List<Token> _tokens;
    private readonly Stack<int> _open = new();
    private readonly AnnotationList _annotations = new();
    private readonly int _end;
    private int _position;

    private Lexer(byte[] source, ByteRange range)
    {
        _source = source;
        (_position, _end) = (range.Offset, range.Offset + range.Length);
        _tokens = new List<Token>((range.Length / 6) + 4);
    }

    public static TokenStream Tokenize(byte[] source)
    {
        if (!Utf8.IsValid(source)) throw SourcePosition.Error(source, 0, "malformed UTF-8 encoding");
        return new Lexer(source, new ByteRange(0, source.Length)).Run();
    }

    /// <summary>The tokens of a part of a source that was split before.</summary>
    public static TokenStream Tokenize(byte[] source, ByteRange range) => new Lexer(source, range).Run();

    private TokenStream Run()
    {
        while (SkipBlank()) Next();
        if (_open.TryPop(out var unclosed))
            throw Error(_tokens[unclosed].Start, "unexpected end, unclosed parenthesis");
        _tokens.Add(new Token(TokenKind.End, _end, 0));
        return new TokenStream(_source, _tokens, _annotations);
    }

    private void Next()
    {
        if (_source[_position] == ')') CloseParenthesis();
        else if (_source[_position] != '(') AddWord();
        else if (PeekAt(1) == '@') SkipAnnotation();
        else OpenParenthesis();
    }

    private void OpenParenthesis()
    {
        _open.Push(_tokens.Count);
        _tokens.Add(new Token(TokenKind.LeftParenthesis, _position++, 1));
    }

    private void CloseParenthesis()
    {
        if (!_open.TryPop(out var open)) throw Error(_position, "unexpected token )");
        _tokens[open] = _tokens[open] with { Match = _tokens.Count };
        _tokens.Add(new Token(TokenKind.RightParenthesis, _position++, 1));
    }

    private void AddWord()
    {
        var start = _position;
        var kind = ScanWord();
        _tokens.Add(new Token(kind, start, _position - start));
    }

    /// <summary>Moves over white space and comments; false at the end of the source.</summary>
    private bool SkipBlank()
    {
        while (_position < _end)
        {
            switch (_source[_position])
            {
                case (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r': _position++; break;
                case (byte)';' when PeekAt(1) == ';': SkipLineComment(); break;
                case (byte)'(' when PeekAt(1) == ';': SkipBlockComment(); break;
                default: return true;
            }
        }

        return false;
    }

    private void SkipLineComment()
    {
        var length = _source.AsSpan(_position).IndexOfAny((byte)'\n', (byte)'\r');
        _position = length < 0 ? _end : Math.Min(_end, _position + length);
    }

    private void SkipBlockComment()
    {
        var start = _position;
        _position += 2;
        for (var depth = 1; depth > 0;)
        {
            var next = _source.AsSpan(_position).IndexOfAny((byte)';', (byte)'(');
            if (next < 0) throw Error(start, "unclosed comment");
            _position += next;
            var opens = _source[_position] == '(' && PeekAt(1) == ';';
            var closes = _source[_position] == ';' && PeekAt(1) == ')';
            depth += opens ? 1 : closes ? -1 : 0;
            _position += opens || closes ? 2 : 1;
        }
    }

    /// <summary>Skips <c>(@id …)</c> (spec: 6.3.7): any tokens, with their parentheses balanced.</summary>
    private void SkipAnnotation()
    {
        var start = _position++;
        var kind = AnnotationName();
        var content = _position;
        for (var depth = 1; depth > 0;)
        {
            if (!SkipBlank()) throw Error(start, "unclosed annotation");
            switch (_source[_position])
            {
                case (byte)'(': depth++; _position++; break;
                case (byte)')': depth--; _position++; break;
                default: ScanWord(); break;
            }
        }

        if (kind is { } known)
            _annotations.Add(new Annotation(known, _tokens.Count, start,
                new ByteRange(content, _position - 1 - content)));
    }

    private AnnotationKind? AnnotationName()
    {
        var start = _position;
        ScanWord();
        var name = _source.AsSpan(start + 1, _position - start - 1);
        if (name.Length == 0 || name.SequenceEqual("\"\""u8)) throw Error(start, "empty annotation id");
        if (name[0] == '"' && !Utf8.IsValid(TextString.Decode(name))) throw Error(start, "malformed UTF-8 encoding");
        if (name.SequenceEqual("custom"u8)) return AnnotationKind.Custom;
        if (name.SequenceEqual("name"u8)) return AnnotationKind.Name;
        return name.SequenceEqual("metadata.code.branch_hint"u8) ? AnnotationKind.BranchHint : null;
    }

    /// <summary>
    /// Moves over the longest run of identifier characters, strings and reserved characters. Only blanks and
    /// parentheses separate tokens, so a run that is not one token as a whole is reserved.
    /// </summary>
    private TokenKind ScanWord()
    {
        var start = _position;
        var strings = 0;
        var reserved = false;
        while (_position < _end)
        {
            var character = _source[_position];
            if (IdentifierCharacters.Contains(character)) SkipIdentifierCharacters();
            else if (character == '"') ScanString(ref strings);
            else if (IsReserved(character)) { reserved = true; _position++; }
            else break;
        }

        if (_position == start) throw Error(start, "illegal character");
        return reserved ? TokenKind.Reserved : Classify(start, strings);
    }

    private void SkipIdentifierCharacters()
    {
        var length = _source.AsSpan(_position).IndexOfAnyExcept(IdentifierCharacters);
        _position = length < 0 ? _source.Length : _position + length;
    }

    private bool IsReserved(byte character) =>
        character is (byte)',' or (byte)'[' or (byte)']' or (byte)'{' or (byte)'}'
            || (character == ';' && PeekAt(1) != ';');

    private void ScanString(ref int strings)
    {
        strings++;
        _position = TextString.Scan(_source, _position);
    }

    private TokenKind Classify(int start, int strings)
    {
        var first = _source[start];
        if (strings > 1) return TokenKind.Reserved;
        if (strings == 1) return ClassifyString(start);
        return first switch
        {
            (byte)'$' when _position - start == 1 => throw Error(start, "empty identifier"),
            (byte)'$' => TokenKind.Identifier,
            >= (byte)'a' and <= (byte)'z' => TokenKind.Keyword,
            (byte)'+' or (byte)'-' or (>= (byte)'0' and <= (byte)'9') => TokenKind.Number,
            _ => TokenKind.Reserved,
        };
    }

    private TokenKind ClassifyString(int start)
    {
        var endsInString = _source[_position - 1] == '"';
        if (!endsInString) return TokenKind.Reserved;
        if (_source[start] == '"') return TokenKind.String;
        if (_source[start] != '$' || _source[start + 1] != '"') return TokenKind.Reserved;
        CheckQuotedIdentifier(start);
        return TokenKind.Identifier;
    }

    private void CheckQuotedIdentifier(int start)
    {
        var name = TextString.Decode(_source.AsSpan(start + 1, _position - start - 1));
        if (name.Length == 0) throw Error(start, "empty identifier");
        if (!Utf8.IsValid(name)) throw Error(start, "malformed UTF-8 encoding");
    }

    private int PeekAt(int distance) =>
        _position + distance < _source.Length ? _source[_position + distance] : -1;

    private WasmTextException Error(int offset, string message) => SourcePosition.Error(_source, offset, message);
}
