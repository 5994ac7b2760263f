using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Drydock.Oci.Registry;

/// <summary>
/// Certificates as Docker and Podman file them: <c>certs.d/HOST[:PORT]/</c> with <c>*.crt</c> (authorities to trust)
/// and
/// <c>*.cert</c> with <c>*.key</c> (the client's own).
/// </summary>
internal static class Certificates
{
    /// <summary>The directories that exist for a host.</summary>
    public static string[] DirectoriesFor(string host, RegistryOptions options)
    {
        if (options.CertificateDirectory is { } given)
            return Directory.Exists(given) ? [given] : throw new ImageException(
                ImageError.Registry, $"there is no directory {Printable.Of(given)} with certificates");
        var places = new[] { ConfigurationFiles.InHome(".config/containers/certs.d"), "/etc/containers/certs.d",
            "/etc/docker/certs.d" };
        return [.. places.OfType<string>().Select(place => Path.Join(place, host)).Where(Directory.Exists)];
    }

    /// <summary>The settings of TLS for an endpoint.</summary>
    public static SslClientAuthenticationOptions Options(Endpoint endpoint)
    {
        var options = new SslClientAuthenticationOptions();
        var clients = Load(endpoint, "*.cert", LoadPair);
        if (clients.Count > 0)
            options.ClientCertificates = clients;
        if (!endpoint.VerifyTls)
#pragma warning disable CA5359 // The user asked for it: --tls-verify=false.
            options.RemoteCertificateValidationCallback = (_, _, _, _) => true;
#pragma warning restore CA5359
        else if (Load(endpoint, "*.crt", X509CertificateLoader.LoadCertificateFromFile) is { Count: > 0 } authorities)
            options.RemoteCertificateValidationCallback =
                (_, certificate, chain, errors) => IsTrusted(certificate, chain, errors, authorities);
        return options;
    }

    /// <summary>What the system trusts is trusted; besides, what leads to one of the extra authorities.</summary>
    private static bool IsTrusted(
        X509Certificate? certificate, X509Chain? presented, SslPolicyErrors errors,
        X509Certificate2Collection authorities)
    {
        if (errors == SslPolicyErrors.None)
            return true;
        if (errors != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 leaf)
            return false;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.CustomTrustStore.AddRange(authorities);
        foreach (var element in presented?.ChainElements ?? System.Linq.Enumerable.Empty<X509ChainElement>())
            chain.ChainPolicy.ExtraStore.Add(element.Certificate);
        return chain.Build(leaf);
    }

    private static X509Certificate2Collection Load(Endpoint endpoint, string pattern,
        Func<string, X509Certificate2> load)
    {
        var found = new X509Certificate2Collection();
        foreach (var file in endpoint.CertificateDirectories.SelectMany(each =>
            Directory.EnumerateFiles(each, pattern)))
            found.Add(Read(file, load));
        return found;
    }

    private static X509Certificate2 Read(string file, Func<string, X509Certificate2> load)
    {
        try
        {
            return load(file);
        }
        catch (Exception e) when (e is CryptographicException or IOException or UnauthorizedAccessException
            or ArgumentException)
        {
            throw new ImageException(ImageError.Registry, $"cannot read the certificate {file}", e);
        }
    }

    private static X509Certificate2 LoadPair(string file) =>
        X509Certificate2.CreateFromPemFile(file, Path.ChangeExtension(file, ".key"));
}
