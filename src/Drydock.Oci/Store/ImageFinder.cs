namespace Drydock.Oci;

/// <summary>Finds images by name, id or digest, and picks the one for a platform.</summary>
internal sealed class ImageFinder(ImageIndex index, ImageReader reader)
{
    private const int MinIdLength = 3;

    /// <summary>The image of a name.</summary>
    public Image ByName(Reference name, Platform? platform)
    {
        var candidates = index.Manifests.Where(entry => StoreIndex.IsNamed(entry, name)).SelectMany(reader.Expand)
            .ToArray();
        return candidates.Length == 0
            ? throw NotFound(name.Familiar)
            : Choose(candidates, name, platform);
    }

    /// <summary>The image of a name, an id, the first digits of one, or a manifest's digest.</summary>
    public Image ByNameOrId(string text, Platform? platform)
    {
        var isName = Reference.TryParse(text, out var name);
        if (isName && index.Manifests.Any(entry => StoreIndex.IsNamed(entry, name!)))
            return ByName(name!, platform);
        if (ById(text) is { Length: > 0 } found)
            return found[0].Image;
        throw isName || IdDigits(text) is not null ? NotFound(text) : Malformed(text);
    }

    /// <summary>All entries that lead to the image of an id, with the image; empty when there is none.</summary>
    /// <exception cref="ImageException">When the digits begin several ids.</exception>
    public (Descriptor Entry, Image Image)[] ById(string text)
    {
        if (IdDigits(text) is not { } digits)
            return [];
        var found = index.Manifests.SelectMany(reader.Expand)
            .Select(candidate => (candidate.Entry, Image: TryRead(candidate)))
            .Where(pair => pair.Image is not null && HasId(pair.Image, digits))
            .Select(pair => (pair.Entry, Image: pair.Image!)).ToArray();
        if (found.Select(pair => pair.Image.Id).Distinct().Count() > 1)
            throw new ImageException(ImageError.NotFound, $"{text} begins the ids of several images; give more digits");
        return found;
    }

    /// <summary>Reads an image; null when it is damaged, which must not hide the others.</summary>
    public Image? TryRead(Candidate candidate)
    {
        try
        {
            return reader.Read(candidate.Manifest, StoreIndex.NameOf(candidate.Entry));
        }
        catch (ImageException)
        {
            return null;
        }
    }

    private static bool HasId(Image image, string digits) =>
        image.Id.Hex.StartsWith(digits, StringComparison.Ordinal)
        || image.ManifestDigest.Hex.StartsWith(digits, StringComparison.Ordinal);

    private static string? IdDigits(string text)
    {
        var digits = text.StartsWith(Digest.Prefix, StringComparison.Ordinal) ? text[Digest.Prefix.Length..] : text;
        return digits.Length is >= MinIdLength and <= 64 && digits.All(char.IsAsciiHexDigitLower) ? digits : null;
    }

    /// <summary>Without a request a WebAssembly image is preferred, and a lone image taken whatever it is.</summary>
    private Image Choose(Candidate[] candidates, Reference name, Platform? requested)
    {
        var present = candidates.Where(reader.IsPresent).ToArray();
        if (present.Length == 0)
            present = candidates;
        var images = present.Length == 1 || requested is null
            ? present.OrderBy(candidate => IsWasm(candidate.Manifest) ? 0 : 1).Take(1)
            : present.Where(candidate => MayServe(candidate.Manifest, requested));
        foreach (var candidate in images)
        {
            var image = reader.Read(candidate.Manifest, name);
            if (requested is null || image.Platform.Serves(requested))
                return image;
        }
        if (candidates.Except(present).Any(candidate => PlatformOf(candidate.Manifest)?.Serves(requested!) == true))
            throw new ImageException(ImageError.NotFound,
                $"image {name.Familiar} is in the local store, but not for {requested}; drydock pull --platform {requested} fetches it");
        throw new ImageException(ImageError.WrongPlatform,
            $"image {name.Familiar} is for {Offered(candidates, name)}, not for {requested}");
    }

    private string Offered(Candidate[] candidates, Reference name) =>
        string.Join(", ", candidates
            .Select(candidate => PlatformOf(candidate.Manifest) ?? reader.Read(candidate.Manifest, name).Platform)
                .Distinct());

    private static bool IsWasm(Descriptor descriptor) => PlatformOf(descriptor) is { IsWasm: true };

    private static bool MayServe(Descriptor descriptor, Platform requested) =>
        PlatformOf(descriptor) is not { } platform || platform.Serves(requested);

    private static Platform? PlatformOf(Descriptor descriptor) => descriptor.Platform is { } platform
        ? Platform.Normalize(platform.Os, platform.Architecture, platform.Variant)
        : null;

    private static ImageException NotFound(string name) => new(ImageError.NotFound,
        $"image {Printable.Of(name)} is not in the local store; drydock images lists what is");

    private static ImageException Malformed(string text)
    {
        try
        {
            Reference.Parse(text);
            return NotFound(text);
        }
        catch (ImageException e)
        {
            return e;
        }
    }
}
