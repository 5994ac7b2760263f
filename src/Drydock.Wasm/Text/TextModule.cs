using System.Text;

namespace Drydock.Wasm.Text;

/// <summary>Assembles modules written in the text format (spec: 6) into the binary format.</summary>
public static class TextModule
{
    /// <summary>
    /// The binary of one module: a <c>(module …)</c> form, or its fields without that word. It is well-formed, not
    /// validated.
    /// </summary>
    /// <exception cref="WasmTextException">The text is malformed; the message starts with the specification's
    /// words.</exception>
    public static byte[] Assemble(string source)
    {
        ArgumentNullException.ThrowIfNull(source);
        return Assemble(Encoding.UTF8.GetBytes(source));
    }

    /// <summary>The binary of one module, given as UTF-8.</summary>
    /// <param name="utf8">The text; it must not change while it is read.</param>
    /// <param name="names">Which identifiers are kept in the custom section <c>name</c>.</param>
    /// <exception cref="WasmTextException">The text is malformed; the message starts with the specification's
    /// words.</exception>
    public static byte[] Assemble(byte[] utf8, TextNames names = TextNames.Functions) =>
        Assemble(utf8, names, WasmFeatures.All);

    private static byte[] Assemble(byte[] utf8, TextNames names, WasmFeatures features)
    {
        ArgumentNullException.ThrowIfNull(utf8);
        var cursor = new TextCursor(Lexer.Tokenize(utf8));
        if (!cursor.AtForm("module"u8))
            return new ModuleParser(cursor, cursor.Tokens.Count - 1, features).Assemble(null, names);
        var end = cursor.Match;
        var binary = AssembleForm(cursor, names, features);
        cursor.Position = end + 1;
        return cursor.Kind == TokenKind.End ? binary : throw cursor.Unexpected();
    }

    /// <summary>Assembles the <c>(module …)</c> form at the cursor: text, binary or quoted text.</summary>
    internal static byte[] AssembleForm(TextCursor cursor, TextNames names, WasmFeatures features)
    {
        var end = cursor.Match;
        cursor.Form("module"u8);
        cursor.TryKeyword("definition"u8);
        var name = cursor.TryIdentifier();
        if (cursor.TryKeyword("binary"u8)) return Strings(cursor);
        if (cursor.TryKeyword("quote"u8)) return Assemble(Strings(cursor), names, features);
        return new ModuleParser(cursor, end, features).Assemble(name, names);
    }

    private static byte[] Strings(TextCursor cursor)
    {
        var bytes = cursor.Strings();
        return cursor.AtClose ? bytes : throw cursor.Unexpected();
    }
}
