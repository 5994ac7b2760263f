using Drydock.Containers;
using Drydock.Oci;

namespace Drydock.Cli;

/// <summary>Files that commands read and write, with the standard streams among them.</summary>
internal static class Files
{
    /// <summary>Opens a file for reading, or standard input for null and <c>-</c>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="expected">What standard input should have been, for a user at a terminal.</param>
    /// <exception cref="UserError">It cannot be opened, or standard input is a terminal.</exception>
    public static Stream OpenInput(string? path, string expected)
    {
        if (path is null or "-")
            return Console.IsInputRedirected
                ? Console.OpenStandardInput()
                : throw new UserError($"standard input is a terminal, not {expected}");
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, 1 << 16);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"cannot read {path}: {Reason.Of(e)}");
        }
    }

    /// <summary>
    /// Writes a file, or standard output for null and <c>-</c>. A file comes into being when it is whole: what fails
    /// leaves nothing, and what was there before as it was.
    /// </summary>
    /// <exception cref="UserError">It cannot be written, or standard output is a terminal.</exception>
    public static void Write(string? path, string option, Action<Stream> write)
    {
        if (path is null or "-")
        {
            if (!Console.IsOutputRedirected)
                throw new UserError($"standard output is a terminal: name a file with {option}");
            using Stream output = Console.OpenStandardOutput();
            write(output);
            return;
        }
        try
        {
            OutputFile.Write(path, write);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new UserError($"cannot write {path}: {Reason.Of(e)}");
        }
    }
}
