using System.Globalization;
using System.Text;

namespace Drydock.Oci;

/// <summary>
/// What a listing shows of an image apart from its name; a manifest never changes, so neither does this.
/// </summary>
/// <param name="ManifestDigest">Digest of the manifest.</param>
/// <param name="Id">Digest of the configuration.</param>
/// <param name="Platform">Platform.</param>
/// <param name="Created">Date of creation, or null.</param>
/// <param name="Size">Bytes as stored.</param>
internal readonly record struct ImageFacts(
    Digest ManifestDigest, Digest Id, Platform Platform, DateTimeOffset? Created, long Size);

/// <summary>
/// Lists images without opening each of them: what their manifests and configurations say is kept in one file beside
/// the index, a line for each image, by the digest of the index's entry. The file may lack, lag behind or be damaged:
/// what is not in it is read from the blobs, and it is written anew.
/// </summary>
internal sealed class Listing(StoreLayout layout, ImageReader reader)
{
    private const int MaxBytes = 64 << 20;
    private const int Fields = 6;

    private Dictionary<string, ImageFacts[]>? _known;

    /// <summary>The images of an index, once for each name.</summary>
    public List<ImageSummary> Of(ImageIndex index)
    {
        var known = _known ??= ReadFile();
        List<ImageSummary> result = new(index.Manifests.Length);
        var isNew = false;
        foreach (var entry in index.Manifests)
        {
            if (Attachments.IsAttached(entry))
                continue;
            if (!known.TryGetValue(entry.DigestText, out var images))
            {
                isNew |= TryRead(entry, out images);
                known[entry.DigestText] = images;
            }
            if (images.Length == 0)
                continue;
            var name = StoreIndex.NameOf(entry);
            foreach (var image in images)
                result.Add(new(name, image.Id, image.ManifestDigest, image.Platform, image.Created, image.Size));
        }
        if (isNew)
            TryWriteFile(index, known);
        return result;
    }

    /// <summary>
    /// Reads what an entry leads to; false where something is damaged, which must not hide the others.
    /// </summary>
    private bool TryRead(Descriptor entry, out ImageFacts[] images)
    {
        List<ImageFacts> facts = [];
        var isWhole = true;
        try
        {
            foreach (var candidate in reader.Expand(entry))
                isWhole &= TryAdd(candidate, facts);
        }
        catch (ImageException)
        {
            isWhole = false;
        }
        images = [.. facts];
        return isWhole;
    }

    private bool TryAdd(Candidate candidate, List<ImageFacts> facts)
    {
        try
        {
            var image = reader.Read(candidate.Manifest, null);
            if (image.Manifest.Subject is null)
                facts.Add(new(image.ManifestDigest, image.Id, image.Platform, image.Created, image.Size));
            return true;
        }
        catch (ImageException)
        {
            return false;
        }
    }

    private Dictionary<string, ImageFacts[]> ReadFile()
    {
        Dictionary<string, ImageFacts[]> known = new(StringComparer.Ordinal);
        try
        {
            using var file = File.OpenHandle(layout.Listing);
            var length = RandomAccess.GetLength(file);
            if (length > MaxBytes)
                return known;
            var content = GC.AllocateUninitializedArray<byte>((int)length);
            Parse(content.AsSpan(0, RandomAccess.Read(file, content, 0)), known);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
        return known;
    }

    private static void Parse(ReadOnlySpan<byte> text, Dictionary<string, ImageFacts[]> known)
    {
        while (text.IndexOf((byte)'\n') is >= 0 and var end)
        {
            ParseLine(Encoding.UTF8.GetString(text[..end]), known);
            text = text[(end + 1)..];
        }
    }

    /// <summary>A line of one word is an entry that shows nothing: an artifact attached to an image.</summary>
    private static void ParseLine(string line, Dictionary<string, ImageFacts[]> known)
    {
        Span<Range> fields = stackalloc Range[Fields + 1];
        var count = line.AsSpan().Split(fields, ' ');
        var key = line[fields[0]];
        if (count == 1 && key.Length > 0)
            known[key] = [];
        if (count != Fields
            || !Digest.TryParse(line[fields[1]], out var manifest) || !Digest.TryParse(line[fields[2]], out var id)
            || line[fields[3]].Split('/') is not { Length: 2 or 3 } platform
            || !long.TryParse(line.AsSpan(fields[4]), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture,
                out var created)
            || !long.TryParse(line.AsSpan(fields[5]), NumberStyles.None, CultureInfo.InvariantCulture, out var size))
            return;
        DateTimeOffset? date = created is > -62135596800 and < 253402300800
            ? DateTimeOffset.FromUnixTimeSeconds(created) : null;
        var facts = new ImageFacts(manifest, id,
            new(platform[0], platform[1], platform.Length == 3 ? platform[2] : null), date, size);
        known[key] = known.TryGetValue(key, out var others) ? [.. others, facts] : [facts];
    }

    /// <summary>
    /// Writes the file if nobody is changing the store; it is only a memory of what can be read again.
    /// </summary>
    private void TryWriteFile(ImageIndex index, Dictionary<string, ImageFacts[]> known)
    {
        try
        {
            using var held = StoreLock.TryTake(layout);
            if (held is null)
                return;
            var temporary = Path.Join(layout.Temporary, "listing");
            File.WriteAllText(temporary, Format(index, known));
            File.Move(temporary, layout.Listing, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }

    private static string Format(ImageIndex index, Dictionary<string, ImageFacts[]> known)
    {
        var text = new StringBuilder();
        foreach (var key in index.Manifests.Select(entry => entry.DigestText).Distinct(StringComparer.Ordinal))
        {
            if (!Digest.TryParse(key, out _) || !known.TryGetValue(key, out var images))
                continue;
            if (images.Length == 0)
                text.Append(key).Append('\n');
            foreach (var image in images.Where(IsPlain))
                text.Append(CultureInfo.InvariantCulture,
                    $"{key} {image.ManifestDigest} {image.Id} {image.Platform} {image.Created?.ToUnixTimeSeconds() ?? long.MinValue} {image.Size}\n");
        }
        return text.ToString();
    }

    /// <summary>
    /// A platform of foreign make may have any character in it; one that would break a line is read each time.
    /// </summary>
    private static bool IsPlain(ImageFacts image) =>
        !image.Platform.ToString().AsSpan().ContainsAny(' ', '\n', '\r')
            && image.Platform.ToString().Count(c => c == '/') <= 2;
}
