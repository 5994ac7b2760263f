using System.Text.Json;
using Drydock.Containers.Spec;
using Drydock.Oci;

namespace Drydock.Containers.Bundles;

/// <summary>
/// A bundle's <c>config.json</c> as its caller wrote it (runtime-spec, config.md). What Drydock does not know in it is
/// kept: it is for the runtime that makes the Linux container.
/// </summary>
public sealed class BundleConfig : IDisposable
{
    private const long MaxSize = 16 << 20;

    private readonly JsonDocument _document;

    private BundleConfig(string bundle, JsonDocument document)
    {
        Bundle = bundle;
        _document = document;
        JsonElement root = document.RootElement;
        if (root.ValueKind != JsonValueKind.Object) throw new ContainerException("it is not an object");
        Process = root.TryGetProperty("process", out JsonElement process) ? new(process) : null;
        RootPath = ReadRootPath(root);
        Mounts = ReadMounts(root);
    }

    /// <summary>Absolute path of the bundle.</summary>
    public string Bundle { get; }
    /// <summary>The document.</summary>
    internal JsonElement Element => _document.RootElement;
    /// <summary>The process; null for a container that starts nothing of its own.</summary>
    public ProcessConfig? Process { get; }
    /// <summary>Absolute path of the root file system on the host; null where none is named.</summary>
    public string? RootPath { get; }
    /// <summary>The mounts in order; relative sources of bind mounts are made absolute.</summary>
    internal IReadOnlyList<MountSpec> Mounts { get; }

    /// <summary>Reads a bundle.</summary>
    /// <param name="bundle">Directory of the bundle.</param>
    /// <param name="file">Another file than its <c>config.json</c>.</param>
    /// <exception cref="ContainerException">There is no such file, or it is not a configuration.</exception>
    public static BundleConfig Read(string bundle, string? file = null)
    {
        string directory = Path.GetFullPath(bundle);
        string path = Path.GetFullPath(file ?? "config.json", directory);
        JsonDocument? document = null;
        try
        {
            document = JsonDocument.Parse(ReadFile(path, directory));
            return new(directory, document);
        }
        catch (Exception e) when (e is JsonException or ContainerException)
        {
            document?.Dispose();
            if (e is ContainerException && document is null) throw;
            throw new ContainerException($"{path} is not a container's configuration: {OneLine(e.Message)}");
        }
    }

    /// <summary>The annotation <paramref name="key"/>, or null.</summary>
    public string? Annotation(string key) =>
        Element.TryGetProperty("annotations", out JsonElement annotations)
        && annotations.ValueKind == JsonValueKind.Object
        && annotations.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    /// <summary>Frees the document.</summary>
    public void Dispose() => _document.Dispose();

    private static byte[] ReadFile(string path, string bundle)
    {
        try
        {
            if (new FileInfo(path) is { Exists: true, Length: > MaxSize })
                throw new ContainerException($"{path} is larger than {MaxSize >> 20} MiB");
            return File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ContainerException($"{bundle} is not a bundle: it has no {Path.GetFileName(path)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException($"cannot read {path}: {Reason.Of(e)}");
        }
    }

    private string? ReadRootPath(JsonElement config)
    {
        if (!config.TryGetProperty("root", out JsonElement root) || root.ValueKind == JsonValueKind.Null) return null;
        return root.ValueKind == JsonValueKind.Object && Text(root, "path") is { Length: > 0 } path
            ? Path.GetFullPath(path, Bundle)
            : throw new ContainerException("\"root\" names no path");
    }

    private List<MountSpec> ReadMounts(JsonElement config)
    {
        var mounts = new List<MountSpec>();
        if (!config.TryGetProperty("mounts", out JsonElement list) || list.ValueKind == JsonValueKind.Null)
            return mounts;
        if (list.ValueKind != JsonValueKind.Array) throw new ContainerException("\"mounts\" is not a list");
        foreach (JsonElement mount in list.EnumerateArray())
        {
            if (mount.ValueKind != JsonValueKind.Object
                || Text(mount, "destination") is not { Length: > 0 } destination)
                throw new ContainerException("a mount names no destination");
            mounts.Add(ReadMount(mount, destination));
        }
        return mounts;
    }

    private MountSpec ReadMount(JsonElement mount, string destination)
    {
        string[] options = mount.TryGetProperty("options", out JsonElement list)
            && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Where(each => each.ValueKind == JsonValueKind.String).Select(
                each => each.GetString()!)]
            : [];
        string type = Text(mount, "type") ?? "";
        string source = Text(mount, "source") ?? "";
        bool isBind = type == "bind" || options.Contains("bind") || options.Contains("rbind");
        return isBind
            ? new(Volume.Normalize(destination), Path.GetFullPath(source, Bundle), "bind", options)
            : new(Volume.Normalize(destination), source, type, options);
    }

    private static string? Text(JsonElement element, string name) =>
        element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String
            ? value.GetString()
            : null;

    private static string OneLine(string text) => text.ReplaceLineEndings(" ").TrimEnd('.');
}
