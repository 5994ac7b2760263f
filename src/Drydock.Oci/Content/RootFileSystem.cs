namespace Drydock.Oci;

/// <summary>
/// The unpacked layers of an image: a directory beside the blobs, made once and published by a rename.
/// </summary>
internal static class RootFileSystem
{
    /// <summary>The directory of an image's root file system; unpacks it if that has not been done.</summary>
    public static string Ensure(StoreLayout layout, Image image)
    {
        var directory = layout.RootFileSystem(image.Id);
        if (Directory.Exists(directory))
            return directory;
        using var staging = Staging.Create(layout);
        Unpack(staging, image);
        staging.Commit(null);
        return directory;
    }

    /// <summary>Unpacks an image whose blobs are staged or stored, and stages the result.</summary>
    public static IReadOnlyList<string> Unpack(Staging staging, Image image)
    {
        var layers = image.Manifest.Layers.Where(layer => MediaTypes.IsTarLayer(layer.MediaType)).ToArray();
        var diffIds = image.Config.Rootfs?.DiffIds ?? [];
        if (diffIds.Length != layers.Length)
            throw new ImageException(ImageError.Corrupt,
                $"image {image.DisplayName} has {layers.Length} layers, but its configuration lists {diffIds.Length}");
        var directory = staging.NewPath();
        Trees.Make(directory);
        using var extractor = new LayerExtractor(directory);
        for (var i = 0; i < layers.Length; i++)
            Extract(extractor, staging.PathOf(layers[i].Digest), layers[i], diffIds[i]);
        extractor.Sync();
        staging.AddRootFileSystem(image.Id, directory);
        return extractor.Notes;
    }

    private static void Extract(LayerExtractor extractor, string path, Descriptor layer, string diffId)
    {
        try
        {
            using var file = File.OpenRead(path);
            using var content = LayerCompression.Open(file, layer);
            using var hashed = new HashingStream(content, LayerExtractor.MaxExpansion(layer.Size));
            extractor.Extract(hashed, layer.Size);
            if (hashed.Finish().ToString() != diffId)
                throw new ImageException(ImageError.Corrupt,
                    $"layer {layer.DigestText} does not unpack to {Printable.Of(diffId)}");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException
            or ArgumentException)
        {
            throw new ImageException(ImageError.Corrupt, $"cannot unpack layer {layer.DigestText}: {Reason.Of(e)}", e);
        }
        catch (ExpansionException e)
        {
            throw new ImageException(ImageError.Corrupt,
                $"layer {layer.DigestText} of {layer.Size} bytes unpacks to more than {e.Limit}, which no honest layer does", e);
        }
        catch (FileNotFoundException e)
        {
            throw new ImageException(ImageError.Corrupt, $"layer {layer.DigestText} is missing from the store", e);
        }
    }
}
