namespace Drydock.Oci;

/// <summary>
/// What an image runs on, in one spelling. WebAssembly platforms are written in many ways in the wild
/// (<c>wasi/wasm</c>,
/// <c>wasip1/wasm</c>, <c>wasi/wasm32</c>, <c>wasm32/wasi</c>, any case); all are read, and normalised to
/// <c>wasi|wasip1|wasip2</c> over <c>wasm</c>.
/// </summary>
/// <param name="Os">Operating system, lower case.</param>
/// <param name="Architecture">Architecture, lower case, Go's names.</param>
/// <param name="Variant">Variant such as <c>v7</c>, or null.</param>
public sealed record Platform(string Os, string Architecture, string? Variant = null)
{
    /// <summary>Docker's platform for WebAssembly, which builds produce unless told otherwise.</summary>
    public static Platform Wasi { get; } = new("wasi", "wasm");

    /// <summary>Whether this is one of the WebAssembly platforms.</summary>
    public bool IsWasm => Architecture == "wasm";

    /// <summary>Reads <c>os/architecture[/variant]</c>.</summary>
    /// <exception cref="ImageException"><see cref="ImageError.InvalidPlatform"/> when it is not one.</exception>
    public static Platform Parse(string text)
    {
        var parts = text.Split('/');
        if (parts.Length is < 2 or > 3 || parts.Any(part => part.Length == 0 || !part.All(IsPlatformCharacter)))
            throw new ImageException(ImageError.InvalidPlatform,
                $"invalid platform \"{Printable.Of(text)}\": expected os/architecture, for example wasi/wasm");
        return Normalize(parts[0], parts[1], parts.Length == 3 ? parts[2] : null);
    }

    /// <summary>The normal spelling of a platform found in an image; empty names stand for unknown.</summary>
    public static Platform Normalize(string? os, string? architecture, string? variant = null)
    {
        os = os?.ToLowerInvariant() ?? "";
        architecture = architecture?.ToLowerInvariant() ?? "";
        if (IsWasmArchitecture(os) && !IsWasmArchitecture(architecture))
            (os, architecture) = (architecture, os);
        if (IsWasmArchitecture(architecture))
            return new(os.Length == 0 ? "wasi" : os, "wasm");
        return new(os, NormalizeArchitecture(architecture), string.IsNullOrEmpty(variant) ? null
            : variant.ToLowerInvariant());
    }

    /// <summary>
    /// Whether an image of this platform serves a request. A request for <c>wasi/wasm</c> takes any WebAssembly image,
    /// and a <c>wasi/wasm</c> image serves any such request, because the name says nothing about the preview.
    /// </summary>
    public bool Serves(Platform requested) =>
        Architecture == requested.Architecture
        && (Os == requested.Os || (IsWasm && (Os == "wasi" || requested.Os == "wasi")))
        && (requested.Variant is null || Variant is null || Variant == requested.Variant);

    /// <summary><c>os/architecture[/variant]</c>.</summary>
    public override string ToString() => Variant is null ? $"{Os}/{Architecture}" : $"{Os}/{Architecture}/{Variant}";

    private static bool IsWasmArchitecture(string name) => name is "wasm" or "wasm32" or "wasm64";

    private static bool IsPlatformCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.';

    private static string NormalizeArchitecture(string name) => name switch
    {
        "x86_64" or "x86-64" => "amd64",
        "aarch64" => "arm64",
        "i386" => "386",
        _ => name,
    };
}
