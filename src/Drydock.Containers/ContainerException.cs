namespace Drydock.Containers;

/// <summary>A container that cannot be started. The message is one line for the user.</summary>
/// <param name="message">What was tried, on what, and how to go on.</param>
/// <param name="exitCode">Docker's code: 125 for most, 126 for what cannot be invoked, 127 for what is not
/// there.</param>
public sealed class ContainerException(string message, int exitCode = ContainerException.Failure) : Exception(message)
{
    /// <summary>Drydock could not do it.</summary>
    public const int Failure = 125;
    /// <summary>What was named is there and cannot be run.</summary>
    public const int CannotInvoke = 126;
    /// <summary>What was named is not there.</summary>
    public const int NotFound = 127;

    /// <summary>The exit code.</summary>
    public int ExitCode => exitCode;
}
