using System.Buffers;
using System.Text;

namespace Drydock.Wasm.Text;

/// <summary>Strings and identifiers as they are written (spec: 6.3.3, 6.3.5).</summary>
internal static class TextEscapes
{
    private static readonly SearchValues<char> IdentifierCharacters = SearchValues.Create(
        "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&'*+-./:<=>?@\\^_`|~");

    /// <summary>A string literal of any bytes.</summary>
    public static void Bytes(TextWriter output, ReadOnlySpan<byte> bytes)
    {
        output.Write('"');
        foreach (var value in bytes)
        {
            if (value is >= 0x20 and < 0x7F and not (byte)'"' and not (byte)'\\') output.Write((char)value);
            else Hexadecimal(output, value);
        }

        output.Write('"');
    }

    private static void Hexadecimal(TextWriter output, byte value)
    {
        output.Write('\\');
        output.Write("0123456789abcdef"[value >> 4]);
        output.Write("0123456789abcdef"[value & 0xF]);
    }

    /// <summary>A string literal of text; what is beyond ASCII stays readable.</summary>
    public static string Name(string name)
    {
        var text = new StringBuilder(name.Length + 2).Append('"');
        foreach (var rune in name.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\') text.Append('\\').Append((char)rune.Value);
            else if (IsPrinted(rune)) text.Append(rune.ToString());
            else text.Append("\\u{").Append(rune.Value.ToString("x")).Append('}');
        }

        return text.Append('"').ToString();
    }

    /// <summary>Control and format characters could make a text look like another one.</summary>
    private static bool IsPrinted(Rune rune) => Rune.GetUnicodeCategory(rune) is not
        (System.Globalization.UnicodeCategory.Control or System.Globalization.UnicodeCategory.Format
        or System.Globalization.UnicodeCategory.LineSeparator or System.Globalization.UnicodeCategory.ParagraphSeparator
        or System.Globalization.UnicodeCategory.OtherNotAssigned or System.Globalization.UnicodeCategory.PrivateUse);

    /// <summary>An identifier, quoted where its characters ask for it.</summary>
    public static string Identifier(string name) =>
        name.AsSpan().ContainsAnyExcept(IdentifierCharacters) ? "$" + Name(name) : "$" + name;
}
