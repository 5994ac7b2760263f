using Drydock.Containers.Spec;

namespace Drydock.Containers.Bundles;

/// <summary>
/// This program as it is brought into a container that has nothing in it: the executable, and the loader and libraries
/// it is running with, each bound read-only to a name of its own in one directory.
/// </summary>
public sealed class GuestExecutable
{
    /// <summary>Name by which the executable knows that it is the process in a container.</summary>
    public const string Name = "drydock-guest";
    private const string Loader = "loader";

    private readonly string _executable;
    private readonly string? _loader;
    private readonly IReadOnlyList<string> _libraries;

    internal GuestExecutable(string executable, IEnumerable<string> mapped)
    {
        _executable = executable;
        var libraries = new List<string>();
        foreach (string path in mapped)
        {
            if (IsLoader(path)) _loader = path;
            else if (IsLibrary(path)) libraries.Add(path);
        }
        _libraries = libraries;
    }

    /// <summary>The executable that is running.</summary>
    public static GuestExecutable Current() => new(
        Environment.ProcessPath
            ?? throw new ContainerException("cannot tell where drydock's own executable is"), MappedFiles());

    /// <summary>The command line that starts it.</summary>
    /// <param name="directory">The directory in the container that holds it.</param>
    public IReadOnlyList<string> Command(string directory) => _loader is null
        ? [$"{directory}/{Name}"]
        : [$"{directory}/{Loader}", "--library-path", directory, $"{directory}/{Name}"];

    /// <summary>
    /// The mounts that bring it to <paramref name="directory"/>, and the file of <paramref name="entry"/> if that is
    /// not in the container.
    /// </summary>
    internal IEnumerable<MountSpec> Mounts(string directory, GuestEntry? entry = null)
    {
        if (entry is { IsBrought: true }) yield return Bind(entry.HostPath, entry.Path);
        yield return Bind(_executable, $"{directory}/{Name}");
        if (_loader is null) yield break;
        yield return Bind(_loader, $"{directory}/{Loader}");
        foreach (string library in _libraries) yield return Bind(library, $"{directory}/{Path.GetFileName(library)}");
    }

    private static MountSpec Bind(string source, string destination) =>
        new(destination, source, "bind", ["bind", "ro", "nosuid", "nodev", "rprivate"]);

    private static IEnumerable<string> MappedFiles()
    {
        var seen = new HashSet<string>();
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            int path = line.IndexOf('/', StringComparison.Ordinal);
            if (path > 0 && seen.Add(line[path..])) yield return line[path..];
        }
    }

    private static bool IsLoader(string path) => Path.GetFileName(path.AsSpan()).StartsWith("ld-");

    private static bool IsLibrary(string path) => path.Contains(".so", StringComparison.Ordinal);
}
