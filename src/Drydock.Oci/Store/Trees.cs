namespace Drydock.Oci;

/// <summary>Directory trees that are ours alone.</summary>
internal static class Trees
{
    /// <summary>
    /// Makes a directory, and those above it, for the owner only: an image may hold what its author did not mean for
    /// all.
    /// </summary>
    public static void Make(string directory)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("the image store needs a Unix file system");
        Directory.CreateDirectory(
            directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Removes a tree as far as that works. Links in it are removed, never followed.</summary>
    public static void TryDelete(string directory)
    {
        try
        {
            Directory.Delete(directory, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
        }
    }
}
