namespace Drydock.Oci;

/// <summary>Tells which shape an image has, and refuses what would leave a layer out.</summary>
internal static class LayerShapes
{
    /// <summary>The layer that is the module; null where the module is a file in the layers.</summary>
    public static Descriptor? ModuleLayer(Image image)
    {
        var layers = image.Manifest.Layers;
        if (layers.FirstOrDefault(layer => !IsKnown(layer.MediaType)) is { } unknown)
            throw Unknown(image, unknown.MediaType);
        var modules = layers.Where(layer => MediaTypes.IsWasmLayer(layer.MediaType)).ToArray();
        return modules.Length <= 1 ? modules.FirstOrDefault() : throw new ImageException(ImageError.Unsupported,
            $"image {image.DisplayName} has {modules.Length} WebAssembly layers; only images with one can be run");
    }

    /// <summary>Refuses an image with a layer that nothing here understands.</summary>
    public static void Check(Image image) => ModuleLayer(image);

    private static bool IsKnown(string mediaType) => MediaTypes.IsWasmLayer(mediaType) || MediaTypes.IsTarLayer(mediaType);

    private static ImageException Unknown(Image image, string mediaType) => mediaType == MediaTypes.SpinConfig
        ? new(ImageError.Unsupported, $"image {image.DisplayName} is a Spin application, which is not supported yet")
        : new(ImageError.Unsupported,
            $"image {image.DisplayName} has a layer of type \"{Printable.Of(mediaType)}\", which is not supported");
}
