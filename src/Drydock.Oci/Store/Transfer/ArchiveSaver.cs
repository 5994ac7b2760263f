using System.Buffers;
using System.Formats.Tar;
using System.Text.Json;

namespace Drydock.Oci;

/// <summary>Writes images into a tar: an image layout, and beside it the list that Docker reads.</summary>
internal sealed class ArchiveSaver(ImageStore store, Stream target)
{
    private readonly SortedDictionary<string, Descriptor> _blobs = new(StringComparer.Ordinal);
    private readonly List<(Descriptor Entry, Image Image)> _images = [];

    public void Save(List<Descriptor> entries, ArchiveFormat format)
    {
        foreach (var entry in entries)
            Collect(entry);
        using var tar = new TarWriter(target, TarEntryFormat.Ustar, leaveOpen: true);
        if (format != ArchiveFormat.Docker)
        {
            Write(tar, "oci-layout", OciJson.Write(new LayoutMarker()));
            Write(tar, "index.json", OciJson.Write(Index(entries)));
        }
        if (format != ArchiveFormat.Oci && DockerManifest() is { } manifest)
            Write(tar, "manifest.json", manifest);
        foreach (var blob in _blobs.Values)
            Write(tar, blob);
        target.Flush();
    }

    private static ImageIndex Index(List<Descriptor> entries) => new()
    {
        MediaType = MediaTypes.Index,
        Manifests = [.. entries.Distinct()],
    };

    private void Collect(Descriptor entry)
    {
        foreach (var candidate in store.Reader.Expand(entry))
        {
            if (!File.Exists(store.BlobPath(candidate.Manifest.Digest)))
                continue;
            var image = store.Reader.Read(candidate.Manifest, StoreIndex.NameOf(entry));
            _images.Add((entry, image));
            foreach (var part in image.Manifest.Layers.Append(image.Manifest.Config).Append(candidate.Manifest))
                _blobs[part.DigestText] = part;
        }
        CollectIndex(entry);
    }

    private void CollectIndex(Descriptor descriptor)
    {
        if (!MediaTypes.IsIndex(descriptor.MediaType) || !_blobs.TryAdd(descriptor.DigestText, descriptor))
            return;
        var index = OciReader.Index(store.Reader.ReadBlob(descriptor, descriptor.DigestText), descriptor.DigestText);
        foreach (var member in index.Manifests.Where(member => File.Exists(store.BlobPath(member.Digest))))
            CollectIndex(member);
    }

    /// <summary>Docker knows images of archives only; of an index it takes the first.</summary>
    private byte[]? DockerManifest()
    {
        var images = _images.Where(each =>
            each.Image.Manifest.Layers.All(layer => MediaTypes.IsTarLayer(layer.MediaType)))
            .GroupBy(each => each.Image.ManifestDigest).ToArray();
        if (images.Length == 0)
            return null;
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartArray();
            HashSet<Reference> given = [];
            foreach (var image in images)
                WriteImage(json, image.First().Image,
                    [.. image.Select(each => each.Image.Name).OfType<Reference>().Where(given.Add)]);
            json.WriteEndArray();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteImage(Utf8JsonWriter json, Image image, Reference[] names)
    {
        json.WriteStartObject();
        json.WriteString("Config", PathOf(image.Id));
        json.WriteStartArray("RepoTags");
        foreach (var name in names)
            json.WriteStringValue(name.Familiar);
        json.WriteEndArray();
        json.WriteStartArray("Layers");
        foreach (var layer in image.Manifest.Layers)
            json.WriteStringValue(PathOf(layer.Digest));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string PathOf(Digest digest) => $"blobs/sha256/{digest.Hex}";

    private static void Write(TarWriter tar, string name, byte[] content)
    {
        using var stream = new MemoryStream(content);
        Write(tar, name, stream);
    }

    private void Write(TarWriter tar, Descriptor blob)
    {
        using var content = store.OpenBlob(blob);
        Write(tar, PathOf(blob.Digest), content);
    }

    /// <summary>The plain format, and GNU's for what is too long for it.</summary>
    private static void Write(TarWriter tar, string name, Stream content)
    {
        PosixTarEntry entry = content.Length < 8L << 30
            ? new UstarTarEntry(TarEntryType.RegularFile, name)
            : new GnuTarEntry(TarEntryType.RegularFile, name)
            {
                AccessTime = DateTimeOffset.UnixEpoch,
                ChangeTime = DateTimeOffset.UnixEpoch,
            };
        entry.DataStream = content;
        entry.Mode = (UnixFileMode)0x1a4;
        entry.ModificationTime = DateTimeOffset.UnixEpoch;
        tar.WriteEntry(entry);
    }
}
