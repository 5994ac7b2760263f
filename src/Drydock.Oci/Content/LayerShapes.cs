namespace Drydock.Oci;

/// <summary>What a layer is, as far as its media type says.</summary>
internal enum LayerKind
{
    /// <summary>An archive of files.</summary>
    Archive,
    /// <summary>A WebAssembly binary itself.</summary>
    Module,
    /// <summary>Anything: what it is its bytes say.</summary>
    Bytes,
    /// <summary>A part of a Spin application.</summary>
    Spin,
    /// <summary>Something that nothing here understands.</summary>
    Unknown,
}

/// <summary>Tells which shape an image has, and refuses what would leave a layer out.</summary>
internal static class LayerShapes
{
    /// <summary>What a media type says.</summary>
    public static LayerKind KindOf(string mediaType) => mediaType switch
    {
        _ when MediaTypes.IsWasmLayer(mediaType) => LayerKind.Module,
        _ when MediaTypes.IsTarLayer(mediaType) => LayerKind.Archive,
        MediaTypes.SpinConfig or MediaTypes.SpinData or MediaTypes.SpinBundle => LayerKind.Spin,
        MediaTypes.OctetStream => LayerKind.Bytes,
        _ when mediaType.EndsWith("wasm", StringComparison.OrdinalIgnoreCase) => LayerKind.Bytes,
        _ => LayerKind.Unknown,
    };

    /// <summary>Whether the image is a Spin application: its parts are of no use one by one.</summary>
    public static bool IsSpin(Image image) =>
        image.Manifest.Config.MediaType == MediaTypes.SpinConfig
        || image.Manifest.Layers.Any(layer => KindOf(layer.MediaType) == LayerKind.Spin);

    /// <summary>Refuses an image with a layer that nothing here understands.</summary>
    public static void Check(Image image)
    {
        if (image.Manifest.Layers.FirstOrDefault(layer => KindOf(layer.MediaType) == LayerKind.Unknown) is { } unknown)
            throw new ImageException(ImageError.Unsupported,
                $"image {image.DisplayName} has a layer {unknown.DigestText} "
                + $"of type \"{Printable.Of(unknown.MediaType)}\", which is not supported");
    }

    /// <summary>The layer that is the module; null where the module is a file in the layers.</summary>
    /// <param name="image">The image.</param>
    /// <param name="store">Where its layers are.</param>
    /// <param name="isUnpacked">Whether its archives have been unpacked, and so are known to be such.</param>
    public static Descriptor? ModuleLayer(Image image, StoreLayout store, bool isUnpacked)
    {
        Check(image);
        if (IsSpin(image))
            throw SpinApplication.Refuse(image, store);
        var modules = image.Manifest.Layers.Where(layer => IsModule(layer, store, isUnpacked)).ToArray();
        return modules.Length <= 1 ? modules.FirstOrDefault() : throw new ImageException(ImageError.Unsupported,
            $"image {image.DisplayName} has {modules.Length} WebAssembly layers; only images with one can be run");
    }

    /// <summary>Tools that push single files call them archives, or bytes: the magic number decides.</summary>
    private static bool IsModule(Descriptor layer, StoreLayout store, bool isUnpacked) => KindOf(layer.MediaType) switch
    {
        LayerKind.Module => true,
        LayerKind.Archive => !isUnpacked && IsWasm(layer, store),
        LayerKind.Bytes => IsWasm(layer, store) ? true : throw new ImageException(ImageError.Unsupported,
            $"layer {layer.DigestText} of type \"{Printable.Of(layer.MediaType)}\" is no WebAssembly binary, and nothing else that is supported"),
        _ => false,
    };

    private static bool IsWasm(Descriptor layer, StoreLayout store)
    {
        var path = store.Blob(layer.Digest);
        return File.Exists(path) && BinaryKinds.Detect(LayerCompression.Prefix(path)) is BinaryKind.Module
            or BinaryKind.Component;
    }
}
