namespace Drydock.Oci;

/// <summary>Signs images of a store, and verifies their signatures.</summary>
public static class ImageTrust
{
    /// <summary>Signs an image and puts the signature beside it in the store, where <c>push</c> finds it.</summary>
    /// <param name="store">The store.</param>
    /// <param name="name">Name of the image; of an index, the index is signed.</param>
    /// <param name="key">A private key.</param>
    /// <returns>The name of the signature.</returns>
    public static Reference Sign(ImageStore store, Reference name, SigningKey key) => store.Guard(() =>
    {
        var subject = Entry(store, name);
        var payload = new SimpleSigning(name.Repository, subject.Digest).Write();
        var others = Signatures(store, [subject.Digest])
            .Where(each => !each.Payload.AsSpan().SequenceEqual(payload) || !key.Verify(each.Payload, each.Value));
        ImageSignature[] signatures = [.. others, new(payload, key.Sign(payload))];
        var tag = Attachments.TagFor(name, subject.Digest, "sig");
        using var staging = Staging.Create(store.Layout);
        var entry = SignatureManifest.Write(staging, signatures, subject);
        staging.Require(subject.Digest);
        staging.Commit(index =>
            StoreIndex.WithName(StoreIndex.WithoutName(index, tag, keepNameless: false), entry, tag));
        return tag;
    });

    /// <summary>Verifies that an image of the store is signed by a key, under its repository's name.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Trust"/> when it is not.</exception>
    public static Digest Verify(ImageStore store, Reference name, SigningKey key) => store.Guard(() =>
    {
        var subject = Entry(store, name);
        var requirement = new SignedByKeys([key], IdentityMatch.Repository, null);
        if (requirement.Refuse(name, [subject.Digest], Signatures(store, [subject.Digest])) is { } reason)
            throw new ImageException(ImageError.Trust, $"image {name.Familiar} ({subject.DigestText}) {reason}");
        return subject.Digest;
    });

    /// <summary>Every signature that the store has of some manifests or indexes.</summary>
    internal static List<ImageSignature> Signatures(ImageStore store, IReadOnlyCollection<Digest> subjects)
    {
        var index = StoreIndex.Read(store.Layout);
        return [.. index.Manifests.Where(entry => Attachments.IsAttached(entry)
                && Attachments.SubjectOf(entry, store.Reader) is { } subject && subjects.Contains(subject))
            .SelectMany(entry => Read(store, entry))];
    }

    private static IEnumerable<ImageSignature> Read(ImageStore store, Descriptor entry)
    {
        try
        {
            var manifest = store.Reader.ReadManifest(entry, entry.DigestText);
            return [.. SignatureManifest.Read(manifest, layer => store.Reader.ReadBlob(layer, layer.DigestText))];
        }
        catch (ImageException)
        {
            // What cannot be read signs nothing.
            return [];
        }
    }

    private static Descriptor Entry(ImageStore store, Reference name) =>
        StoreIndex.Read(store.Layout).Manifests.FirstOrDefault(entry => StoreIndex.IsNamed(entry, name))
        ?? throw new ImageException(ImageError.NotFound,
            $"image {name.Familiar} is not in the local store; drydock images lists what is");
}
