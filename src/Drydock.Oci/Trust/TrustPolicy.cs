namespace Drydock.Oci;

/// <summary>
/// What images must have to be pulled and run: rules by registry and repository, in the shape of
/// containers-policy.json. Without a file nothing is asked, and nothing of cryptography is loaded.
/// </summary>
public sealed class TrustPolicy
{
    private readonly string _path;
    private readonly IReadOnlyList<Requirement> _default;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<Requirement>> _images;
    private readonly IReadOnlyDictionary<string, IReadOnlyList<Requirement>> _files;

    internal TrustPolicy(
        string path, IReadOnlyList<Requirement> fallback,
        IReadOnlyDictionary<string, IReadOnlyList<Requirement>> images, IReadOnlyDictionary<string,
        IReadOnlyList<Requirement>> files) =>
        (_path, _default, _images, _files) = (path, fallback, images, files);

    /// <summary>
    /// The policy of this machine: <c>$DRYDOCK_POLICY</c>, else <c>drydock/policy.json</c> in <c>$XDG_CONFIG_HOME</c>
    /// or
    /// <c>~/.config</c>, else in <c>/etc</c>; null where there is none.
    /// </summary>
    /// <exception cref="ImageException">There is one and it cannot be read: then nothing is trusted.</exception>
    public static TrustPolicy? Load()
    {
        if (Environment.GetEnvironmentVariable("DRYDOCK_POLICY") is { Length: > 0 } given)
            return PolicyReader.Read(given);
        // Where neither is set, as for a runtime that an engine starts, there is no directory of the user's.
        var home = Environment.GetEnvironmentVariable("XDG_CONFIG_HOME") is { Length: > 0 } config ? config
            : Environment.GetEnvironmentVariable("HOME") is { Length: > 0 } user ? Path.Join(user, ".config") : "/etc";
        foreach (var directory in (ReadOnlySpan<string>)[home, "/etc"])
            if (Path.Join(directory, "drydock", "policy.json") is var path && File.Exists(path))
                return PolicyReader.Read(path);
        return null;
    }

    /// <summary>Refuses an image of the store that does not have what the policy asks for.</summary>
    /// <param name="store">The store, with the signatures in it.</param>
    /// <param name="image">The image.</param>
    /// <param name="module">The module that is to be started; null where none is yet.</param>
    /// <exception cref="ImageException"><see cref="ImageError.Trust"/>.</exception>
    public void Check(ImageStore store, Image image, string? module = null)
    {
        var entries = StoreIndex.Read(store.Layout).Manifests.Where(entry =>
            LeadsTo(store, entry, image.ManifestDigest)).ToArray();
        Digest[] digests = [image.ManifestDigest, .. entries.Select(entry => entry.Digest)];
        Reference?[] names = [.. entries.Select(StoreIndex.NameOf).OfType<Reference>()];
        var signatures = ImageTrust.Signatures(store, digests);
        foreach (var name in names.Length == 0 ? [image.Name] : names)
        {
            Check(name, digests, signatures);
            if (module is not null)
                CheckModule(name is null ? _default
                    : RequirementsOf(name), module, $"image {name?.Familiar ?? image.DisplayName}");
        }
    }

    /// <summary>Refuses a module file that does not have what the policy asks of files in its directory.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Trust"/>.</exception>
    public void CheckFile(string path)
    {
        if (RequirementsOfFile(path) is { } requirements)
            CheckModule(requirements, path, path);
    }

    /// <summary>
    /// Refuses a module in a container that another engine makes. Of its image nothing is known here but the files:
    /// what a bundle says of a name may be the image's own words. So the policy for files counts, and for images of no
    /// name where it has nothing to say.
    /// </summary>
    /// <param name="hostPath">The module as this machine sees it.</param>
    /// <param name="guestPath">The module as the container sees it, for the message.</param>
    /// <exception cref="ImageException"><see cref="ImageError.Trust"/>.</exception>
    public void CheckContainerFile(string hostPath, string guestPath)
    {
        var requirements = RequirementsOfFile(hostPath) ?? _default;
        foreach (var requirement in requirements)
            if (requirement is SignedByKeys)
                throw new ImageException(ImageError.Trust,
                    $"{guestPath} is in the image of another engine, whose signatures are not "
                    + $"known here, and the policy asks for one: say under transports, file, what is asked of files there ({_path})");
        CheckModule(requirements, hostPath, guestPath);
    }

    private IReadOnlyList<Requirement>? RequirementsOfFile(string path)
    {
        for (var scope = Path.GetFullPath(path); ; scope = Path.GetDirectoryName(scope) ?? "")
            if (_files.TryGetValue(scope, out var requirements))
                return requirements;
            else if (scope.Length == 0)
                return null;
    }

    /// <summary>Refuses an image by its signatures.</summary>
    internal void Check(Reference? name, IReadOnlyCollection<Digest> digests, IReadOnlyList<ImageSignature> signatures)
    {
        var nameless = Reference.Parse("nameless");
        foreach (var requirement in name is null ? _default : RequirementsOf(name))
            if (requirement.Refuse(name ?? nameless, digests, signatures) is { } reason)
                throw new ImageException(ImageError.Trust,
                    $"image {name?.Familiar ?? digests.First().Short} {reason} ({_path})");
    }

    /// <summary>Whether anything but everything is taken under a name, so that signatures need be looked for.</summary>
    internal bool AsksFor(Reference name) => RequirementsOf(name).Any(requirement => requirement is SignedByKeys);

    /// <summary>
    /// The rules of the narrowest scope: name with tag, repository, what is above it, host, <c>*.domain</c>, all.
    /// </summary>
    internal IReadOnlyList<Requirement> RequirementsOf(Reference name)
    {
        foreach (var scope in Scopes(name))
            if (_images.TryGetValue(scope, out var requirements))
                return requirements;
        return _default;
    }

    private static IEnumerable<string> Scopes(Reference name)
    {
        yield return name.ToString();
        for (var scope = name.Repository; scope.Length > 0; scope = scope[..Math.Max(0, scope.LastIndexOf('/'))])
            yield return scope;
        var host = name.Host.Split(':')[0];
        for (var dot = host.IndexOf('.', StringComparison.Ordinal); dot >= 0; dot = host.IndexOf('.', dot + 1))
            yield return "*" + host[dot..];
        yield return "";
    }

    private void CheckModule(IReadOnlyList<Requirement> requirements, string module, string what)
    {
        if (requirements.Any(requirement => requirement is RejectEverything))
            throw new ImageException(ImageError.Trust, $"{what} is refused by the policy ({_path})");
        byte[]? content = null;
        foreach (var requirement in requirements.OfType<ModuleSigned>())
            if (requirement.RefuseModule(content ??= File.ReadAllBytes(module)) is { } reason)
                throw new ImageException(ImageError.Trust, $"the module of {what} {reason} ({_path})");
    }

    private static bool LeadsTo(ImageStore store, Descriptor entry, Digest manifest)
    {
        if (Attachments.IsAttached(entry))
            return false;
        try
        {
            return entry.DigestText == manifest.ToString()
                || (MediaTypes.IsIndex(entry.MediaType)
                    && store.Reader.Expand(entry).Any(candidate =>
                        candidate.Manifest.DigestText == manifest.ToString()));
        }
        catch (ImageException)
        {
            return false;
        }
    }
}
