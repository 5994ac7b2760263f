namespace Drydock.Wasm.Text;

/// <summary>
/// A script of the specification's test suite (<c>.wast</c>): modules, and what has to hold for them. A file that is
/// one module, or only the fields of one, is a script as well.
/// </summary>
public sealed class Script
{
    private Script(IReadOnlyList<ScriptCommand> commands) => Commands = commands;

    /// <summary>The commands in order.</summary>
    public IReadOnlyList<ScriptCommand> Commands { get; }

    /// <summary>Reads a script.</summary>
    /// <exception cref="WasmTextException">
    /// It is not a script. Malformed modules inside of it are met when they are assembled.
    /// </exception>
    public static Script Parse(ReadOnlyMemory<byte> utf8)
    {
        var tokens = Lexer.Tokenize(utf8.ToArray());
        return new Script(new ScriptParser(new TextCursor(tokens)).Run());
    }
}
