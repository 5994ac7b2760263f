using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Drydock.Oci.Registry;

/// <summary>
/// A <c>config.json</c> of Docker or <c>auth.json</c> of Podman. What is not known in it stays as it is.
/// </summary>
internal sealed class AuthFile
{
    private const int MaxBytes = 1 << 20;

    private readonly JsonObject _content;

    private AuthFile(string path, JsonObject content) => (Path, _content) = (path, content);

    public string Path { get; }

    public static AuthFile New(string path) => new(path, []);

    /// <summary>Reads a file; null where there is none.</summary>
    public static AuthFile? Load(string path)
    {
        try
        {
            using var file = File.OpenRead(path);
            if (file.Length > MaxBytes)
                throw new ImageException(ImageError.Registry,
                    $"cannot read credentials from {path}: it is larger than {MaxBytes} bytes");
            return file.Length == 0 ? New(path) : new(path, JsonNode.Parse(file)?.AsObject() ?? []);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException
            or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.Registry, $"cannot read credentials from {path}: "
                + (e is JsonException or InvalidOperationException ? "it is not a JSON object"
                    : StoreErrors.Describe(e)), e);
        }
    }

    /// <summary>The helper that keeps a host's credentials, or null.</summary>
    public string? HelperFor(string host)
    {
        var helper = Text(_content["credHelpers"] as JsonObject, host) ?? Text(_content, "credsStore");
        return string.IsNullOrEmpty(helper) ? null : helper;
    }

    /// <summary>The credentials under a key of <c>auths</c>, or null.</summary>
    public Credentials? Get(string key)
    {
        if ((_content["auths"] as JsonObject)?[key] is not JsonObject entry)
            return null;
        if (Text(entry, "identitytoken") is { Length: > 0 } token)
            return new("", token, IsIdentityToken: true);
        if (Text(entry, "auth") is { Length: > 0 } auth)
            return Decode(auth, key);
        return Text(entry, "username") is { Length: > 0 } user ? new(user, Text(entry, "password") ?? "") : null;
    }

    public void Set(string key, string auth)
    {
        if (_content["auths"] is not JsonObject auths)
            _content["auths"] = auths = [];
        auths[key] = new JsonObject { ["auth"] = auth };
    }

    public bool Remove(string key) => _content["auths"] is JsonObject auths && auths.Remove(key);

    /// <summary>Replaces the file at once, readable by its owner only.</summary>
    public void Save()
    {
        try
        {
            var directory = System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path))!;
            if (!Directory.Exists(directory))
                Trees.Make(directory);
            var temporary = $"{Path}.{Environment.ProcessId}";
            using (var file = new FileStream(temporary, Private()))
            using (var writer = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true }))
                _content.WriteTo(writer);
            File.Move(temporary, Path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.Registry,
                $"cannot write credentials to {Path}: {StoreErrors.Describe(e)}", e);
        }
    }

    private static FileStreamOptions Private()
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return options;
    }

    private Credentials Decode(string auth, string key)
    {
        try
        {
            var text = Encoding.UTF8.GetString(Convert.FromBase64String(auth)).TrimEnd('\0');
            if (text.Split(':', 2) is [var user, var password])
                return new(user, password);
        }
        catch (FormatException)
        {
            // The line below says it.
        }
        throw new ImageException(ImageError.Registry,
            $"cannot read credentials from {Path}: the entry of {key} is damaged; log in again");
    }

    private static string? Text(JsonObject? parent, string name) =>
        parent?[name] is JsonValue value && value.TryGetValue(out string? text) ? text : null;
}
