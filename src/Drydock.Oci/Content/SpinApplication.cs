using System.Text.Json;

namespace Drydock.Oci;

/// <summary>
/// What a Spin application is made of: its locked manifest (<c>spin_lock_version</c> 0 or 1) is a layer, or, as older
/// versions pushed it, the configuration.
/// </summary>
/// <param name="Name">Name of the application.</param>
/// <param name="Triggers">Kinds of its triggers, as <c>http</c>.</param>
/// <param name="Components">Ids of its components.</param>
internal sealed record SpinApplication(string Name, string[] Triggers, string[] Components)
{
    /// <summary>The application in an image; null where its manifest cannot be read.</summary>
    public static SpinApplication? Read(Image image, StoreLayout store)
    {
        var place = image.Manifest.Layers.Prepend(image.Manifest.Config)
            .FirstOrDefault(each => each.MediaType == MediaTypes.SpinConfig);
        if (place is null || place.Size > OciJson.MaxBytes || !File.Exists(store.Blob(place.Digest)))
            return null;
        try
        {
            using var json = JsonDocument.Parse(File.ReadAllBytes(store.Blob(place.Digest)));
            var root = json.RootElement;
            var name = root.TryGetProperty("metadata", out var metadata) ? Text(metadata, "name") : null;
            return new(name ?? "without a name", Texts(root, "triggers", "trigger_type"),
                Texts(root, "components", "id"));
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Why it does not run, with what it is.</summary>
    public static ImageException Refuse(Image image, StoreLayout store)
    {
        var what = Read(image, store) is { } application
            ? $"the Spin application {Printable.Of(application.Name)} (triggers: {List(application.Triggers)}; "
                + $"components: {List(application.Components)})"
            : "a Spin application";
        return new(ImageError.Unsupported,
            $"image {image.DisplayName} is {what}, and Spin's triggers are not supported yet");
    }

    private static string List(string[] names) => names.Length == 0 ? "none" : Printable.Of(string.Join(", ", names));

    private static string[] Texts(JsonElement parent, string array, string name) =>
        parent.TryGetProperty(array, out var items) && items.ValueKind == JsonValueKind.Array
            ? [.. items.EnumerateArray().Select(item => Text(item, name)).OfType<string>().Distinct()]
            : [];

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()
            : null;
}
