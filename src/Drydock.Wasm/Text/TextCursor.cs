using System.Text;
using System.Text.Unicode;

namespace Drydock.Wasm.Text;

/// <summary>A place in a token stream. Every reader takes the token it names or fails with a position.</summary>
internal sealed class TextCursor(TokenStream tokens, int position = 0)
{
    public TokenStream Tokens => tokens;
    public int Position { get; set; } = position;
    public TokenKind Kind => tokens[Position].Kind;
    public ReadOnlySpan<byte> Text => tokens.TextOf(tokens[Position]);
    public bool AtClose => Kind == TokenKind.RightParenthesis;

    /// <summary>The index of the parenthesis that closes the form that starts here.</summary>
    public int Match => tokens[Position].Match;

    public bool AtKeyword(ReadOnlySpan<byte> keyword) => Kind == TokenKind.Keyword && Text.SequenceEqual(keyword);

    /// <summary>Whether a form <c>(keyword …</c> starts here.</summary>
    public bool AtForm(ReadOnlySpan<byte> keyword) =>
        Kind == TokenKind.LeftParenthesis
        && tokens[Position + 1] is { Kind: TokenKind.Keyword } next
        && tokens.TextOf(next).SequenceEqual(keyword);

    public bool TryKeyword(ReadOnlySpan<byte> keyword)
    {
        if (!AtKeyword(keyword)) return false;
        Position++;
        return true;
    }

    /// <summary>Enters the form <c>(keyword</c> if it starts here.</summary>
    public bool TryForm(ReadOnlySpan<byte> keyword)
    {
        if (!AtForm(keyword)) return false;
        Position += 2;
        return true;
    }

    public void Form(ReadOnlySpan<byte> keyword)
    {
        if (!TryForm(keyword)) throw Unexpected();
    }

    public void Open()
    {
        if (Kind != TokenKind.LeftParenthesis) throw Unexpected();
        Position++;
    }

    public void Close()
    {
        if (Kind != TokenKind.RightParenthesis) throw Unexpected();
        Position++;
    }

    /// <summary>Moves behind the form that starts here.</summary>
    public void SkipForm()
    {
        if (Kind != TokenKind.LeftParenthesis) throw Unexpected();
        Position = Match + 1;
    }

    public string Keyword()
    {
        if (Kind != TokenKind.Keyword) throw Unexpected();
        return Encoding.UTF8.GetString(tokens.TextOf(tokens[Position++]));
    }

    /// <summary>The name of an identifier, without <c>$</c> and quotes; null when there is none here.</summary>
    public string? TryIdentifier()
    {
        if (Kind != TokenKind.Identifier) return null;
        var name = tokens.TextOf(tokens[Position++])[1..];
        return Encoding.UTF8.GetString(name[0] == '"' ? TextString.Decode(name) : name);
    }

    /// <summary>The name in the annotation here, or null; <paramref name="what"/> is what it names.</summary>
    public string? TakeName(string what)
    {
        var annotations = tokens.Annotations.Take(AnnotationKind.Name, Position);
        if (annotations.Count == 0) return null;
        if (annotations.Count > 1) throw tokens.ErrorAt(annotations[1].Start, $"@name annotation: multiple {what}");
        return AnnotationParser.Name(tokens, annotations[0]);
    }

    public byte[] Bytes()
    {
        if (Kind != TokenKind.String) throw Unexpected();
        return TextString.Decode(tokens.TextOf(tokens[Position++]));
    }

    /// <summary>The bytes of all the strings that follow one another here.</summary>
    public byte[] Strings()
    {
        using var bytes = new MemoryStream();
        while (Kind == TokenKind.String) bytes.Write(Bytes());
        return bytes.ToArray();
    }

    /// <summary>A string that has to be UTF-8, as its bytes.</summary>
    public byte[] NameBytes()
    {
        var bytes = Bytes();
        if (!Utf8.IsValid(bytes)) throw ErrorBefore("malformed UTF-8 encoding");
        return bytes;
    }

    public string Name() => Encoding.UTF8.GetString(NameBytes());

    public bool AtIndex => Kind is TokenKind.Number or TokenKind.Identifier;

    public uint U32() => (uint)Unsigned(32);

    public ulong U64() => Unsigned(64);

    /// <summary>An unsigned integer below <c>2^bits</c>.</summary>
    public ulong Unsigned(int bits)
    {
        if (Kind != TokenKind.Number) throw Unexpected();
        Check(TextNumber.TryParseUnsigned(Text, out var value), $"i{bits}");
        if (bits < 64 && value >> bits != 0) throw Error($"i{bits} constant out of range");
        Position++;
        return value;
    }

    /// <summary>An integer constant, cut to <paramref name="bits"/>.</summary>
    public ulong Integer(int bits)
    {
        if (Kind != TokenKind.Number) throw Unexpected();
        Check(TextNumber.TryParseInteger(Text, bits, out var value), $"i{bits}");
        Position++;
        return value;
    }

    /// <summary>A floating-point constant as its bits.</summary>
    public ulong Float(FloatFormat format)
    {
        if (Kind is not (TokenKind.Number or TokenKind.Keyword)) throw Unexpected();
        Check(TextFloat.TryParse(Text, format, out var bits), $"f{format.Bits}");
        Position++;
        return bits;
    }

    private void Check(NumberStatus status, string type)
    {
        if (status == NumberStatus.Malformed) throw Unexpected(IsNumber() ? "unexpected token" : "unknown operator");
        if (status == NumberStatus.OutOfRange) throw Error($"constant out of range for {type}");
    }

    /// <summary>Whether the token here is a number after all, though not of the kind that was wanted.</summary>
    private bool IsNumber() =>
        TextFloat.TryParse(Text, FloatFormat.Double, out _) != NumberStatus.Malformed
        || (Kind == TokenKind.Keyword && !Text.StartsWith("nan:0x"u8));

    public WasmTextException Error(string message) => tokens.Error(Position, message);

    /// <summary>An error about the token just read.</summary>
    public WasmTextException ErrorBefore(string message) => tokens.Error(Position - 1, message);

    /// <summary>
    /// An error about the token here, which does not fit; a token that fits nowhere is an unknown operator.
    /// </summary>
    public WasmTextException Unexpected(string reason = "unexpected token") => Kind switch
    {
        TokenKind.Reserved => Error($"unknown operator {Excerpt()}"),
        TokenKind.End => Error("unexpected end"),
        _ => Error($"{reason} {Excerpt()}"),
    };

    private string Excerpt() => Encoding.UTF8.GetString(Text[..Math.Min(Text.Length, 40)]);
}
