using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Drydock.Oci;

/// <summary>
/// A content digest, <c>sha256:</c> and 64 lower-case hexadecimal digits (image-spec: descriptor.md, Digests).
/// </summary>
public readonly record struct Digest
{
    /// <summary>The only algorithm images are addressed with here.</summary>
    public const string Prefix = "sha256:";
    private const int HexLength = 64;
    private static readonly SearchValues<char> HexDigits = SearchValues.Create("0123456789abcdef");

    private readonly string? _hex;

    private Digest(string hex) => _hex = hex;

    /// <summary>The 64 hexadecimal digits; empty for <c>default</c>.</summary>
    public string Hex => _hex ?? "";

    /// <summary>The first twelve digits, as listings show an image id.</summary>
    public string Short => Hex.Length < 12 ? Hex : Hex[..12];

    /// <summary>Whether this is <c>default</c>, no digest at all.</summary>
    public bool IsEmpty => _hex is null;

    /// <summary>Reads <c>sha256:…</c>.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.Corrupt"/> when it is not one.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out var digest)
            ? digest
            : throw new ImageException(ImageError.Corrupt, $"\"{Printable.Of(text)}\" is not a sha256 digest");

    /// <summary>Reads <c>sha256:…</c>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Digest digest)
    {
        digest = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal) || !IsHex(text.AsSpan(Prefix.Length)))
            return false;
        digest = new(text[Prefix.Length..]);
        return true;
    }

    /// <summary>The digest of bytes.</summary>
    public static Digest Of(ReadOnlySpan<byte> content)
    {
        var hash = new Sha256();
        hash.Append(content);
        return hash.Finish();
    }

    /// <summary>The digest whose hash is given.</summary>
    internal static Digest FromHash(ReadOnlySpan<byte> hash) => new(Convert.ToHexStringLower(hash));

    /// <summary>The digest in its full spelling, empty for <c>default</c>.</summary>
    public override string ToString() => _hex is null ? "" : Prefix + _hex;

    private static bool IsHex(ReadOnlySpan<char> text) =>
        text.Length == HexLength && !text.ContainsAnyExcept(HexDigits);
}
