using Drydock.Runtime.Native;

namespace Drydock.Containers;

/// <summary>A file that a user names to be written.</summary>
public static class OutputFile
{
    /// <summary>
    /// Writes a file beside the one named and renames it, so that whoever reads that has the old one or the new one;
    /// what is no ordinary file, such as a device or a pipe, is written to as it is.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <param name="write">Writes the content.</param>
    /// <exception cref="IOException">The file cannot be written; the old one is as it was.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be written.</exception>
    public static void Write(string path, Action<Stream> write)
    {
        if (File.Exists(path) && !IsRegular(path)) WriteThrough(path, write);
        else WriteAside(path, write);
    }

    private static bool IsRegular(string path) =>
        FileStatus.Of(path) is { IsFile: true } && new FileInfo(path).LinkTarget is null;

    private static void WriteThrough(string path, Action<Stream> write)
    {
        using var file = new FileStream(path, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite, 1 << 16);
        write(file);
    }

    private static void WriteAside(string path, Action<Stream> write)
    {
        string aside = $"{path}.{Environment.ProcessId}.part";
        try
        {
            using (var file = new FileStream(aside, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 16))
                write(file);
            File.Move(aside, path, overwrite: true);
        }
        catch
        {
            File.Delete(aside);
            throw;
        }
    }
}
