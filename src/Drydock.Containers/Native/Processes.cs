using System.Text;

namespace Drydock.Containers.Native;

/// <summary>The processes of the machine, as far as they are seen from here.</summary>
internal static class Processes
{
    /// <summary>Whether a process other than this one has an argument that is <paramref name="word"/>.</summary>
    public static bool AnyNames(string word)
    {
        var wanted = Encoding.UTF8.GetBytes("\0" + word + "\0");
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (char.IsAsciiDigit(Path.GetFileName(directory)[0]) && Names(directory, wanted))
                return true;
        return false;
    }

    private static bool Names(string directory, ReadOnlySpan<byte> wanted)
    {
        try
        {
            return Path.GetFileName(directory) != $"{Environment.ProcessId}"
                && File.ReadAllBytes(Path.Join(directory, "cmdline")).AsSpan().IndexOf(wanted) >= 0;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or is somebody else's.
            return false;
        }
    }
}
