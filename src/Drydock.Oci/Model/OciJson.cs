using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Drydock.Oci;

/// <summary>The JSON of images: source-generated, bounded on reading, stable on writing.</summary>
[JsonSerializable(typeof(ImageIndex))]
[JsonSerializable(typeof(ImageManifest))]
[JsonSerializable(typeof(ImageConfig))]
[JsonSerializable(typeof(LayoutMarker))]
[JsonSerializable(typeof(Descriptor))]
[JsonSerializable(typeof(string[]))]
internal sealed partial class OciJson : JsonSerializerContext
{
    /// <summary>The most a manifest, index or configuration may measure; what registries accept too.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>Plus signs stay as they are: media types are full of them, and nothing here is read by a browser.</summary>
    public static OciJson Instance { get; } = new(new JsonSerializerOptions
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    });

    /// <summary>Reads a document.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Corrupt"/>.</exception>
    public static T Read<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type, string what) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(json, type) ?? throw NotJson(what, "it is null", null);
        }
        catch (JsonException e)
        {
            throw NotJson(what, Reason.Of(e), e);
        }
    }

    /// <summary>Reads a JSON file of at most <see cref="MaxBytes"/>.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Corrupt"/>.</exception>
    public static T ReadFile<T>(string path, JsonTypeInfo<T> type, string what) where T : class
    {
        using var file = File.OpenHandle(path);
        var length = RandomAccess.GetLength(file);
        if (length > MaxBytes)
            throw NotJson(what, $"it measures {length} bytes, more than {MaxBytes}", null);
        var content = new byte[length];
        var read = RandomAccess.Read(file, content, 0);
        return Read(content.AsSpan(0, read), type, what);
    }

    /// <summary>What is thrown for a document that cannot be read.</summary>
    public static ImageException NotJson(string what, Exception reason) => NotJson(what, Reason.Of(reason), reason);

    /// <summary>Writes a document.</summary>
    public static byte[] Write<T>(T value, JsonTypeInfo<T> type) => JsonSerializer.SerializeToUtf8Bytes(value, type);

    private static ImageException NotJson(string what, string reason, Exception? inner) =>
        new(ImageError.Corrupt, $"cannot read {what}: {reason}", inner);
}
