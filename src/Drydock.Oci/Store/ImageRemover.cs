namespace Drydock.Oci;

/// <summary>Takes names and images away. Runs under the store's lock.</summary>
internal sealed class ImageRemover(StoreLayout layout, ImageReader reader)
{
    /// <summary>Takes a name away, or every name of an id.</summary>
    public RemovalResult Remove(string nameOrId, bool force)
    {
        var index = StoreIndex.Read(layout);
        return Replace(index, Without(index, nameOrId, force));
    }

    /// <summary>Removes what nobody asks for any more.</summary>
    /// <param name="isUnwanted">Says of an entry and its name whether it may go.</param>
    public RemovalResult Prune(Func<Descriptor, Reference?, bool> isUnwanted)
    {
        var index = StoreIndex.Read(layout);
        return Replace(index, index with
        {
            Manifests = [.. index.Manifests.Where(entry =>
                Attachments.IsAttached(entry) || !isUnwanted(entry, StoreIndex.NameOf(entry))
                    || Users(entry).Count > 0)],
        });
    }

    /// <summary>Who uses an image of an entry at this moment, in words.</summary>
    public List<string> Users(Descriptor entry)
    {
        var manifests = Manifests(entry);
        List<string> users = [.. Leases.All(layout)
            .Where(lease => manifests.Contains(lease.Manifest)).Select(lease => $"container {lease.Container}")];
        if (manifests.Any(manifest => Leases.IsHeld(layout, manifest)))
            users.Add("a running container");
        return users;
    }

    private ImageIndex Without(ImageIndex index, string nameOrId, bool force)
    {
        if (Reference.TryParse(nameOrId, out var name)
            && index.Manifests.Where(entry => StoreIndex.IsNamed(entry, name)).ToArray() is { Length: > 0 } named)
            return WithoutName(index, name, named, force);
        var entries = new ImageFinder(index, reader).ById(nameOrId).Select(pair => pair.Entry).Distinct().ToArray();
        if (entries.Length == 0)
            throw new ImageException(ImageError.NotFound, $"image {Printable.Of(nameOrId)} is not in the local store");
        var names = entries.Select(StoreIndex.NameOf).OfType<Reference>().ToArray();
        if (names.Length > 1 && !force)
            throw new ImageException(ImageError.Store,
                $"image {nameOrId} has several names ({string.Join(", ", names.Select(each => each.Familiar))}); force removes it");
        return Drop(index, entries, nameOrId, force);
    }

    private ImageIndex WithoutName(ImageIndex index, Reference name, Descriptor[] named, bool force)
    {
        var last = named.Where(entry => !index.Manifests.Any(other =>
            other.DigestText == entry.DigestText && !StoreIndex.IsNamed(other, name))).ToArray();
        return Drop(StoreIndex.WithoutName(index, name, keepNameless: true),
            [.. last, .. last.Select(StoreIndex.Nameless)], name.Familiar, force);
    }

    /// <summary>Leaves entries out. What a container uses stays, nameless, when forced, and is refused else.</summary>
    private ImageIndex Drop(ImageIndex index, Descriptor[] entries, string what, bool force)
    {
        var gone = entries.Select(entry => entry.DigestText).ToHashSet(StringComparer.Ordinal);
        List<Descriptor> kept = [];
        foreach (var entry in index.Manifests.Where(entry => gone.Contains(entry.DigestText))
            .DistinctBy(entry => entry.DigestText))
            if (Users(entry) is { Count: > 0 } users)
                kept.Add(force ? StoreIndex.Nameless(entry) : throw new ImageException(ImageError.Store,
                    $"image {what} is used by {string.Join(", ", users)}; end that first, or force takes the name away and keeps the rest"));
        return index
            with
        { Manifests = [.. index.Manifests.Where(entry => !gone.Contains(entry.DigestText)), .. kept] };
    }

    private RemovalResult Replace(ImageIndex before, ImageIndex after)
    {
        after = WithoutOrphans(after);
        var idsBefore = Ids(before);
        StoreIndex.Write(layout, after);
        var freed = new GarbageCollector(layout, reader).Collect(after);
        var kept = after.Manifests.Select(StoreIndex.NameOf).OfType<Reference>().ToHashSet();
        return new(
            [.. before.Manifests.Select(StoreIndex.NameOf).OfType<Reference>()
                .Where(name => !kept.Contains(name) && !Attachments.IsTag(name))],
            [.. idsBefore.Except(Ids(after))], freed);
    }

    /// <summary>Signatures and the like go with what they belong to.</summary>
    private ImageIndex WithoutOrphans(ImageIndex index)
    {
        if (!index.Manifests.Any(entry => Attachments.IsAttached(entry)))
            return index;
        var present = index.Manifests.Where(entry => !Attachments.IsAttached(entry))
            .SelectMany(entry => Manifests(entry).Append(entry.Digest)).ToHashSet();
        return index with
        {
            Manifests = [.. index.Manifests.Where(entry =>
                !Attachments.IsAttached(entry) || Attachments.SubjectOf(entry, reader) is { } subject
                    && present.Contains(subject))],
        };
    }

    private HashSet<Digest> Manifests(Descriptor entry)
    {
        try
        {
            return [.. reader.Expand(entry).Select(candidate => candidate.Manifest.Digest)];
        }
        catch (ImageException)
        {
            return [];
        }
    }

    private HashSet<Digest> Ids(ImageIndex index) =>
        [.. new Listing(layout, reader).Of(index).Select(image => image.Id)];
}
