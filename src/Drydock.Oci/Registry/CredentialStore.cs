using System.Text;

namespace Drydock.Oci.Registry;

/// <summary>
/// Credentials where Docker and Podman keep them: <c>auths</c>, <c>credHelpers</c> and <c>credsStore</c> of
/// <c>config.json</c> and <c>auth.json</c>.
/// </summary>
internal sealed class CredentialStore(RegistryOptions options)
{
    private const string DockerHub = "docker.io";
    private const string DockerHubKey = "https://index.docker.io/v1/";

    /// <summary>The credentials for a repository; null for none.</summary>
    public Credentials? Find(string host, string repository)
    {
        if (options.Credentials is { } given)
            return given;
        foreach (var file in Files())
            if (AuthFile.Load(file) is { } loaded && Find(loaded, host, repository) is { } found)
                return found;
        return null;
    }

    /// <summary>Keeps credentials for a host, in its helper where there is one; returns where.</summary>
    public string Save(string host, Credentials credentials)
    {
        var file = AuthFile.Load(Target()) ?? AuthFile.New(Target());
        if (file.HelperFor(host) is { } helper)
        {
            CredentialHelper.Store(helper, KeyOf(host), credentials);
            return $"the credential helper {helper}";
        }
        file.Set(KeyOf(host),
            Convert.ToBase64String(Encoding.UTF8.GetBytes($"{credentials.User}:{credentials.Secret}")));
        file.Save();
        return file.Path;
    }

    /// <summary>Forgets the credentials for a host; false where none were kept.</summary>
    public bool Remove(string host)
    {
        var isFound = false;
        foreach (var path in options.AuthFile is null ? Files() : [options.AuthFile])
        {
            if (AuthFile.Load(path) is not { } file)
                continue;
            if (file.HelperFor(host) is { } helper && CredentialHelper.Get(helper, KeyOf(host)) is not null)
            {
                CredentialHelper.Erase(helper, KeyOf(host));
                isFound = true;
            }
            if (!Keys(host).Aggregate(false, (removed, key) => file.Remove(key) | removed))
                continue;
            file.Save();
            isFound = true;
        }
        return isFound;
    }

    private static Credentials? Find(AuthFile file, string host, string repository)
    {
        if (file.HelperFor(host) is { } helper && CredentialHelper.Get(helper, KeyOf(host)) is { } helped)
            return helped;
        return Namespaces(host, repository).Concat(Keys(host)).Select(file.Get)
            .FirstOrDefault(found => found is not null);
    }

    /// <summary>Podman keeps credentials by namespace too: the longest that fits counts.</summary>
    private static IEnumerable<string> Namespaces(string host, string repository)
    {
        for (var path = repository; path.Length > 0; path = path[..Math.Max(0, path.LastIndexOf('/'))])
            yield return $"{host}/{path}";
    }

    private static string[] Keys(string host) => host == DockerHub
        ? [DockerHubKey, DockerHub, "index.docker.io", "https://index.docker.io", "registry-1.docker.io"]
        : [host, $"https://{host}", $"https://{host}/", $"https://{host}/v2/", $"https://{host}/v1/", $"http://{host}",
            $"http://{host}/"];

    private static string KeyOf(string host) => host == DockerHub ? DockerHubKey : host;

    /// <summary>The files that are read, first come, first served.</summary>
    private IEnumerable<string> Files()
    {
        if ((options.AuthFile ?? ConfigurationFiles.Variable("REGISTRY_AUTH_FILE")) is { } given)
            return [given];
        string?[] places =
        [
            ConfigurationFiles.Below("DOCKER_CONFIG", "config.json"),
            ConfigurationFiles.Below("XDG_RUNTIME_DIR", "containers/auth.json"),
            ConfigurationFiles.Below("XDG_CONFIG_HOME", "containers/auth.json")
                ?? ConfigurationFiles.InHome(".config/containers/auth.json"),
            ConfigurationFiles.InHome(".docker/config.json"),
        ];
        return places.OfType<string>().Distinct();
    }

    /// <summary>The file that is written: Docker's, unless another is named.</summary>
    private string Target() =>
        options.AuthFile ?? ConfigurationFiles.Variable("REGISTRY_AUTH_FILE")
        ?? ConfigurationFiles.Below("DOCKER_CONFIG", "config.json") ?? ConfigurationFiles.InHome(".docker/config.json")
        ?? throw new ImageException(ImageError.Registry,
            "there is no home directory to keep credentials in: name a file with --authfile");
}
