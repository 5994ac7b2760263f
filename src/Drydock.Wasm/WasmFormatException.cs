namespace Drydock.Wasm;

/// <summary>Which of the two ways a binary fails to be a module.</summary>
public enum WasmFormatErrorKind
{
    /// <summary>The bytes do not follow the binary format (spec: 5).</summary>
    Malformed,
    /// <summary>The bytes are a module that validation rejects (spec: 3).</summary>
    Invalid,
}

/// <summary>
/// The bytes are not a module that can be run. The message starts with the phrase that the official test suite uses for
/// the error and ends with where it was found.
/// </summary>
public sealed class WasmFormatException : Exception
{
    /// <summary>An error at <paramref name="offset"/> of the binary.</summary>
    /// <param name="kind">Malformed or invalid.</param>
    /// <param name="phrase">What is wrong, in the words of the specification's test suite.</param>
    /// <param name="offset">Byte offset from the start of the binary.</param>
    /// <param name="section">Name of the section, or null outside of any.</param>
    /// <param name="function">Function index within the code section, or -1.</param>
    public WasmFormatException(WasmFormatErrorKind kind, string phrase, int offset, string? section, int function = -1)
        : base(Compose(phrase, offset, section, function)) =>
        (Kind, Offset, Section, Function) = (kind, offset, section, function);

    /// <summary>Malformed or invalid.</summary>
    public WasmFormatErrorKind Kind { get; }
    /// <summary>Byte offset of the offending construct from the start of the binary.</summary>
    public int Offset { get; }
    /// <summary>Name of the section it was found in, or null outside of any.</summary>
    public string? Section { get; }
    /// <summary>Index of the function it was found in, or -1.</summary>
    public int Function { get; }

    private static string Compose(string phrase, int offset, string? section, int function)
    {
        var place = section is null ? "" : $" in section {section}";
        if (function >= 0) place += $", function {function}";
        return $"{phrase} (at offset 0x{offset:x}{place})";
    }
}
