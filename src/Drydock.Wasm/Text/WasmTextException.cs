namespace Drydock.Wasm.Text;

/// <summary>
/// Text that is not a well-formed module or script (spec: 6). The message starts with the specification's words.
/// </summary>
public sealed class WasmTextException : Exception
{
    /// <summary>Creates an error at a place of the source; line and column count from 1, columns in bytes.</summary>
    public WasmTextException(string message, int line, int column)
        : base($"{message} (line {line}, column {column})")
    {
        Reason = message;
        Line = line;
        Column = column;
    }

    /// <summary>The message without the place.</summary>
    public string Reason { get; }

    /// <summary>Line of the offending token, from 1.</summary>
    public int Line { get; }
    /// <summary>Column of the offending token in bytes, from 1.</summary>
    public int Column { get; }
}
