namespace Drydock.Oci.Tests;

/// <summary>
/// Directories for tests, in memory where the machine has that: a store syncs what it writes, and disks are slow at it.
/// </summary>
internal static class Scratch
{
    private const string Memory = "/dev/shm";

    /// <summary>Makes a directory; whoever asks for it removes it.</summary>
    public static string Make(string prefix)
    {
        if (!Directory.Exists(Memory))
            return Directory.CreateTempSubdirectory(prefix).FullName;
        return Directory.CreateDirectory(Path.Join(Memory, prefix + Guid.NewGuid().ToString("N")[..8])).FullName;
    }
}
