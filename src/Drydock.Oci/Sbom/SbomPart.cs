namespace Drydock.Oci;

/// <summary>In which form an image's parts are listed.</summary>
public enum SbomFormat
{
    /// <summary>Not at all.</summary>
    None,
    /// <summary>SPDX 2.3, JSON.</summary>
    Spdx,
    /// <summary>CycloneDX 1.5, JSON.</summary>
    CycloneDx,
}

/// <summary>A part of an image: a module, a package that went into it, or a tool that made it.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Ecosystem">Type of its package URL (<c>cargo</c>, <c>golang</c>, <c>npm</c>); empty where it has
/// none.</param>
/// <param name="Name">Name.</param>
/// <param name="Version">Version; empty where unknown.</param>
/// <param name="Sha256">Digest of its archive or file in hexadecimal, or null.</param>
/// <param name="License">Licence as it says itself, or null.</param>
internal sealed record SbomPart(
    SbomPartKind Kind, string Ecosystem, string Name, string Version, string? Sha256 = null, string? License = null)
{
    /// <summary>The package URL (package-url/purl-spec), or null.</summary>
    public string? PackageUrl => Ecosystem.Length == 0 ? null
        : $"pkg:{Ecosystem}/{string.Join('/', Name.Split('/').Select(Uri.EscapeDataString))}@{Uri.EscapeDataString(Version)}";

    /// <summary>An identifier of letters, digits, dots and dashes, the same for the same part.</summary>
    public string Identifier => string.Concat($"{Kind}-{Ecosystem}-{Name}-{Version}".Select(
        letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' ? letter : '-'));
}

/// <summary>What a part is.</summary>
internal enum SbomPartKind
{
    Module,
    Package,
    Tool,
    Language,
}
