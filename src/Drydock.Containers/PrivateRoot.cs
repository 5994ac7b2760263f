using Drydock.Containers.Native;
using Drydock.Oci;

namespace Drydock.Containers;

/// <summary>
/// A container's own copy of an image's root file system, gone with the container. It is a copy of files, made by
/// cloning where the file system can, because overlays need privileges that <c>drydock run</c> does not ask for. The
/// module that is started is left out: most images hold nothing else, and a guest has no use for its own binary.
/// </summary>
/// <param name="source">The image's directory.</param>
/// <param name="omitted">A file in it that is not copied.</param>
/// <param name="parent">Where private roots live; those of containers that are gone are removed.</param>
public sealed class PrivateRoot(string source, string omitted, string parent) : IDisposable
{
    private readonly Lock _gate = new();
    private string? _path;
    private DirectoryLock? _lock;

    /// <summary>The directory, a copy of the image's below the parent, made when it is first asked for.</summary>
    /// <exception cref="ContainerException">There is no room, or no permission.</exception>
    public string Open()
    {
        lock (_gate) return _path ??= Create();
    }

    private string Create()
    {
        try
        {
            Directory.CreateDirectory(parent, Owner);
            RemoveAbandoned(parent);
            string path = System.IO.Path.Join(parent, Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(path, Owner);
            _lock = DirectoryLock.TryTake(path);
            Fill(path);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException(
                $"cannot make a private copy of the image's files in {parent}: {Reason.Of(e)}; --read-only does without one");
        }
    }

    /// <summary>Removes the directory if it was made.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_path is not null) TryDelete(_path);
            _lock?.Dispose();
        }
    }

    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private void Fill(string path)
    {
        try
        {
            Copy(source, path);
        }
        catch
        {
            TryDelete(path);
            throw;
        }
    }

    private void Copy(string from, string target)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(from).EnumerateFileSystemInfos())
        {
            string copy = System.IO.Path.Join(target, entry.Name);
            if (entry.LinkTarget is { } link) File.CreateSymbolicLink(copy, link);
            else if (entry is DirectoryInfo) CopyDirectory(entry, copy);
            else if (entry.FullName != omitted) File.Copy(entry.FullName, copy);
        }
    }

    private void CopyDirectory(FileSystemInfo from, string target)
    {
        Directory.CreateDirectory(target, from.UnixFileMode | Owner);
        Copy(from.FullName, target);
    }

    /// <summary>
    /// A root whose lock can be had belongs to a container that was killed before it could remove it.
    /// </summary>
    private static void RemoveAbandoned(string parent)
    {
        foreach (string directory in Directory.EnumerateDirectories(parent))
        {
            using DirectoryLock? held = DirectoryLock.TryTake(directory);
            if (held is not null) TryDelete(directory);
        }
    }

    private static void TryDelete(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Someone else is removing it, or the guest took permissions away: the next run tries again.
        }
    }
}
