namespace Drydock.Compiler;

/// <summary>
/// A valid function that this compiler cannot compile; the message names the function and the instruction.
/// </summary>
public sealed class CompilationException : Exception
{
    /// <summary>Without a message.</summary>
    public CompilationException() { }
    /// <summary>With a message.</summary>
    public CompilationException(string message) : base(message) { }
    /// <summary>With a message and a cause.</summary>
    public CompilationException(string message, Exception innerException) : base(message, innerException) { }
}
