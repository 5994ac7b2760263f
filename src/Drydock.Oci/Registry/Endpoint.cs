using System.Net;

namespace Drydock.Oci.Registry;

/// <summary>One place that serves a repository: the registry of its name, or a mirror of that.</summary>
internal sealed record Endpoint
{
    private const string DockerHub = "docker.io";
    private const string DockerHubAuthority = "registry-1.docker.io";

    /// <summary>Host and port as names of images have them; credentials and certificates are filed under it.</summary>
    public required string Host { get; init; }
    /// <summary>The repository there.</summary>
    public required string Repository { get; init; }
    /// <summary>Whether certificates are checked.</summary>
    public bool VerifyTls { get; init; } = true;
    /// <summary>Whether this stands in for the registry that the image's name says.</summary>
    public bool IsMirror { get; init; }
    /// <summary>The schemes to try, in this order.</summary>
    public required string[] Schemes { get; init; }
    /// <summary>Directories with certificates for it.</summary>
    public string[] CertificateDirectories { get; init; } = [];

    /// <summary>Where connections go.</summary>
    public string Authority => Host == DockerHub ? DockerHubAuthority : Host;

    /// <summary>Whether it is on this machine.</summary>
    public bool IsLoopback => IsLoopbackHost(Host);

    /// <summary>The endpoint of a place.</summary>
    public static Endpoint For(string host, string repository, bool insecure, bool isMirror, RegistryOptions options)
    {
        var verify = options.VerifyTls ?? !insecure;
        var certificates = Certificates.DirectoriesFor(host, options);
        return new()
        {
            Host = host,
            Repository = repository,
            IsMirror = isMirror,
            VerifyTls = verify,
            CertificateDirectories = certificates,
            Schemes = SchemesFor(host, verify, certificates.Length > 0, options),
        };
    }

    /// <summary>Whether a name or address, with or without a port, is this machine.</summary>
    public static bool IsLoopbackHost(string host)
    {
        var name = host.StartsWith('[') ? host[1..Math.Max(1, host.IndexOf(']', StringComparison.Ordinal))]
            : host.Split(':')[0];
        return name.Equals("localhost", StringComparison.OrdinalIgnoreCase)
            || (IPAddress.TryParse(name, out var address) && IPAddress.IsLoopback(address));
    }

    /// <summary>
    /// A registry on this machine mostly has no certificate: plain HTTP is tried first, unless there are certificates
    /// for it.
    /// </summary>
    private static string[] SchemesFor(string host, bool verify, bool hasCertificates, RegistryOptions options)
    {
        if (options.PlainHttp)
            return ["http"];
        if (IsLoopbackHost(host) && options.VerifyTls is not true)
            return hasCertificates ? ["https", "http"] : ["http", "https"];
        return verify ? ["https"] : ["https", "http"];
    }
}
