using System.Runtime.InteropServices;
using System.Text.Json;

namespace Drydock.Oci;

/// <summary>
/// Why something failed, in a few words of our own. The published executable carries no texts of the framework: its
/// exceptions say the key of a text there (<c>UseSystemResourceKeys</c>), so types and codes are told apart instead.
/// What the operating system says, and what Drydock's own exceptions say, is passed on.
/// </summary>
internal static class Reason
{
    /// <summary>Why a file could not be read; the framework says of a directory that it may not be.</summary>
    public static string Of(Exception e, string path) => Directory.Exists(path) ? "it is a directory" : Of(e);

    public static string Of(Exception e) => e switch
    {
        ImageException => e.Message,
        FileNotFoundException { FileName: { Length: > 0 } name } => $"there is no file {Printable.Of(name)}",
        FileNotFoundException => "there is no such file",
        DirectoryNotFoundException => "there is no such directory",
        PathTooLongException => "a path is too long",
        IOException or UnauthorizedAccessException when SystemError(e) is { } error => error,
        UnauthorizedAccessException => "permission denied",
        JsonException { LineNumber: { } line, BytePositionInLine: { } position } json =>
            Describe(json.Path, line, position),
        _ when IsBadFileName(e) => "the name of a file is empty, or has a zero byte",
        OutOfMemoryException => "there is not enough memory",
        _ when IsKey(e.Message) => Describe(e),
        _ => Printable.Of(e.Message.Split('\n')[0].TrimEnd('.', '\r')),
    };

    /// <summary>
    /// Why something failed that nothing closer to it has put into words: our own text as it is, and with the framework's
    /// what stands behind the key, which mostly is the path.
    /// </summary>
    public static string OfUncaught(Exception e)
    {
        bool isOurs = e.GetType().Namespace is { } name && name.StartsWith(nameof(Drydock), StringComparison.Ordinal);
        if (isOurs || !(e is ArgumentException || IsKey(e.Message))) return e.Message;
        if (e is not (IOException or UnauthorizedAccessException)) return Of(e);
        string words = Of(e), named = e.Message[(e.Message.IndexOf(',') + 1)..].Trim();
        bool hasName = named.Length < e.Message.Length && !words.Contains(named, StringComparison.Ordinal);
        return hasName ? $"{words}: {Printable.Of(named)}" : words;
    }

    /// <summary>Whether the framework refuses the name of a file, which none can have.</summary>
    public static bool IsBadFileName(Exception e) => e is ArgumentException { ParamName: "path" or "fileName" };

    /// <summary>What the system calls an error (errno(3)).</summary>
    public static string OfSystem(int number)
    {
        string text = Marshal.GetPInvokeErrorMessage(number);
        return text.Length == 0 ? text : char.ToLowerInvariant(text[0]) + text[1..];
    }

    /// <summary>What the system calls the error behind it, if there was one: the framework keeps its number.</summary>
    private static string? SystemError(Exception e)
    {
        const int Highest = 4095;
        int number = (e.InnerException ?? e).HResult;
        return number is > 0 and <= Highest && OfSystem(number) is { Length: > 0 } text ? text : null;
    }

    /// <summary>A path is said where a value is of the wrong kind, and none where there is no JSON.</summary>
    private static string Describe(string? path, long line, long position) => path is null or "$"
        ? $"it is not JSON at line {line + 1}, byte {position + 1}"
        : $"what stands at {Printable.Of(path)} does not belong there";

    private static string Describe(Exception e) => e switch
    {
        EndOfStreamException => "it ends too early",
        InvalidDataException => "its compressed content is damaged",
        IOException => "reading or writing failed",
        InvalidOperationException or KeyNotFoundException =>
            "something is missing in it, or is of another kind than it must be",
        _ => "it is malformed",
    };

    /// <summary>
    /// A key is one word in capitals, with arguments behind commas; our own texts begin with a small letter.
    /// </summary>
    private static bool IsKey(string message) =>
        message.Length == 0 || (char.IsAsciiLetterUpper(message[0])
            && (message.AsSpan().IndexOfAny(' ', ',') is var end && (end < 0 || message[end] == ',')));
}
