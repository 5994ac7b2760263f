using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Drydock.Oci;

/// <summary>
/// Writes the JSON of images: members in the order in which the specification lists them, absent where they say
/// nothing, and last what was not understood when it was read. What is equal is written equally, since digests are
/// taken of it.
/// </summary>
internal static class OciJson
{
    /// <summary>The most a manifest, index or configuration may measure; what registries accept too.</summary>
    public const int MaxBytes = 4 << 20;

    /// <summary>
    /// Plus signs stay as they are: media types are full of them, and nothing here is read by a browser.
    /// </summary>
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes any document.</summary>
    public static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var output = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(output, Options))
            write(json);
        return output.WrittenSpan.ToArray();
    }

    /// <summary>A document within another.</summary>
    public static JsonElement Element(Action<Utf8JsonWriter> write)
    {
        var json = new Utf8JsonReader(Write(write));
        return JsonElement.ParseValue(ref json);
    }

    /// <summary>What is thrown for a document that cannot be read.</summary>
    public static ImageException NotJson(string what, Exception reason) => NotJson(what, Reason.Of(reason), reason);

    /// <summary>What is thrown for a document that cannot be read.</summary>
    public static ImageException NotJson(string what, string reason, Exception? inner = null) =>
        new(ImageError.Corrupt, $"cannot read {what}: {reason}", inner);

    /// <summary>Writes an index.</summary>
    public static byte[] Write(ImageIndex index) => Write(json =>
    {
        json.WriteStartObject();
        Number(json, "schemaVersion"u8, index.SchemaVersion);
        Text(json, "mediaType"u8, index.MediaType);
        Descriptors(json, "manifests"u8, index.Manifests);
        Map(json, "annotations"u8, index.Annotations);
        End(json, index.Unknown);
    });

    /// <summary>Writes a manifest.</summary>
    public static byte[] Write(ImageManifest manifest) => Write(json =>
    {
        json.WriteStartObject();
        Number(json, "schemaVersion"u8, manifest.SchemaVersion);
        Text(json, "mediaType"u8, manifest.MediaType);
        Text(json, "artifactType"u8, manifest.ArtifactType);
        Member(json, "config"u8, manifest.Config);
        Descriptors(json, "layers"u8, manifest.Layers);
        Member(json, "subject"u8, manifest.Subject);
        Map(json, "annotations"u8, manifest.Annotations);
        End(json, manifest.Unknown);
    });

    /// <summary>Writes a configuration.</summary>
    public static byte[] Write(ImageConfig config) => Write(json =>
    {
        json.WriteStartObject();
        Text(json, "created"u8, config.Created);
        Text(json, "author"u8, config.Author);
        Text(json, "architecture"u8, config.Architecture);
        Text(json, "os"u8, config.Os);
        Text(json, "variant"u8, config.Variant);
        Execution(json, config.Config);
        RootFs(json, config.Rootfs);
        History(json, config.History);
        End(json, config.Unknown);
    });

    /// <summary>Writes a descriptor.</summary>
    public static byte[] Write(Descriptor descriptor) => Write(json => Value(json, descriptor));

    /// <summary>Writes the marker of a layout.</summary>
    public static byte[] Write(LayoutMarker marker) => Write(json =>
    {
        json.WriteStartObject();
        Text(json, "imageLayoutVersion"u8, marker.ImageLayoutVersion);
        json.WriteEndObject();
    });

    private static void Value(Utf8JsonWriter json, Descriptor descriptor)
    {
        json.WriteStartObject();
        Text(json, "mediaType"u8, descriptor.MediaType);
        Text(json, "digest"u8, descriptor.DigestText);
        json.WriteNumber("size"u8, descriptor.Size);
        Platform(json, descriptor.Platform);
        Text(json, "artifactType"u8, descriptor.ArtifactType);
        Map(json, "annotations"u8, descriptor.Annotations);
        End(json, descriptor.Unknown);
    }

    private static void Platform(Utf8JsonWriter json, DescriptorPlatform? platform)
    {
        if (platform is null)
            return;
        json.WriteStartObject("platform"u8);
        Text(json, "architecture"u8, platform.Architecture);
        Text(json, "os"u8, platform.Os);
        Text(json, "variant"u8, platform.Variant);
        End(json, platform.Unknown);
    }

    private static void Execution(Utf8JsonWriter json, ExecutionConfig? config)
    {
        if (config is null)
            return;
        json.WriteStartObject("config"u8);
        Text(json, "User"u8, config.User);
        Set(json, "ExposedPorts"u8, config.ExposedPorts);
        Texts(json, "Env"u8, config.Env);
        Texts(json, "Entrypoint"u8, config.Entrypoint);
        Texts(json, "Cmd"u8, config.Cmd);
        Set(json, "Volumes"u8, config.Volumes);
        Text(json, "WorkingDir"u8, config.WorkingDir);
        Map(json, "Labels"u8, config.Labels);
        Text(json, "StopSignal"u8, config.StopSignal);
        Health(json, config.Healthcheck);
        Texts(json, "OnBuild"u8, config.OnBuild);
        Texts(json, "Shell"u8, config.Shell);
        End(json, config.Unknown);
    }

    private static void Health(Utf8JsonWriter json, HealthConfig? health)
    {
        if (health is null)
            return;
        json.WriteStartObject("Healthcheck"u8);
        Texts(json, "Test"u8, health.Test);
        Number(json, "Interval"u8, health.Interval);
        Number(json, "Timeout"u8, health.Timeout);
        Number(json, "StartPeriod"u8, health.StartPeriod);
        Number(json, "StartInterval"u8, health.StartInterval);
        Number(json, "Retries"u8, health.Retries);
        json.WriteEndObject();
    }

    private static void RootFs(Utf8JsonWriter json, RootFs? root)
    {
        if (root is null)
            return;
        json.WriteStartObject("rootfs"u8);
        Text(json, "type"u8, root.Type);
        Texts(json, "diff_ids"u8, root.DiffIds);
        json.WriteEndObject();
    }

    private static void History(Utf8JsonWriter json, HistoryEntry[]? history)
    {
        if (history is null)
            return;
        json.WriteStartArray("history"u8);
        foreach (var entry in history)
            Value(json, entry);
        json.WriteEndArray();
    }

    private static void Value(Utf8JsonWriter json, HistoryEntry entry)
    {
        json.WriteStartObject();
        Text(json, "created"u8, entry.Created);
        Text(json, "created_by"u8, entry.CreatedBy);
        Text(json, "author"u8, entry.Author);
        Text(json, "comment"u8, entry.Comment);
        if (entry.EmptyLayer)
            json.WriteBoolean("empty_layer"u8, true);
        json.WriteEndObject();
    }

    private static void Text(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static void Number(Utf8JsonWriter json, ReadOnlySpan<byte> name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }

    private static void Texts(Utf8JsonWriter json, ReadOnlySpan<byte> name, string[]? values)
    {
        if (values is null)
            return;
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void Map(Utf8JsonWriter json, ReadOnlySpan<byte> name, Dictionary<string, string>? map)
    {
        if (map is null)
            return;
        json.WriteStartObject(name);
        foreach (var (key, value) in map)
            json.WriteString(key, value);
        json.WriteEndObject();
    }

    /// <summary>An object whose values say nothing: <c>{"80/tcp":{}}</c>.</summary>
    private static void Set(Utf8JsonWriter json, ReadOnlySpan<byte> name, Dictionary<string, EmptyObject>? set)
    {
        if (set is null)
            return;
        json.WriteStartObject(name);
        foreach (var key in set.Keys)
        {
            json.WriteStartObject(key);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }

    private static void Member(Utf8JsonWriter json, ReadOnlySpan<byte> name, Descriptor? descriptor)
    {
        if (descriptor is null)
            return;
        json.WritePropertyName(name);
        Value(json, descriptor);
    }

    private static void Descriptors(Utf8JsonWriter json, ReadOnlySpan<byte> name, Descriptor[] descriptors)
    {
        json.WriteStartArray(name);
        foreach (var descriptor in descriptors)
            Value(json, descriptor);
        json.WriteEndArray();
    }

    private static void End(Utf8JsonWriter json, Dictionary<string, JsonElement>? unknown)
    {
        foreach (var (name, value) in unknown ?? [])
        {
            json.WritePropertyName(name);
            value.WriteTo(json);
        }
        json.WriteEndObject();
    }
}
