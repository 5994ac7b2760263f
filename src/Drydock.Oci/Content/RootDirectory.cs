using System.Runtime.InteropServices;
using Drydock.Oci.Native;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Oci;

/// <summary>
/// A directory treated as <c>/</c>: paths of an image are walked component by component through directory handles that
/// never follow a link themselves; links are followed here, absolute ones from this root, and <c>..</c> stops at it. So
/// nothing an image says leads outside, whatever else happens in the directory meanwhile.
/// </summary>
internal sealed class RootDirectory : IDisposable
{
    private const int MaxLinks = 40;

    private readonly string _path;
    private readonly SafeFileHandle _root;

    public RootDirectory(string path)
    {
        _path = path;
        _root = Posix.OpenDirectory(path);
    }

    /// <summary>The handle of the root itself.</summary>
    public SafeFileHandle Handle => _root;

    /// <summary>A place: a directory that is there, and a name in it that may not be.</summary>
    public sealed class Place(SafeFileHandle root, List<(SafeFileHandle Handle, string Name)> directories, string name)
        : IDisposable
    {
        /// <summary>The directory.</summary>
        public SafeFileHandle Parent => directories.Count == 0 ? root : directories[^1].Handle;
        /// <summary>The name in it, <c>.</c> for the root itself.</summary>
        public string Name => name;
        /// <summary>The path from the root, absolute, without links on the way.</summary>
        public string Path => "/" + string.Join('/', directories.Select(d => d.Name).Append(name).Where(n => n != "."));

        public void Dispose()
        {
            foreach (var (handle, _) in directories)
                handle.Dispose();
        }
    }

    /// <summary>Walks to a path.</summary>
    /// <param name="path">Path, absolute or not, from the root.</param>
    /// <param name="followLast">Whether a link at the very end is followed.</param>
    /// <param name="create">Whether directories on the way are made where they lack.</param>
    /// <returns>The place, or null where a directory on the way is not there or is none.</returns>
    /// <exception cref="ImageException">When links go in circles.</exception>
    public Place? Walk(string path, bool followLast, bool create)
    {
        var walked = new List<(SafeFileHandle, string)>();
        try
        {
            var name = Advance(path, followLast, create, walked);
            if (name is null)
                Release(walked, 0);
            return name is null ? null : new Place(_root, walked, name);
        }
        catch
        {
            Release(walked, 0);
            throw;
        }
    }

    /// <summary>The regular file at a path, links followed; null when there is none.</summary>
    /// <returns>Its path on this machine and its path from the root.</returns>
    public (string HostPath, string Path)? FindFile(string path)
    {
        using var place = Walk(path, followLast: true, create: false);
        if (place is null || place.Name == ".")
            return null;
        var hostPath = System.IO.Path.Join(_path, place.Path);
        return File.Exists(hostPath) ? (hostPath, place.Path) : null;
    }

    public void Dispose() => _root.Dispose();

    private string? Advance(string path, bool followLast, bool create, List<(SafeFileHandle, string)> walked)
    {
        var pending = new Stack<string>();
        Push(pending, path);
        var links = 0;
        while (pending.TryPop(out var name))
        {
            var isLast = pending.Count == 0;
            var here = walked.Count == 0 ? _root : walked[^1].Item1;
            if (name == "..")
                Release(walked, Math.Max(0, walked.Count - 1));
            else if (isLast && !followLast)
                return name;
            else if (Posix.ReadLink(here, name) is { } target)
                FollowLink(target, ++links, path, pending, walked);
            else if (isLast)
                return name;
            else if (Enter(here, name, create) is { } directory)
                walked.Add((directory, name));
            else
                return null;
        }
        return ".";
    }

    private static void FollowLink(
        string target, int links, string path, Stack<string> pending, List<(SafeFileHandle, string)> walked)
    {
        if (links > MaxLinks)
            throw new ImageException(ImageError.Corrupt, $"{Printable.Of(path)} leads through too many symbolic links");
        if (target.StartsWith('/'))
            Release(walked, 0);
        Push(pending, target);
    }

    private static SafeFileHandle? Enter(SafeFileHandle here, string name, bool create)
    {
        var flags = Posix.O_PATH | Posix.O_DIRECTORY | Posix.O_NOFOLLOW;
        var directory = Posix.OpenAt(here, name, flags);
        if (directory.IsInvalid && create && Marshal.GetLastPInvokeError() == Posix.ENOENT)
        {
            Posix.MakeDirectory(here, name, 0x1ed);
            directory = Posix.OpenAt(here, name, flags);
        }
        return directory.IsInvalid ? null : directory;
    }

    private static void Push(Stack<string> pending, string path)
    {
        var components = path.Split('/', StringSplitOptions.RemoveEmptyEntries);
        for (var i = components.Length - 1; i >= 0; i--)
            if (components[i] != ".")
                pending.Push(components[i]);
    }

    private static void Release(List<(SafeFileHandle Handle, string)> walked, int keep)
    {
        for (var i = walked.Count - 1; i >= keep; i--)
            walked[i].Handle.Dispose();
        walked.RemoveRange(keep, walked.Count - keep);
    }
}
