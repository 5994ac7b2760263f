using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Drydock.Oci;

/// <summary>
/// The name of an image, normalised as Docker does it: <c>hello</c> is <c>docker.io/library/hello:latest</c>.
/// Grammar: distribution/reference, <c>[host[:port]/]path[:tag][@digest]</c>.
/// </summary>
public sealed record Reference
{
    private const string DefaultHost = "docker.io";
    private const string OfficialPrefix = "library/";
    private const string DefaultTag = "latest";
    private const int MaxNameLength = 255;
    private const int MaxTagLength = 128;
    private const string Alphanumerics = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    private static readonly SearchValues<char> LabelCharacters = SearchValues.Create(Alphanumerics + "-");
    private static readonly SearchValues<char> TagCharacters = SearchValues.Create(Alphanumerics + "_.-");

    private Reference(string host, string path, string? tag, Digest digest) =>
        (Host, Path, Tag, Digest) = (host, path, tag, digest);

    /// <summary>Registry host and port, <c>docker.io</c> where none was given.</summary>
    public string Host { get; }
    /// <summary>Repository path at the host, with <c>library/</c> for the short names of Docker Hub.</summary>
    public string Path { get; }
    /// <summary>Tag; null only where a digest was given and no tag.</summary>
    public string? Tag { get; }
    /// <summary>Digest, or empty.</summary>
    public Digest Digest { get; }

    /// <summary>Host and path, the repository.</summary>
    public string Repository => $"{Host}/{Path}";

    /// <summary>The last component of the path, which every spelling of the name has in it.</summary>
    internal string LastComponent => Path[(Path.LastIndexOf('/') + 1)..];

    /// <summary>The repository as Docker shows it, without what goes without saying.</summary>
    public string FamiliarRepository
    {
        get
        {
            if (Host != DefaultHost)
                return Repository;
            return Path.StartsWith(OfficialPrefix, StringComparison.Ordinal)
                && !Path.AsSpan(OfficialPrefix.Length).Contains('/')
                ? Path[OfficialPrefix.Length..]
                : Path;
        }
    }

    /// <summary>The reference as Docker shows it: <c>hello:latest</c>.</summary>
    public string Familiar => FamiliarRepository + Suffix;

    /// <summary>Reads a reference.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.InvalidReference"/>, with the reason.</exception>
    public static Reference Parse(string text) =>
        Read(text, out var reference) is { } reason
            ? throw new ImageException(ImageError.InvalidReference,
                $"invalid reference \"{Printable.Of(text)}\": {reason}")
            : reference!;

    /// <summary>Reads a reference.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out Reference? reference) =>
        Read(text, out reference) is null && reference is not null;

    /// <summary>The full spelling, the one the store keeps.</summary>
    public override string ToString() => Repository + Suffix;

    private string Suffix => (Tag is null ? "" : ":" + Tag) + (Digest.IsEmpty ? "" : "@" + Digest);

    /// <summary>Splits from the right: digest, tag, host; returns why it is refused, or null.</summary>
    private static string? Read(string text, out Reference? reference)
    {
        reference = null;
        var name = text;
        Digest digest = default;
        if (name.IndexOf('@', StringComparison.Ordinal) is >= 0 and var at)
        {
            if (!Digest.TryParse(name[(at + 1)..], out digest))
                return "what follows @ is not sha256: and 64 hexadecimal digits";
            name = name[..at];
        }

        var colon = name.LastIndexOf(':');
        string? tag = null;
        if (colon > name.LastIndexOf('/'))
        {
            tag = name[(colon + 1)..];
            name = name[..colon];
        }

        var (host, path) = SplitHost(name);
        if (Refuse(text, name, host, path, tag) is { } reason)
            return reason;
        reference = new(host, path, tag ?? (digest.IsEmpty ? DefaultTag : null), digest);
        return null;
    }

    private static (string Host, string Path) SplitHost(string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var first = slash < 0 ? "" : name[..slash];
        var isHost = first.AsSpan().ContainsAny('.', ':') || first == "localhost" || first.Any(char.IsAsciiLetterUpper);
        if (!isHost)
            return (DefaultHost, slash < 0 ? OfficialPrefix + name : name);
        var path = name[(slash + 1)..];
        if (first is not (DefaultHost or "index.docker.io"))
            return (first, path);
        return (DefaultHost, path.Contains('/', StringComparison.Ordinal) ? path : OfficialPrefix + path);
    }

    private static string? Refuse(string text, string name, string host, string path, string? tag)
    {
        if (text.Length == 0)
            return "it is empty";
        if (name.Length == 0)
            return "it has no name";
        if (path.AsSpan().ContainsAnyInRange('A', 'Z'))
            return "the repository name must be lower case";
        if (host.Length + 1 + path.Length > MaxNameLength)
            return $"the name is longer than {MaxNameLength} characters";
        if (!IsHost(host))
            return "the registry host is malformed";
        if (!AreComponents(path))
            return "the name may hold lower-case letters and digits, separated by '.', '_', '__', '-' or '/'";
        return tag is null || IsTag(tag)
            ? null
            : $"the tag holds at most {MaxTagLength} letters, digits, '_', '.' and '-', and starts with neither '.' nor '-'";
    }

    private static bool IsHost(string host)
    {
        var colon = host.LastIndexOf(':');
        var name = colon < 0 ? host : host[..colon];
        if (colon >= 0 && (colon + 1 == host.Length || !host.AsSpan(colon + 1).ContainsOnlyDigits()))
            return false;
        if (name.StartsWith('[') && name.EndsWith(']'))
            return name.Length > 2 && name[1..^1].All(c => char.IsAsciiHexDigit(c) || c == ':');
        foreach (var label in name.AsSpan().Split('.'))
            if (!IsLabel(name.AsSpan(label)))
                return false;
        return true;
    }

    private static bool IsLabel(ReadOnlySpan<char> label) =>
        label is [not '-', ..] and [.., not '-'] && !label.ContainsAnyExcept(LabelCharacters);

    private static bool AreComponents(ReadOnlySpan<char> path)
    {
        foreach (var component in path.Split('/'))
            if (!IsComponent(path[component]))
                return false;
        return true;
    }

    /// <summary>One path component: alphanumerics with single separators between them.</summary>
    private static bool IsComponent(ReadOnlySpan<char> component)
    {
        var afterSeparator = true;
        for (var i = 0; i < component.Length;)
        {
            var run = SeparatorLength(component[i..]);
            if (run == 0 && !(char.IsAsciiLetterLower(component[i]) || char.IsAsciiDigit(component[i])))
                return false;
            if (run > 0 && afterSeparator)
                return false;
            afterSeparator = run > 0;
            i += Math.Max(run, 1);
        }
        return !afterSeparator;
    }

    /// <summary>
    /// Length of the separator that starts here: <c>.</c>, <c>_</c>, <c>__</c> or any number of dashes.
    /// </summary>
    private static int SeparatorLength(ReadOnlySpan<char> text) => text switch
    {
        ['_', '_', ..] => 2,
        ['_' or '.', ..] => 1,
        ['-', ..] => text.IndexOfAnyExcept('-') is >= 0 and var end ? end : text.Length,
        _ => 0,
    };

    private static bool IsTag(string tag) =>
        tag.Length is > 0 and <= MaxTagLength && tag[0] is not ('.' or '-')
        && !tag.AsSpan().ContainsAnyExcept(TagCharacters);
}

file static class SpanExtensions
{
    public static bool ContainsOnlyDigits(this ReadOnlySpan<char> text) => !text.ContainsAnyExceptInRange('0', '9');
}
