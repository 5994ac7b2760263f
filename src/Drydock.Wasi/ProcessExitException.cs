namespace Drydock.Wasi;

/// <summary>Ends the guest because it asked for that. Reaches whoever called into the guest.</summary>
public sealed class ProcessExitException : Exception
{
    /// <summary>Ends the guest with a code.</summary>
    /// <param name="code">The guest's exit code; 0 is success.</param>
    public ProcessExitException(uint code) : base($"the program ended with exit code {code}") => Code = code;

    /// <summary>The guest's exit code; 0 is success. A signal that the guest raised counts as 128 and its number.</summary>
    public uint Code { get; }
}
