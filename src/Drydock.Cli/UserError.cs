namespace Drydock.Cli;

/// <summary>A mistake of the user's: printed as one line that says the way out, never with a stack.</summary>
internal sealed class UserError(string message, int exitCode = ExitCode.Failure) : Exception(message)
{
    public int ExitCode { get; } = exitCode;
}
