using System.Text.Json;

namespace Drydock.Oci;

/// <summary>
/// Reads the documents of images token by token. The serializer's first use costs a millisecond, which is a tenth of a
/// whole start from an image; writing, which no start does, is left to it. A test holds the two to the same fields.
/// </summary>
internal static class OciReader
{
    private delegate T Reading<out T>(ref Utf8JsonReader json);

    /// <summary>Reads an index.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Corrupt"/>.</exception>
    public static ImageIndex Index(ReadOnlySpan<byte> json, string what) => Document(json, what, ReadIndex);

    /// <summary>Reads a manifest.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Corrupt"/>.</exception>
    public static ImageManifest Manifest(ReadOnlySpan<byte> json, string what) => Document(json, what, ReadManifest);

    /// <summary>Reads a configuration.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Corrupt"/>.</exception>
    public static ImageConfig Config(ReadOnlySpan<byte> json, string what) => Document(json, what, ReadConfig);

    /// <summary>Reads a file with a configuration.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Corrupt"/>.</exception>
    public static ImageConfig ConfigFile(string path, string what)
    {
        var length = new FileInfo(path).Length;
        return length <= OciJson.MaxBytes
            ? Config(File.ReadAllBytes(path), what)
            : throw OciJson.NotJson(what, $"it measures {length} bytes, more than {OciJson.MaxBytes}");
    }

    private static T Document<T>(ReadOnlySpan<byte> bytes, string what, Reading<T?> read) where T : class
    {
        try
        {
            var json = new Utf8JsonReader(bytes);
            json.Read();
            var value = read(ref json) ?? throw new JsonException("it is null");
            json.Read();
            return value;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException)
        {
            throw OciJson.NotJson(what, e);
        }
    }

    private static ImageIndex? ReadIndex(ref Utf8JsonReader json)
    {
        if (!EnterObject(ref json))
            return null;
        var index = new ImageIndex();
        while (NextMember(ref json))
            if (json.ValueTextEquals("schemaVersion"u8)) index.SchemaVersion = (int)Number(ref json);
            else if (json.ValueTextEquals("mediaType"u8)) index.MediaType = Text(ref json);
            else if (json.ValueTextEquals("manifests"u8)) index.Manifests = Descriptors(ref json);
            else if (json.ValueTextEquals("annotations"u8)) index.Annotations = Map(ref json);
            else Keep(ref json, index.Unknown ??= []);
        return index;
    }

    private static ImageManifest? ReadManifest(ref Utf8JsonReader json)
    {
        if (!EnterObject(ref json))
            return null;
        var manifest = new ImageManifest();
        while (NextMember(ref json))
            if (json.ValueTextEquals("schemaVersion"u8)) manifest.SchemaVersion = (int)Number(ref json);
            else if (json.ValueTextEquals("mediaType"u8)) manifest.MediaType = Text(ref json);
            else if (json.ValueTextEquals("artifactType"u8)) manifest.ArtifactType = Text(ref json);
            else if (json.ValueTextEquals("config"u8)) manifest.Config = Value(ref json, ReadDescriptor)!;
            else if (json.ValueTextEquals("layers"u8)) manifest.Layers = Descriptors(ref json);
            else if (json.ValueTextEquals("subject"u8)) manifest.Subject = Value(ref json, ReadDescriptor);
            else if (json.ValueTextEquals("annotations"u8)) manifest.Annotations = Map(ref json);
            else Keep(ref json, manifest.Unknown ??= []);
        return manifest;
    }

    private static Descriptor? ReadDescriptor(ref Utf8JsonReader json)
    {
        if (!EnterObject(ref json))
            return null;
        var descriptor = new Descriptor();
        while (NextMember(ref json))
            if (json.ValueTextEquals("mediaType"u8)) descriptor.MediaType = Text(ref json)!;
            else if (json.ValueTextEquals("digest"u8)) descriptor.DigestText = Text(ref json)!;
            else if (json.ValueTextEquals("size"u8)) descriptor.Size = Number(ref json);
            else if (json.ValueTextEquals("platform"u8)) descriptor.Platform = Value(ref json, ReadPlatform);
            else if (json.ValueTextEquals("artifactType"u8)) descriptor.ArtifactType = Text(ref json);
            else if (json.ValueTextEquals("annotations"u8)) descriptor.Annotations = Map(ref json);
            else Keep(ref json, descriptor.Unknown ??= []);
        return descriptor;
    }

    private static DescriptorPlatform? ReadPlatform(ref Utf8JsonReader json)
    {
        if (!EnterObject(ref json))
            return null;
        var platform = new DescriptorPlatform();
        while (NextMember(ref json))
            if (json.ValueTextEquals("architecture"u8)) platform.Architecture = Text(ref json);
            else if (json.ValueTextEquals("os"u8)) platform.Os = Text(ref json);
            else if (json.ValueTextEquals("variant"u8)) platform.Variant = Text(ref json);
            else Keep(ref json, platform.Unknown ??= []);
        return platform;
    }

    private static ImageConfig? ReadConfig(ref Utf8JsonReader json)
    {
        if (!EnterObject(ref json))
            return null;
        var config = new ImageConfig();
        while (NextMember(ref json))
            if (json.ValueTextEquals("created"u8)) config.Created = Text(ref json);
            else if (json.ValueTextEquals("author"u8)) config.Author = Text(ref json);
            else if (json.ValueTextEquals("architecture"u8)) config.Architecture = Text(ref json)!;
            else if (json.ValueTextEquals("os"u8)) config.Os = Text(ref json)!;
            else if (json.ValueTextEquals("variant"u8)) config.Variant = Text(ref json);
            else if (json.ValueTextEquals("config"u8)) config.Config = Value(ref json, ReadExecution);
            else if (json.ValueTextEquals("rootfs"u8)) config.Rootfs = Value(ref json, ReadRootFs);
            else if (json.ValueTextEquals("history"u8)) config.History = List(ref json, ReadHistory);
            else Keep(ref json, config.Unknown ??= []);
        return config;
    }

    private static ExecutionConfig? ReadExecution(ref Utf8JsonReader json)
    {
        if (!EnterObject(ref json))
            return null;
        var config = new ExecutionConfig();
        while (NextMember(ref json))
            if (json.ValueTextEquals("User"u8)) config.User = Text(ref json);
            else if (json.ValueTextEquals("ExposedPorts"u8)) config.ExposedPorts = Set(ref json);
            else if (json.ValueTextEquals("Env"u8)) config.Env = Texts(ref json);
            else if (json.ValueTextEquals("Entrypoint"u8)) config.Entrypoint = Texts(ref json);
            else if (json.ValueTextEquals("Cmd"u8)) config.Cmd = Texts(ref json);
            else if (json.ValueTextEquals("Volumes"u8)) config.Volumes = Set(ref json);
            else if (json.ValueTextEquals("WorkingDir"u8)) config.WorkingDir = Text(ref json);
            else if (json.ValueTextEquals("Labels"u8)) config.Labels = Map(ref json);
            else if (json.ValueTextEquals("StopSignal"u8)) config.StopSignal = Text(ref json);
            else if (json.ValueTextEquals("Healthcheck"u8)) config.Healthcheck = Value(ref json, ReadHealth);
            else if (json.ValueTextEquals("OnBuild"u8)) config.OnBuild = Texts(ref json);
            else if (json.ValueTextEquals("Shell"u8)) config.Shell = Texts(ref json);
            else Keep(ref json, config.Unknown ??= []);
        return config;
    }

    private static HealthConfig? ReadHealth(ref Utf8JsonReader json)
    {
        if (!EnterObject(ref json))
            return null;
        var health = new HealthConfig();
        while (NextMember(ref json))
            if (json.ValueTextEquals("Test"u8)) health.Test = Texts(ref json);
            else if (json.ValueTextEquals("Interval"u8)) health.Interval = Number(ref json);
            else if (json.ValueTextEquals("Timeout"u8)) health.Timeout = Number(ref json);
            else if (json.ValueTextEquals("StartPeriod"u8)) health.StartPeriod = Number(ref json);
            else if (json.ValueTextEquals("StartInterval"u8)) health.StartInterval = Number(ref json);
            else if (json.ValueTextEquals("Retries"u8)) health.Retries = (int)Number(ref json);
            else Skip(ref json);
        return health;
    }

    private static RootFs? ReadRootFs(ref Utf8JsonReader json)
    {
        if (!EnterObject(ref json))
            return null;
        var root = new RootFs();
        while (NextMember(ref json))
            if (json.ValueTextEquals("type"u8)) root.Type = Text(ref json) ?? "layers";
            else if (json.ValueTextEquals("diff_ids"u8)) root.DiffIds = Texts(ref json);
            else Skip(ref json);
        return root;
    }

    private static HistoryEntry? ReadHistory(ref Utf8JsonReader json)
    {
        if (!EnterObject(ref json))
            return null;
        var entry = new HistoryEntry();
        while (NextMember(ref json))
            if (json.ValueTextEquals("created"u8)) entry.Created = Text(ref json);
            else if (json.ValueTextEquals("created_by"u8)) entry.CreatedBy = Text(ref json);
            else if (json.ValueTextEquals("author"u8)) entry.Author = Text(ref json);
            else if (json.ValueTextEquals("comment"u8)) entry.Comment = Text(ref json);
            else if (json.ValueTextEquals("empty_layer"u8)) entry.EmptyLayer = Flag(ref json);
            else Skip(ref json);
        return entry;
    }

    private static Descriptor[] Descriptors(ref Utf8JsonReader json) => List(ref json, ReadDescriptor) ?? [];

    /// <summary>Whether an object begins here; false for null.</summary>
    private static bool EnterObject(ref Utf8JsonReader json) => json.TokenType switch
    {
        JsonTokenType.StartObject => true,
        JsonTokenType.Null => false,
        _ => throw Unexpected(ref json, "an object"),
    };

    /// <summary>Moves to the next member's name; false at the object's end.</summary>
    private static bool NextMember(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.PropertyName;
    }

    private static T? Value<T>(ref Utf8JsonReader json, Reading<T?> read) where T : class
    {
        json.Read();
        return read(ref json);
    }

    /// <summary>The elements of an array that are not null; null where the array itself is.</summary>
    private static T[]? List<T>(ref Utf8JsonReader json, Reading<T?> read) where T : class
    {
        json.Read();
        if (json.TokenType == JsonTokenType.Null)
            return null;
        if (json.TokenType != JsonTokenType.StartArray)
            throw Unexpected(ref json, "an array");
        List<T> items = [];
        while (json.Read() && json.TokenType != JsonTokenType.EndArray)
            if (read(ref json) is { } item)
                items.Add(item);
        return [.. items];
    }

    private static string[]? Texts(ref Utf8JsonReader json) => List(ref json, Current);

    private static string? Text(ref Utf8JsonReader json)
    {
        json.Read();
        return Current(ref json);
    }

    private static string? Current(ref Utf8JsonReader json) =>
        json.TokenType is JsonTokenType.String or JsonTokenType.Null ? json.GetString()
            : throw Unexpected(ref json, "a string");

    private static long Number(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType == JsonTokenType.Null ? 0
            : json.TokenType == JsonTokenType.Number && json.TryGetInt64(out var number) ? number
            : throw Unexpected(ref json, "a whole number");
    }

    private static bool Flag(ref Utf8JsonReader json)
    {
        json.Read();
        return json.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False or JsonTokenType.Null => false,
            _ => throw Unexpected(ref json, "true or false"),
        };
    }

    private static Dictionary<string, string>? Map(ref Utf8JsonReader json)
    {
        json.Read();
        if (!EnterObject(ref json))
            return null;
        Dictionary<string, string> map = [];
        while (NextMember(ref json))
        {
            var name = json.GetString()!;
            map[name] = Text(ref json) ?? "";
        }
        return map;
    }

    /// <summary>The names of an object whose values say nothing: <c>{"80/tcp":{}}</c>.</summary>
    private static Dictionary<string, EmptyObject>? Set(ref Utf8JsonReader json)
    {
        json.Read();
        if (!EnterObject(ref json))
            return null;
        Dictionary<string, EmptyObject> set = [];
        while (NextMember(ref json))
        {
            set[json.GetString()!] = new();
            Skip(ref json);
        }
        return set;
    }

    private static void Keep(ref Utf8JsonReader json, Dictionary<string, JsonElement> unknown)
    {
        var name = json.GetString()!;
        json.Read();
        unknown[name] = JsonElement.ParseValue(ref json);
    }

    private static void Skip(ref Utf8JsonReader json)
    {
        json.Read();
        json.Skip();
    }

    private static JsonException Unexpected(ref Utf8JsonReader json, string expected) =>
        new($"expected {expected} at byte {json.TokenStartIndex}, found {json.TokenType}");
}
