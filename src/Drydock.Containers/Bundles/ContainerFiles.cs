using Drydock.Containers.Spec;
using Drydock.Oci;

namespace Drydock.Containers.Bundles;

/// <summary>
/// Finds files of a container from the host, without leaving the container's root or the sources of its mounts.
/// </summary>
internal sealed class ContainerFiles(string root, IReadOnlyList<MountSpec> mounts)
{
    private const string DefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    /// <summary>The file that <c>execvp</c> in the container would start, or null.</summary>
    /// <param name="command">First word of the command line.</param>
    /// <param name="directory">Working directory in the container.</param>
    /// <param name="searchPath">Directories in the container, separated by colons; null for the usual ones.</param>
    public (string Path, string HostPath)? FindCommand(string command, string directory, string? searchPath)
    {
        if (command.Length == 0) return null;
        if (command.Contains('/', StringComparison.Ordinal))
            return Find(Path.Join(command[0] == '/' ? "" : directory, command));
        foreach (string each in (searchPath ?? DefaultPath).Split(':'))
            if (each.StartsWith('/') && Find(Path.Join(each, command)) is { } found) return found;
        // Images of modules often say just "app.wasm", and mean the one in their working directory.
        return Find(Path.Join(directory, command));
    }

    /// <summary>The regular file at <paramref name="path"/> in the container, or null.</summary>
    public (string Path, string HostPath)? Find(string path)
    {
        string normal = Volume.Normalize(path);
        for (int i = mounts.Count - 1; i >= 0; i--)
        {
            if (!IsBeneath(normal, mounts[i].Destination)) continue;
            return mounts[i].Type == "bind" ? FindInMount(normal, mounts[i]) : null;
        }
        return FindBeneath(root, normal) is { } file ? (normal, file) : null;
    }

    private static (string Path, string HostPath)? FindInMount(string path, MountSpec mount)
    {
        string rest = path[mount.Destination.TrimEnd('/').Length..];
        string? file = rest.Length == 0 ? mount.Source : FindBeneath(mount.Source, rest);
        return file is not null && File.Exists(file) ? (path, file) : null;
    }

    private static string? FindBeneath(string directory, string path)
    {
        try
        {
            using var files = new RootDirectory(directory);
            return files.FindFile(path)?.HostPath;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ImageException)
        {
            return null;
        }
    }

    private static bool IsBeneath(string path, string directory) =>
        directory == "/" || path == directory
        || (path.StartsWith(directory, StringComparison.Ordinal) && path[directory.Length] == '/');
}
