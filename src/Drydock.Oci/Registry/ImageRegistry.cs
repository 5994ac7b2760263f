namespace Drydock.Oci.Registry;

/// <summary>
/// Images in registries: pulled, listed and deleted, and the credentials for that. Methods wait for the network, and
/// throw <see cref="ImageException"/> and nothing else for what users and registries can cause.
/// </summary>
public sealed class ImageRegistry(RegistryOptions options)
{
    private readonly CredentialStore _credentials = new(options);
    private readonly Lazy<RegistriesConfiguration> _configuration = new(RegistriesConfiguration.Load);

    /// <summary>Pulls an image into a store, from a mirror where one is configured and has it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">The image.</param>
    /// <param name="wanted">What of it; null for the image to run here.</param>
    public PullResult Pull(ImageStore store, Reference name, PullOptions? wanted = null) => store.Guard(() =>
    {
        ImageException? first = null;
        foreach (var endpoint in Endpoints(name))
        {
            try
            {
                using var client = Connect(endpoint);
                return Wait(cancel => new ImagePuller(store, client, options, wanted ?? new()).PullAsync(name, cancel));
            }
            catch (ImageException e) when (endpoint.IsMirror
                && e.Error is ImageError.NotFound or ImageError.Registry or ImageError.Denied or ImageError.Corrupt)
            {
                first ??= e;
            }
        }
        throw first ?? new ImageException(ImageError.Registry,
            $"the configuration names no place to pull {name.Familiar} from");
    });

    /// <summary>Pushes an image of a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="source">Name or id of the image.</param>
    /// <param name="target">The name it gets in its registry.</param>
    /// <param name="platform">Which of several images; null for all that the name leads to.</param>
    public PushResult Push(ImageStore store, string source, Reference target, Platform? platform = null) =>
        store.Guard(() =>
    {
        var entry = platform is null ? store.FindEntry(source) : store.Resolve(source, platform).Descriptor;
        using var client = Connect(Origin(target));
        return Wait(cancel => new ImagePusher(store, client, options).PushAsync(entry, target, cancel));
    });

    /// <summary>The tags of a repository.</summary>
    public IReadOnlyList<string> ListTags(Reference repository)
    {
        using var client = Connect(Origin(repository));
        return Wait(client.ListTagsAsync);
    }

    /// <summary>Deletes a manifest from its registry, with all tags that lead to it; returns its digest.</summary>
    public Digest Delete(Reference name)
    {
        using var client = Connect(Origin(name));
        return Wait(cancel => DeleteAsync(client, name, cancel));
    }

    /// <summary>
    /// What belonged to another manifest is taken off its list where the registry does not see to that.
    /// </summary>
    private static async Task<Digest> DeleteAsync(RegistryClient client, Reference name, CancellationToken cancel)
    {
        var digest = name.Digest.IsEmpty
            ? await client.FindManifestAsync(name.Tag!, cancel).ConfigureAwait(false)
                ?? throw new ImageException(ImageError.NotFound, $"{name.Host} has no {name.Familiar}")
            : name.Digest;
        var referrer = await ReferrerAsync(client, digest, cancel).ConfigureAwait(false);
        await client.DeleteManifestAsync(digest, cancel).ConfigureAwait(false);
        if (referrer is not null
            && !await client.ListsReferrersAsync(referrer.Subject, cancel).ConfigureAwait(false))
            await new ReferrersTag(client).RemoveAsync(referrer, cancel).ConfigureAwait(false);
        return digest;
    }

    /// <summary>What a manifest belongs to; one that cannot be read can be deleted all the same.</summary>
    private static async Task<Referrer?> ReferrerAsync(RegistryClient client, Digest digest, CancellationToken cancel)
    {
        try
        {
            return Referrer.Of(await client.GetManifestAsync(digest.ToString(), digest, cancel).ConfigureAwait(false));
        }
        catch (ImageException)
        {
            return null;
        }
    }

    /// <summary>Tries credentials at a registry and keeps them; returns where.</summary>
    public string LogIn(string host, Credentials credentials)
    {
        var endpoint = Origin(Reference.Parse(host + "/x")) with { Repository = "" };
        using var client = new RegistryClient(new(endpoint, new(() => credentials), options.Limits));
        Wait(async cancel =>
        {
            await client.CheckCredentialsAsync(cancel).ConfigureAwait(false);
            return true;
        });
        return _credentials.Save(host, credentials);
    }

    /// <summary>The host that a user means, who may have typed an address, or one of Docker Hub's names.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.InvalidReference"/> when it is none.</exception>
    public static string HostOf(string typed)
    {
        var host = typed.Split("://", 2)[^1].Split('/')[0];
        if (host is "index.docker.io" or "registry-1.docker.io" or "hub.docker.com")
            return "docker.io";
        return Reference.TryParse(host + "/x", out var name) && name.Host == host ? host : throw new ImageException(
            ImageError.InvalidReference, $"\"{Printable.Of(typed)}\" is no host of a registry");
    }

    /// <summary>Forgets the credentials for a registry; false where there were none.</summary>
    public bool LogOut(string host) => _credentials.Remove(host);

    /// <summary>A client for the registry of a name itself, no mirror.</summary>
    internal RegistryClient Connect(Reference name) => Connect(Origin(name));

    private RegistryClient Connect(Endpoint endpoint) =>
        new(new(endpoint, new(() => _credentials.Find(endpoint.Host, endpoint.Repository)), options.Limits,
            options.Progress));

    private Endpoint[] Endpoints(Reference name) => _configuration.Value.PlacesOf(name, options);

    private Endpoint Origin(Reference name) => _configuration.Value.OriginOf(name, options);

    /// <summary>
    /// Commands have nothing else to do meanwhile. A failure in one of several transfers is told as itself.
    /// </summary>
    private static T Wait<T>(Func<CancellationToken, Task<T>> work) =>
        Task.Run(() => work(default)).GetAwaiter().GetResult();
}
