using Drydock.Oci.Native;

namespace Drydock.Oci;

/// <summary>Turns failures of the file system into one line for the user.</summary>
internal static class StoreErrors
{
    /// <summary>Does something with the store at a directory.</summary>
    public static T Guard<T>(string root, Func<T> action)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.Store, $"cannot use the image store {root}: {Describe(e)}", e);
        }
    }

    /// <summary>Does something with the store at a directory.</summary>
    public static void Guard(string root, Action action) => Guard(root, () =>
    {
        action();
        return 0;
    });

    /// <summary>A failure in a few words.</summary>
    public static string Describe(Exception e) => e switch
    {
        _ when IsFull(e) => "no space left on device; free some and try again, nothing was changed",
        UnauthorizedAccessException =>
            "permission denied; set DRYDOCK_ROOT to a directory of yours, or run as its owner",
        _ => Reason.Of(e),
    };

    /// <summary>Whether the disk, or the user's part of it, is full.</summary>
    public static bool IsFull(Exception e) => (e.HResult & 0xffff) is Posix.ENOSPC or Posix.EDQUOT;
}
