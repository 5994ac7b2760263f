namespace Drydock.Wasi;

/// <summary>A directory of the host that a guest may use.</summary>
/// <param name="HostPath">The directory on the host; it has to exist.</param>
/// <param name="GuestPath">The path by which the guest knows it, for instance <c>/</c> or <c>/data</c>.</param>
/// <param name="IsReadOnly">Whether the guest may change nothing beneath it.</param>
public sealed record Preopen(string HostPath, string GuestPath, bool IsReadOnly = false)
{
    /// <summary>
    /// Makes a directory to use in the place of <see cref="HostPath"/> and gives its path; called when the guest first
    /// uses it. What it throws comes out of the guest. Null to open <see cref="HostPath"/> at once.
    /// </summary>
    public Func<string>? Locate { get; init; }
}

/// <summary>What a guest gets from its host. Nothing else is reachable through WASI.</summary>
public sealed class WasiOptions
{
    /// <summary>The arguments; the first is the name of the program.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];
    /// <summary>The environment, each entry as <c>KEY=VALUE</c>, in order.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];
    /// <summary>The directories, which become descriptors 3 and up.</summary>
    public IReadOnlyList<Preopen> Preopens { get; init; } = [];
    /// <summary>The host's descriptor that the guest reads as 0, or -1 for none. It is not closed.</summary>
    public int StandardInput { get; init; }
    /// <summary>The host's descriptor that the guest writes as 1, or -1 for none. It is not closed.</summary>
    public int StandardOutput { get; init; } = 1;
    /// <summary>The host's descriptor that the guest writes as 2, or -1 for none. It is not closed.</summary>
    public int StandardError { get; init; } = 2;
}
