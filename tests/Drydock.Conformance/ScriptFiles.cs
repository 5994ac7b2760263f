namespace Drydock.Conformance;

/// <summary>Finds the scripts to run, in an order that is the same everywhere.</summary>
internal static class ScriptFiles
{
    private static readonly string[] DefaultSuites = ["spec-core", "threads", "testsuite-proposals"];

    public static IReadOnlyList<string> Find(Options options) =>
    [
        .. (options.Paths.Count > 0 ? options.Paths : Defaults())
            .SelectMany(Expand)
            .Where(file => options.Filter is null || file.Contains(options.Filter, StringComparison.Ordinal))
            .Where(file => options.Only is null || MayCount(Suites.Of(file), options.Only.Value)),
    ];

    /// <summary>Files of 2.0 have modules of 3.0 in them.</summary>
    private static bool MayCount(Suite file, Suite only) =>
        file == only || (file == Suite.Core2 && only == Suite.Core3);

    private static IEnumerable<string> Expand(string path)
    {
        if (File.Exists(path)) return [path];
        if (!Directory.Exists(path)) throw new FileNotFoundException($"no script or folder {path}");
        return Directory.EnumerateFiles(path, "*.wast", SearchOption.AllDirectories).Order(StringComparer.Ordinal);
    }

    private static IEnumerable<string> Defaults()
    {
        var root = Root();
        var suites = Environment.GetEnvironmentVariable("DRYDOCK_SUITES") ?? Path.Combine(root, "..", "shared", "suites");
        return DefaultSuites.Select(suite => Path.GetFullPath(Path.Combine(suites, suite)))
            .Prepend(Path.Combine(root, "tests", "scripts"))
            .Where(Directory.Exists);
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Drydock.slnx"))) return folder.FullName;
        }

        return Environment.CurrentDirectory;
    }
}
