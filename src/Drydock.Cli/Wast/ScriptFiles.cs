namespace Drydock.Cli.Wast;

/// <summary>The scripts of a path that was named.</summary>
/// <param name="Path">The path.</param>
/// <param name="Files">What becomes of its scripts.</param>
internal sealed record ScriptGroup(string Path, IReadOnlyList<FileResult> Files);

/// <summary>Finds the scripts to run, in an order that is the same everywhere.</summary>
internal static class ScriptFiles
{
    public static IReadOnlyList<ScriptGroup> Find(WastOptions options)
    {
        var groups = options.Paths.Select(path => new ScriptGroup(path, Expand(path, options.Filter))).ToArray();
        return Array.TrueForAll(groups, group => group.Files.Count == 0)
            ? throw new UserError("no script matches: name a .wast file, or a folder that has some")
            : groups;
    }

    private static FileResult[] Expand(string path, string? filter) =>
    [
        .. Files(path).Where(file => filter is null || file.Contains(filter, StringComparison.Ordinal))
            .Select(file => new FileResult(file)),
    ];

    private static IEnumerable<string> Files(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new UserError($"there is no script or folder {path}", ExitCode.NotFound);
        return Directory.EnumerateFiles(path, "*.wast", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
    }
}
