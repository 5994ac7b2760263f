namespace Drydock.Compiler.Llvm;

/// <summary>LLVM refused what it was given, or is not there; the message says which.</summary>
public sealed class LlvmException : Exception
{
    /// <summary>Without a message.</summary>
    public LlvmException() { }
    /// <summary>With a message.</summary>
    public LlvmException(string message) : base(message) { }
    /// <summary>With a message and a cause.</summary>
    public LlvmException(string message, Exception innerException) : base(message, innerException) { }
}
