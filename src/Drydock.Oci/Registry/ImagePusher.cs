namespace Drydock.Oci.Registry;

/// <summary>What came of a push.</summary>
/// <param name="Name">The name the registry has it under.</param>
/// <param name="Digest">Digest of the manifest or index.</param>
/// <param name="Size">Its bytes.</param>
/// <param name="TransferredBytes">Bytes of the blobs that were sent.</param>
public sealed record PushResult(Reference Name, Digest Digest, long Size, long TransferredBytes);

/// <summary>Brings an image of the store to a registry: blobs first, manifests after what they name.</summary>
internal sealed class ImagePusher(ImageStore store, RegistryClient client, RegistryOptions options)
{
    /// <summary>The most names of the same registry that are looked through for blobs to mount.</summary>
    private const int MaxMountSources = 256;

    private readonly Dictionary<Digest, string> _mounts = [];
    private long _transferred;

    /// <summary>Pushes what a descriptor of the store leads to.</summary>
    public async Task<PushResult> PushAsync(Descriptor entry, Reference target, CancellationToken cancel)
    {
        var root = Whole(entry);
        FindMounts(target);
        await PushAsync(root, target.Tag ?? root.DigestText, cancel).ConfigureAwait(false);
        await PushAttachedAsync(root, cancel).ConfigureAwait(false);
        return new(target, root.Digest, root.Size, _transferred);
    }

    /// <summary>Signatures and lists of parts go where their image goes: by cosign's tag, or as referrers.</summary>
    private async Task PushAttachedAsync(Descriptor root, CancellationToken cancel)
    {
        var index = StoreIndex.Read(store.Layout);
        var subjects = store.Reader.Expand(root).Select(candidate => candidate.Manifest.Digest).Append(root.Digest)
            .Distinct();
        foreach (var entry in subjects.SelectMany(subject => Attachments.Of(index, subject, store.Reader)).ToArray())
            await PushAsync(entry, StoreIndex.NameOf(entry)?.Tag ?? entry.DigestText, cancel).ConfigureAwait(false);
    }

    /// <summary>
    /// An index of which only one image was pulled is no use to others: that image is pushed alone.
    /// </summary>
    private Descriptor Whole(Descriptor entry)
    {
        if (!MediaTypes.IsIndex(entry.MediaType))
            return entry;
        var members = store.Reader.Expand(entry).Select(candidate => candidate.Manifest).ToArray();
        var present = members.Where(IsPresent).ToArray();
        if (present.Length == members.Length && present.Length > 0)
            return entry;
        return present is [var only] ? only : throw new ImageException(ImageError.Store, present.Length == 0
            ? $"index {entry.DigestText} leads to nothing that is in the store"
            : $"the store has {present.Length} of the {members.Length} images of index {entry.DigestText}: "
                + "choose one with --platform, or fetch the others with drydock pull --all-platforms");
    }

    private bool IsPresent(Descriptor manifest) => File.Exists(store.BlobPath(manifest.Digest));

    private async Task PushAsync(Descriptor descriptor, string tagOrDigest, CancellationToken cancel)
    {
        var content = store.ReadJson(descriptor);
        var what = $"manifest {descriptor.DigestText}";
        if (MediaTypes.IsIndex(descriptor.MediaType))
        {
            foreach (var member in OciReader.Index(content, what).Manifests.Where(IsPresent))
                await PushAsync(member, member.DigestText, cancel).ConfigureAwait(false);
        }
        else
        {
            var manifest = OciReader.Manifest(content, what);
            await PushBlobsAsync(manifest.Layers.Prepend(manifest.Config), cancel).ConfigureAwait(false);
        }
        await PutAsync(new(content, descriptor.MediaType, descriptor.Digest), tagOrDigest, cancel)
            .ConfigureAwait(false);
    }

    /// <summary>
    /// What refers to another manifest is listed by the registry, or by who pushes it where the registry does not.
    /// </summary>
    private async Task PutAsync(ManifestDocument document, string tagOrDigest, CancellationToken cancel)
    {
        var isListed = await client
            .PutManifestAsync(tagOrDigest, document.MediaType, document.Content, cancel).ConfigureAwait(false);
        if (!isListed && Referrer.Of(document) is { } referrer)
            await new ReferrersTag(client).AddAsync(referrer, cancel).ConfigureAwait(false);
    }

    private async Task PushBlobsAsync(IEnumerable<Descriptor> blobs, CancellationToken cancel)
    {
        var uploader = new BlobUploader(client, options);
        await Parallel.ForEachAsync(blobs.DistinctBy(blob => blob.DigestText),
            new ParallelOptions { MaxDegreeOfParallelism = options.Parallel, CancellationToken = cancel },
            async (blob, token) =>
            {
                var path = store.BlobPath(blob.Digest);
                if (!File.Exists(path))
                    throw new ImageException(ImageError.Corrupt,
                        $"blob {blob.DigestText} is missing from the store; pull the image again");
                if (await uploader.UploadAsync(blob, path, _mounts.GetValueOrDefault(blob.Digest), token)
                    .ConfigureAwait(false))
                    Interlocked.Add(ref _transferred, blob.Size);
            }).ConfigureAwait(false);
    }

    /// <summary>
    /// Which repository of the same registry a blob is likely to be in: those that images here were pulled from or
    /// pushed to.
    /// </summary>
    private void FindMounts(Reference target)
    {
        var sources = StoreIndex.Read(store.Layout).Manifests
            .Select(entry => (Entry: entry, Name: StoreIndex.NameOf(entry)))
            .Where(each => each.Name is { } name && name.Host == target.Host && name.Path != target.Path)
                .Take(MaxMountSources);
        foreach (var (entry, name) in sources)
            foreach (var manifest in store.Reader.Expand(entry).Where(candidate => IsPresent(candidate.Manifest)))
                if (new ImageFinder(new(), store.Reader).TryRead(manifest) is { } image)
                    foreach (var blob in image.Manifest.Layers.Prepend(image.Manifest.Config))
                        _mounts.TryAdd(blob.Digest, name!.Path);
    }
}
