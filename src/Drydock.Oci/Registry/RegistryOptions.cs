using System.Globalization;

namespace Drydock.Oci.Registry;

/// <summary>How registries are talked to. What is left out is found where Docker and Podman keep it.</summary>
public sealed record RegistryOptions
{
    /// <summary>
    /// Whether certificates are checked and plain HTTP is refused; null leaves it to the configuration, which says yes.
    /// Plain HTTP to the machine itself is always allowed.
    /// </summary>
    public bool? VerifyTls { get; init; }
    /// <summary>Speak plain HTTP and nothing else.</summary>
    public bool PlainHttp { get; init; }
    /// <summary>File with credentials; null for the usual places.</summary>
    public string? AuthFile { get; init; }
    /// <summary>Directory with <c>*.crt</c>, <c>*.cert</c> and <c>*.key</c>; null for the usual places.</summary>
    public string? CertificateDirectory { get; init; }
    /// <summary>User and password for this time only; null for those that are stored.</summary>
    public Credentials? Credentials { get; init; }
    /// <summary>The most blobs that are under way at once.</summary>
    public int Parallel { get; init; } = 4;
    /// <summary>Who is told how it goes, or null.</summary>
    public ITransferProgress? Progress { get; init; }

    internal TransferLimits Limits { get; init; } = new();
}

/// <summary>When a transfer is given up.</summary>
internal sealed record TransferLimits
{
    /// <summary>Time in which headers must come, and in which <see cref="MinimumBytes"/> of a body must.</summary>
    public TimeSpan Stall { get; init; } = StallOf(Environment.GetEnvironmentVariable("DRYDOCK_STALL_SECONDS"));
    /// <summary>The least that must come within <see cref="Stall"/> while a body is not at its end.</summary>
    public int MinimumBytes { get; init; } = 4096;
    /// <summary>Time in which a connection must stand.</summary>
    public TimeSpan Connect { get; init; } = TimeSpan.FromSeconds(10);
    /// <summary>How often something is tried at most.</summary>
    public int Attempts { get; init; } = 5;
    /// <summary>The first pause between two attempts; each one after doubles it.</summary>
    public TimeSpan FirstPause { get; init; } = TimeSpan.FromMilliseconds(200);
    /// <summary>The longest pause; a registry that asks for more is given up.</summary>
    public TimeSpan LongestPause { get; init; } = TimeSpan.FromSeconds(60);
    /// <summary>Bytes of one piece of a chunked upload; smaller blobs are sent at once.</summary>
    public int Chunk { get; init; } = 64 << 20;

    /// <summary>
    /// The time that a user gives registries: from a second to an hour; half a minute where nothing sensible is said.
    /// </summary>
    internal static TimeSpan StallOf(string? seconds) =>
        TimeSpan.FromSeconds(int.TryParse(seconds, NumberStyles.None, CultureInfo.InvariantCulture, out var given)
            && given is >= 1 and <= 3600 ? given : 30);
}

/// <summary>A user and a password, or a token that stands for both.</summary>
/// <param name="User">User; empty with an identity token.</param>
/// <param name="Secret">Password or token.</param>
/// <param name="IsIdentityToken">Whether the secret is a refresh token of OAuth 2.</param>
public sealed record Credentials(string User, string Secret, bool IsIdentityToken = false)
{
    /// <summary>The user only: a secret is never printed.</summary>
    public override string ToString() => User;
}

/// <summary>What happened to a blob on its way.</summary>
public enum TransferState
{
    /// <summary>Another process is fetching it; this one waits.</summary>
    Waiting,
    /// <summary>It is being transferred.</summary>
    Running,
    /// <summary>It failed and is tried again.</summary>
    Retrying,
    /// <summary>It has been transferred.</summary>
    Done,
    /// <summary>It was there already.</summary>
    Exists,
    /// <summary>The registry had it in another repository.</summary>
    Mounted,
}

/// <summary>How far a blob is.</summary>
/// <param name="Digest">Which blob.</param>
/// <param name="State">What happens to it.</param>
/// <param name="Transferred">Bytes so far.</param>
/// <param name="Total">Bytes in all.</param>
public readonly record struct TransferEvent(Digest Digest, TransferState State, long Transferred, long Total);

/// <summary>Is told how transfers go, from several threads at once.</summary>
public interface ITransferProgress
{
    /// <summary>A registry has something to say to its users (distribution-spec 1.1: Warnings).</summary>
    /// <param name="text">One line, said once.</param>
    void Warn(string text)
    {
    }

    /// <summary>A blob got further.</summary>
    void Report(TransferEvent transfer);
}
