using System.Text.Json;

namespace Drydock.Oci;

/// <summary>Reads the packages that a language's lock file pins.</summary>
internal static class LockFiles
{
    private const int MaxBytes = 32 << 20;

    private static readonly (string Name, Func<string, IEnumerable<SbomPart>> Read)[] Known =
    [
        ("Cargo.lock", Cargo),
        ("go.sum", GoSum),
        ("package-lock.json", PackageLock),
    ];

    /// <summary>The packages of every lock file in a directory, sorted.</summary>
    /// <exception cref="ImageException">A lock file cannot be read.</exception>
    public static List<SbomPart> Read(string directory)
    {
        List<SbomPart> parts = [];
        foreach (var (name, read) in Known)
            if (new FileInfo(Path.Join(directory, name)) is { Exists: true } file)
                parts.AddRange(Read(file, read));
        return [.. parts.Distinct().OrderBy(part => part.Identifier, StringComparer.Ordinal)];
    }

    private static List<SbomPart> Read(FileInfo file, Func<string, IEnumerable<SbomPart>> read)
    {
        if (file.Length > MaxBytes)
            throw new ImageException(ImageError.Build,
                $"{file.Name} measures {file.Length} bytes; at most {MaxBytes} are accepted");
        try
        {
            return [.. read(File.ReadAllText(file.FullName))];
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or IOException
            or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.Build, $"cannot read {file.Name}: {Reason.Of(e)}", e);
        }
    }

    /// <summary>
    /// Tables <c>[[package]]</c> with <c>name</c>, <c>version</c> and <c>checksum</c>; other keys do not matter here.
    /// </summary>
    private static IEnumerable<SbomPart> Cargo(string text)
    {
        string? name = null, version = null, checksum = null;
        foreach (var line in text.Split('\n').Append("[[package]]"))
        {
            if (line.StartsWith('['))
            {
                if (name is not null)
                    yield return new(SbomPartKind.Package, "cargo", name, version ?? "", checksum);
                (name, version, checksum) = (null, null, null);
            }
            name = Value(line, "name") ?? name;
            version = Value(line, "version") ?? version;
            checksum = Value(line, "checksum") ?? checksum;
        }
    }

    private static string? Value(string line, string key) =>
        line.StartsWith($"{key} = \"", StringComparison.Ordinal) && line.TrimEnd() is var trimmed
            && trimmed.EndsWith('"')
            && trimmed.Length > key.Length + 5
            ? trimmed[(key.Length + 4)..^1]
            : null;

    /// <summary>Lines of module, version and hash; those of <c>go.mod</c> files pin no code.</summary>
    private static IEnumerable<SbomPart> GoSum(string text) =>
        from line in text.Split('\n')
        let words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where words.Length == 3 && !words[1].EndsWith("/go.mod", StringComparison.Ordinal)
        select new SbomPart(SbomPartKind.Package, "golang", words[0], words[1]);

    /// <summary>Versions 2 and 3: an object of paths, the packages in <c>node_modules</c>.</summary>
    private static List<SbomPart> PackageLock(string text)
    {
        using var document = JsonDocument.Parse(text);
        List<SbomPart> parts = [];
        if (!document.RootElement.TryGetProperty("packages", out var packages))
            return parts;
        foreach (var package in packages.EnumerateObject())
        {
            var start = package.Name.LastIndexOf("node_modules/", StringComparison.Ordinal);
            if (start >= 0)
                parts.Add(new(SbomPartKind.Package, "npm", package.Name[(start + "node_modules/".Length)..],
                    Text(package.Value, "version") ?? "", License: Text(package.Value, "license")));
        }
        return parts;
    }

    private static string? Text(JsonElement parent, string name) =>
        parent.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()
            : null;
}
