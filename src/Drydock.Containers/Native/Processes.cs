using System.Text;

namespace Drydock.Containers.Native;

/// <summary>The processes of the machine, as far as they are seen from here.</summary>
internal static class Processes
{
    /// <summary>
    /// Whether a process other than this one has an argument that is <paramref name="word"/>, or an option's value.
    /// </summary>
    public static bool AnyNames(string word)
    {
        var wanted = Encoding.UTF8.GetBytes(word + "\0");
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
            if (char.IsAsciiDigit(Path.GetFileName(directory)[0]) && Names(directory, wanted))
                return true;
        return false;
    }

    internal static bool Names(ReadOnlySpan<byte> arguments, ReadOnlySpan<byte> wanted)
    {
        for (int at; (at = arguments.IndexOf(wanted)) >= 0; arguments = arguments[(at + wanted.Length - 1)..])
            if (at > 0 && arguments[at - 1] is 0 or (byte)'=') return true;
        return false;
    }

    private static bool Names(string directory, ReadOnlySpan<byte> wanted)
    {
        try
        {
            return Path.GetFileName(directory) != $"{Environment.ProcessId}"
                && Names(File.ReadAllBytes(Path.Join(directory, "cmdline")).AsSpan(), wanted);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // It ended meanwhile, or is somebody else's.
            return false;
        }
    }
}
