namespace Drydock.Oci.Build;

/// <summary>
/// A <c>.dockerignore</c>: patterns from the root of the context, the last that matches a path or a directory above it
/// decides, <c>!</c> takes back in.
/// </summary>
internal sealed class IgnoreFile
{
    private readonly List<(string[] Pattern, bool Include)> _rules = [];

    /// <summary>Nothing is ignored.</summary>
    public static IgnoreFile None { get; } = new();

    /// <summary>Whether something below an ignored directory may be taken back in.</summary>
    public bool HasExceptions => _rules.Any(rule => rule.Include);

    /// <summary>Reads the patterns.</summary>
    public static IgnoreFile Parse(string text)
    {
        var file = new IgnoreFile();
        foreach (var raw in text.TrimStart('\ufeff').Split('\n'))
        {
            var line = raw.Trim();
            if (line.Length == 0 || line[0] == '#')
                continue;
            var include = line[0] == '!';
            var pattern = TreePath.Split(include ? line[1..].Trim() : line);
            if (pattern.Length > 0)
                file._rules.Add((pattern, include));
        }
        return file;
    }

    /// <summary>Reads the file that belongs to a Dockerfile: its own, else the context's, else none.</summary>
    public static IgnoreFile For(string contextDirectory, string? dockerfilePath)
    {
        var own = dockerfilePath + ".dockerignore";
        if (dockerfilePath is not null && File.Exists(own))
            return Parse(File.ReadAllText(own));
        var shared = Path.Join(contextDirectory, ".dockerignore");
        return File.Exists(shared) ? Parse(File.ReadAllText(shared)) : None;
    }

    /// <summary>Whether a path is left out.</summary>
    public bool Ignores(string[] path)
    {
        for (var i = _rules.Count - 1; i >= 0; i--)
            for (var length = path.Length; length > 0; length--)
                if (Glob.Matches(_rules[i].Pattern, path.AsSpan(0, length)))
                    return !_rules[i].Include;
        return false;
    }
}
