using System.Text;

namespace Drydock.Wasm.Text;

/// <summary>String literals (spec: 6.3.3): bytes, written as UTF-8 text with escapes.</summary>
internal static class TextString
{
    /// <summary>
    /// Checks the literal that starts with the quote at <paramref name="start"/>; returns the offset after it.
    /// </summary>
    public static int Scan(ReadOnlySpan<byte> source, int start)
    {
        var position = start + 1;
        while (position < source.Length)
        {
            switch (source[position])
            {
                case (byte)'"': return position + 1;
                case (byte)'\\': position += EscapeLength(source, position); break;
                case (byte)'\n' or (byte)'\r': throw SourcePosition.Error(source, start, "unclosed string");
                case < 0x20 or 0x7F: throw SourcePosition.Error(source, position, "illegal character");
                default: position++; break;
            }
        }

        throw SourcePosition.Error(source, start, "unclosed string");
    }

    /// <summary>The bytes of a literal that <see cref="Scan"/> accepted, given with its quotes.</summary>
    public static byte[] Decode(ReadOnlySpan<byte> literal)
    {
        var content = literal[1..^1];
        if (!content.Contains((byte)'\\')) return content.ToArray();
        var bytes = new List<byte>(content.Length);
        for (var i = 0; i < content.Length;)
        {
            var isEscape = content[i] == '\\';
            if (isEscape) AppendEscape(bytes, content, i);
            else bytes.Add(content[i]);
            i += isEscape ? EscapeLength(content, i) : 1;
        }

        return [.. bytes];
    }

    private static int EscapeLength(ReadOnlySpan<byte> source, int position)
    {
        var rest = source[(position + 1)..];
        if (rest.Length > 0 && rest[0] is (byte)'t' or (byte)'n' or (byte)'r' or (byte)'"' or (byte)'\'' or (byte)'\\')
            return 2;
        if (rest.Length > 1 && char.IsAsciiHexDigit((char)rest[0]) && char.IsAsciiHexDigit((char)rest[1])) return 3;
        var end = rest.StartsWith("u{"u8) ? rest.IndexOf((byte)'}') : -1;
        if (end < 0 || !TryScalar(rest[2..end], out _)) throw SourcePosition.Error(source, position, "illegal escape");
        return end + 2;
    }

    private static void AppendEscape(List<byte> bytes, ReadOnlySpan<byte> content, int position)
    {
        var rest = content[(position + 1)..];
        if (rest[0] == 'u') AppendScalar(bytes, rest[2..rest.IndexOf((byte)'}')]);
        else bytes.Add(rest[0] switch
        {
            (byte)'t' => (byte)'\t',
            (byte)'n' => (byte)'\n',
            (byte)'r' => (byte)'\r',
            (byte)'"' or (byte)'\'' or (byte)'\\' => rest[0],
            _ => (byte)((TextNumber.HexDigit(rest[0]) << 4) | TextNumber.HexDigit(rest[1])),
        });
    }

    private static void AppendScalar(List<byte> bytes, ReadOnlySpan<byte> digits)
    {
        TryScalar(digits, out var rune);
        Span<byte> utf8 = stackalloc byte[4];
        bytes.AddRange(utf8[..rune.EncodeToUtf8(utf8)]);
    }

    private static bool TryScalar(ReadOnlySpan<byte> digits, out Rune rune)
    {
        rune = default;
        return TextNumber.TryParseDigits(digits, 16, out var value) == NumberStatus.Ok
            && value <= 0x10FFFF && Rune.TryCreate((uint)value, out rune);
    }
}
