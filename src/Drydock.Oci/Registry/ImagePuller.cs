using System.Collections.Concurrent;
using System.Runtime.InteropServices;

namespace Drydock.Oci.Registry;

/// <summary>Brings an image into the store: nothing of it is seen there before all of it is.</summary>
internal sealed class ImagePuller(ImageStore store, RegistryClient client, RegistryOptions options, PullOptions wanted)
{
    private const int MaxIndexDepth = 4;
    private const int MaxManifests = 256;
    private const int MaxLayers = 4096;
    private const long MaxBytes = 64L << 30;

    private readonly Downloads _downloads = new(store.Layout);
    private readonly Dictionary<Digest, ManifestDocument> _documents = [];
    private readonly ConcurrentDictionary<Digest, Descriptor> _blobs = [];
    private readonly List<Attachment> _attached = [];
    private Reference? _name;
    private long _transferred;

    /// <summary>Pulls what a name leads to.</summary>
    public async Task<PullResult> PullAsync(Reference name, CancellationToken cancel)
    {
        try
        {
            return await PullAllAsync(name, cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (StoreErrors.IsFull(e))
        {
            // What could be gone on with is what fills the disk.
            _downloads.Discard(_blobs.Keys);
            throw;
        }
    }

    private async Task<PullResult> PullAllAsync(Reference name, CancellationToken cancel)
    {
        _name = name;
        var root = await client.GetManifestAsync(
            name.Digest.IsEmpty ? name.Tag! : name.Digest.ToString(), name.Digest, cancel).ConfigureAwait(false);
        _documents[root.Digest] = root;
        var members = await ExpandAsync(root.Descriptor, 0, cancel).ConfigureAwait(false);
        var chosen = wanted.AllPlatforms ? members : [await ChooseAsync(members, name, cancel).ConfigureAwait(false)];
        await TrustAsync(name, root.Descriptor, chosen, cancel).ConfigureAwait(false);
        foreach (var manifest in chosen)
            await FetchAsync(manifest, cancel).ConfigureAwait(false);
        if (wanted.AllPlatforms)
            foreach (var subject in chosen.Select(each => each.Digest).Append(root.Digest).Distinct())
                await FetchAttachedAsync(name, subject, cancel).ConfigureAwait(false);
        var kept = KeptName(name);
        var isNew = !IsComplete(root.Descriptor, kept);
        if (isNew)
            Commit(root.Descriptor, kept);
        return new(kept, root.Digest, store.Resolve(kept, wanted.Platform), _transferred, isNew);
    }

    /// <summary>
    /// Asks the policy before anything large is fetched. The signatures that it was shown are kept, so that it can be
    /// asked again when the image is run.
    /// </summary>
    private async Task TrustAsync(Reference name, Descriptor root, IReadOnlyList<Descriptor> chosen,
        CancellationToken cancel)
    {
        if ((wanted.Policy ?? TrustPolicy.Load()) is not { } policy)
            return;
        Digest[] subjects = [.. chosen.Select(each => each.Digest).Append(root.Digest).Distinct()];
        var signatures = new List<ImageSignature>();
        if (policy.AsksFor(name))
            foreach (var subject in subjects)
                signatures.AddRange(await SignaturesAsync(name, subject, cancel).ConfigureAwait(false));
        policy.Check(name, subjects, signatures);
    }

    private async Task<List<ImageSignature>> SignaturesAsync(Reference name, Digest subject, CancellationToken cancel)
    {
        var signatures = new List<ImageSignature>();
        foreach (var found in await new AttachmentFinder(client)
            .FindAsync(name, subject, SignatureManifest.ArtifactType, cancel).ConfigureAwait(false))
        {
            if (found.Manifest.Layers.Sum(layer => layer.Size) > SignatureManifest.MaxBytes)
                throw new ImageException(ImageError.Trust,
                    $"the signatures of {name.Familiar} measure more than {SignatureManifest.MaxBytes} bytes");
            await KeepAsync(found, cancel).ConfigureAwait(false);
            signatures.AddRange(SignatureManifest.Read(found.Manifest, layer =>
                File.ReadAllBytes(PathOf(layer.Digest))));
        }
        return signatures;
    }

    /// <summary>A copy of an image for elsewhere has all that belongs to it.</summary>
    private async Task FetchAttachedAsync(Reference name, Digest subject, CancellationToken cancel)
    {
        foreach (var found in await new AttachmentFinder(client).FindAsync(name, subject, null, cancel)
            .ConfigureAwait(false))
            await KeepAsync(found, cancel).ConfigureAwait(false);
    }

    private async Task KeepAsync(Attachment found, CancellationToken cancel)
    {
        if (!_documents.TryAdd(found.Document.Digest, found.Document))
            return;
        Check(found.Manifest, found.Document.Descriptor);
        foreach (var blob in found.Manifest.Layers.Prepend(found.Manifest.Config).DistinctBy(blob => blob.DigestText))
            await FetchBlobAsync(blob, cancel).ConfigureAwait(false);
        _attached.Add(found);
    }

    /// <summary>A digest says all; a tag beside it would promise more than the store can keep.</summary>
    private static Reference KeptName(Reference name) =>
        name.Digest.IsEmpty ? name : Reference.Parse($"{name.Repository}@{name.Digest}");

    /// <summary>The manifests below an index, or the one there is.</summary>
    private async Task<List<Descriptor>> ExpandAsync(Descriptor descriptor, int depth, CancellationToken cancel)
    {
        if (!MediaTypes.IsIndex(descriptor.MediaType))
            return [descriptor];
        if (depth == MaxIndexDepth)
            throw new ImageException(ImageError.Corrupt,
                $"index {descriptor.DigestText} is nested deeper than {MaxIndexDepth}");
        var what = $"index {descriptor.DigestText}";
        var index = OciReader.Index((await DocumentAsync(descriptor, cancel).ConfigureAwait(false)).Content, what);
        if (index.Manifests.Length > MaxManifests)
            throw new ImageException(ImageError.Corrupt, $"{what} lists more than {MaxManifests} manifests");
        var members = new List<Descriptor>();
        foreach (var member in index.Manifests.Where(member => IsPart(member.MediaType)))
            members.AddRange(await ExpandAsync(member, depth + 1, cancel).ConfigureAwait(false));
        return members.Count <= MaxManifests ? members : throw new ImageException(
            ImageError.Corrupt, $"{what} leads to more than {MaxManifests} manifests");
    }

    private static bool IsPart(string mediaType) => MediaTypes.IsIndex(mediaType) || MediaTypes.IsManifest(mediaType);

    private async Task<ManifestDocument> DocumentAsync(Descriptor descriptor, CancellationToken cancel)
    {
        if (_documents.TryGetValue(descriptor.Digest, out var known))
            return known;
        if (descriptor.Size is < 0 or > OciJson.MaxBytes)
            throw new ImageException(ImageError.Corrupt,
                $"manifest {descriptor.DigestText} claims {descriptor.Size} bytes; at most {OciJson.MaxBytes} are accepted");
        if (_documents.Count > MaxManifests)
            throw new ImageException(ImageError.Corrupt, $"the image leads to more than {MaxManifests} manifests");
        var document = await client.GetManifestAsync(descriptor.DigestText, descriptor.Digest, cancel)
            .ConfigureAwait(false);
        if (document.Content.Length != descriptor.Size)
            throw new ImageException(ImageError.Corrupt,
                $"manifest {descriptor.DigestText} has {document.Content.Length} bytes where {descriptor.Size} are declared");
        return _documents[descriptor.Digest] = document;
    }

    private async Task<ImageManifest> ManifestAsync(Descriptor descriptor, CancellationToken cancel)
    {
        var document = await DocumentAsync(descriptor, cancel).ConfigureAwait(false);
        return OciReader.Manifest(document.Content, $"manifest {descriptor.DigestText}");
    }

    /// <summary>
    /// The member for the platform asked for. Without one: a WebAssembly image, else the one for this machine, in which
    /// the module is a file as any other; Docker could make no others for a long time.
    /// </summary>
    private async Task<Descriptor> ChooseAsync(List<Descriptor> members, Reference name, CancellationToken cancel)
    {
        var candidates = new List<(Descriptor Manifest, Platform Platform)>();
        foreach (var member in members)
            if (await PlatformAsync(member, cancel).ConfigureAwait(false) is { Os: not "unknown" } platform)
                candidates.Add((member, platform));
        if (candidates is [var (only, _)] && wanted.Platform is null)
            return only;
        var host = new Platform("linux", RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "arm64"
            : "amd64");
        Func<Platform, bool>[] wishes = wanted.Platform is { } requested
            ? [platform => platform.Serves(requested)]
            : [platform => platform.IsWasm, platform => platform.Serves(host)];
        foreach (var wish in wishes)
            foreach (var (manifest, platform) in candidates)
                if (wish(platform))
                    return manifest;
        var offered = string.Join(", ", candidates.Select(each => each.Platform).Distinct());
        throw new ImageException(ImageError.WrongPlatform, candidates.Count == 0
            ? $"{name.Familiar} leads to no image"
            : $"image {name.Familiar} is for {offered}, not for {wanted.Platform ?? Platform.Wasi}"
                + (wanted.Platform is null ? "; choose one with --platform" : ""));
    }

    private async Task<Platform> PlatformAsync(Descriptor member, CancellationToken cancel)
    {
        if (member.Platform is { } written)
            return Platform.Normalize(written.Os, written.Architecture, written.Variant);
        var manifest = await ManifestAsync(member, cancel).ConfigureAwait(false);
        return (await ConfigAsync(manifest, member, cancel).ConfigureAwait(false)).Platform;
    }

    private async Task<ImageConfig> ConfigAsync(ImageManifest manifest, Descriptor descriptor, CancellationToken cancel)
    {
        if (!MediaTypes.IsImageConfig(manifest.Config.MediaType))
            return new();
        var what = $"the configuration of {descriptor.DigestText}";
        if (manifest.Config.Size > OciJson.MaxBytes)
            throw new ImageException(ImageError.Corrupt,
                $"{what} claims {manifest.Config.Size} bytes; at most {OciJson.MaxBytes} are accepted");
        await FetchBlobAsync(manifest.Config, cancel).ConfigureAwait(false);
        return OciReader.ConfigFile(PathOf(manifest.Config.Digest), what);
    }

    /// <summary>
    /// Fetches all of an image. It is looked at before its layers are: what cannot be run need not be carried here.
    /// </summary>
    private async Task FetchAsync(Descriptor descriptor, CancellationToken cancel)
    {
        var manifest = await ManifestAsync(descriptor, cancel).ConfigureAwait(false);
        Check(manifest, descriptor);
        var config = await ConfigAsync(manifest, descriptor, cancel).ConfigureAwait(false);
        if (!wanted.AllPlatforms)
            LayerShapes.Check(new Image(_name, descriptor, manifest, config));
        var blobs = manifest.Layers.Prepend(manifest.Config).DistinctBy(blob => blob.DigestText);
        await Parallel.ForEachAsync(blobs,
            new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancel },
            async (blob, token) => await FetchBlobAsync(blob, token).ConfigureAwait(false)).ConfigureAwait(false);
    }

    private static void Check(ImageManifest manifest, Descriptor descriptor)
    {
        if (manifest.Layers.Length > MaxLayers)
            throw new ImageException(ImageError.Corrupt,
                $"manifest {descriptor.DigestText} lists more than {MaxLayers} layers");
        var total = 0L;
        foreach (var blob in manifest.Layers.Prepend(manifest.Config))
        {
            if (blob.Size < 0 || (total += Math.Min(blob.Size, MaxBytes + 1)) > MaxBytes)
                throw new ImageException(ImageError.Corrupt,
                    $"manifest {descriptor.DigestText} claims sizes that no image has; at most {MaxBytes >> 30} GiB are accepted");
            _ = blob.Digest;
        }
    }

    private async Task FetchBlobAsync(Descriptor blob, CancellationToken cancel)
    {
        // A configuration is asked for twice: to choose an image by, and as a part of the one that is chosen.
        var isFirst = _blobs.TryAdd(blob.Digest, blob);
        if (_downloads.Find(blob.Digest) is null)
        {
            if (await new BlobFetcher(_downloads, options).FetchAsync(client, blob, cancel).ConfigureAwait(false))
                Interlocked.Add(ref _transferred, blob.Size);
        }
        else if (isFirst)
            options.Progress?.Report(new(blob.Digest, TransferState.Exists, blob.Size, blob.Size));
        CheckSize(blob);
    }

    /// <summary>What was here before has the digest, but the manifest may lie about its size.</summary>
    private void CheckSize(Descriptor blob)
    {
        var length = new FileInfo(PathOf(blob.Digest)).Length;
        if (length != blob.Size)
            throw new ImageException(ImageError.Corrupt,
                $"blob {blob.DigestText} has {length} bytes where the manifest says {blob.Size}");
    }

    /// <summary>Another process may publish a blob at any moment, which moves it.</summary>
    private string PathOf(Digest digest) => _downloads.Find(digest) ?? _downloads.Find(digest)
        ?? throw new ImageException(
        ImageError.Store, $"blob {digest} was removed from the store meanwhile; try again");

    private bool IsComplete(Descriptor root, Reference name) =>
        _documents.Keys.Concat(_blobs.Keys).All(digest => File.Exists(store.Layout.Blob(digest)))
        && StoreIndex.Read(store.Layout).Manifests.Any(entry =>
            entry.DigestText == root.DigestText && StoreIndex.NameOf(entry) == name);

    private void Commit(Descriptor root, Reference name)
    {
        using var staging = Staging.Create(store.Layout);
        foreach (var document in _documents.Values.Where(each => !File.Exists(store.Layout.Blob(each.Digest))))
            staging.AddBlob(document.MediaType, document.Content);
        foreach (var digest in _blobs.Keys)
            staging.Adopt(digest, _downloads.Complete(digest));
        staging.Commit(index => _attached.Aggregate(StoreIndex.WithName(index, root, name), (current, each) =>
            each.Tag is { } tag
            ? StoreIndex.WithName(current, each.Document.Descriptor, tag)
            : StoreIndex.WithEntry(current, each.Entry)));
        _downloads.Sweep(_blobs.Keys);
    }
}
