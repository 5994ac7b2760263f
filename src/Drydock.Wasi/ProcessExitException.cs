namespace Drydock.Wasi;

/// <summary>Ends the guest because it asked for that. Reaches whoever called into the guest.</summary>
public sealed class ProcessExitException : Exception
{
    /// <summary>Ends the guest with a code.</summary>
    /// <param name="code">The guest's exit code; 0 is success.</param>
    public ProcessExitException(uint code) : base($"the program ended with exit code {code}") => Code = code;

    /// <summary>The guest's exit code; 0 is success, 128 and more may be a signal that it raised.</summary>
    public uint Code { get; }
}
