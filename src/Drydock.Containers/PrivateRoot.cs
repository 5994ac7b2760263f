using Drydock.Containers.Native;

namespace Drydock.Containers;

/// <summary>
/// A container's own copy of an image's root file system, gone with the container. It is a copy of files, made by
/// cloning where the file system can, because overlays need privileges that <c>drydock run</c> does not ask for. The
/// module that is started is left out: most images hold nothing else, and a guest has no use for its own binary.
/// </summary>
public sealed class PrivateRoot : IDisposable
{
    private readonly DirectoryLock _lock;

    private PrivateRoot(string path, DirectoryLock held)
    {
        Path = path;
        _lock = held;
    }

    /// <summary>The directory.</summary>
    public string Path { get; }

    /// <summary>Copies <paramref name="source"/> into a new directory below <paramref name="parent"/>.</summary>
    /// <param name="source">The image's directory.</param>
    /// <param name="omitted">A file in it that is not copied.</param>
    /// <param name="parent">Where private roots live; those of containers that are gone are removed.</param>
    /// <exception cref="ContainerException">There is no room, or no permission.</exception>
    public static PrivateRoot Create(string source, string omitted, string parent)
    {
        try
        {
            Directory.CreateDirectory(parent, Owner);
            RemoveAbandoned(parent);
            string path = System.IO.Path.Join(parent, Guid.NewGuid().ToString("N"));
            Directory.CreateDirectory(path, Owner);
            var root = new PrivateRoot(path, DirectoryLock.TryTake(path)!);
            root.Fill(source, omitted);
            return root;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ContainerException(
                $"cannot make a private copy of the image's files in {parent}: {e.Message}; --read-only does without one");
        }
    }

    /// <summary>Removes the directory.</summary>
    public void Dispose()
    {
        TryDelete(Path);
        _lock.Dispose();
    }

    private const UnixFileMode Owner = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private void Fill(string source, string omitted)
    {
        try
        {
            Copy(source, Path, omitted);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private static void Copy(string source, string target, string omitted)
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(source).EnumerateFileSystemInfos())
        {
            string copy = System.IO.Path.Join(target, entry.Name);
            if (entry.LinkTarget is { } link) File.CreateSymbolicLink(copy, link);
            else if (entry is DirectoryInfo) CopyDirectory(entry, copy, omitted);
            else if (entry.FullName != omitted) File.Copy(entry.FullName, copy);
        }
    }

    private static void CopyDirectory(FileSystemInfo source, string target, string omitted)
    {
        Directory.CreateDirectory(target, source.UnixFileMode | Owner);
        Copy(source.FullName, target, omitted);
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
