using Drydock.Runtime.Native;

namespace Drydock.Runtime.Cache;

/// <summary>
/// Where the cache is: a directory of this user's in <c>DRYDOCK_CACHE</c>, else <c>drydock</c> in
/// <c>XDG_CACHE_HOME</c>, else <c>/var/cache/drydock</c> for root and <c>~/.cache/drydock</c> for others. Every user
/// has a directory of their own in it, named by the user id, so that users may share it without trusting each other.
/// </summary>
internal sealed class CacheDirectory
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private const string Off = "off";

    private CacheDirectory(string path) => Path = path;

    /// <summary>The user's own directory.</summary>
    public string Path { get; }

    /// <summary>The directory, whether it exists or not; null when there shall be no cache.</summary>
    /// <param name="root">The cache's directory; null for the usual one.</param>
    public static CacheDirectory? Locate(string? root = null) =>
        (root ?? DefaultRoot()) is { } path
            ? new(System.IO.Path.Join(path,
                Libc.EffectiveUser().ToString(System.Globalization.CultureInfo.InvariantCulture)))
            : null;

    /// <summary>The path of a file in it.</summary>
    public string File(string name) => System.IO.Path.Join(Path, name);

    /// <summary>
    /// Makes the directory unless it is there; false if it cannot be made or is not this user's alone.
    /// </summary>
    public bool TryPrepare()
    {
        if (OperatingSystem.IsWindows()) return false;
        try
        {
            System.IO.Directory.CreateDirectory(Path, Private);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
        return IsTrusted;
    }

    /// <summary>Whether the directory is there and this user's, with no one else allowed to write.</summary>
    public bool IsTrusted => FileStatus.Of(Path) is { IsOwnDirectory: true };

    /// <summary>Files in the directory whose names end so; none when it is not to be trusted.</summary>
    public IReadOnlyList<FileInfo> Files(string pattern)
    {
        if (!IsTrusted) return [];
        try
        {
            return new DirectoryInfo(Path).GetFiles(pattern);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    private static string? DefaultRoot()
    {
        if (Setting("DRYDOCK_CACHE") is { } setting) return setting == Off ? null : System.IO.Path.GetFullPath(setting);
        if (Setting("XDG_CACHE_HOME") is { } home && System.IO.Path.IsPathRooted(home))
            return System.IO.Path.Join(home, "drydock");
        if (Libc.EffectiveUser() == 0) return "/var/cache/drydock";
        return Setting("HOME") is { } directory ? System.IO.Path.Join(directory, ".cache", "drydock") : null;
    }

    private static string? Setting(string name) =>
        Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;
}
