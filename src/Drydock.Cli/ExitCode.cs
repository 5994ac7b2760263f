namespace Drydock.Cli;

/// <summary>Exit codes that are not the guest's own; the same as Docker's.</summary>
internal static class ExitCode
{
    public const int Success = 0;
    /// <summary>Drydock itself could not do what was asked.</summary>
    public const int Failure = 125;
    /// <summary>What was named exists and cannot be run.</summary>
    public const int CannotInvoke = 126;
    /// <summary>What was named does not exist.</summary>
    public const int NotFound = 127;
}
