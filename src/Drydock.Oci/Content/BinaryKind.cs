namespace Drydock.Oci;

/// <summary>What the first bytes of a file say it is.</summary>
internal enum BinaryKind
{
    Module,
    Component,
    WasmText,
    Elf,
    Script,
    WindowsExecutable,
    MachO,
    Empty,
    Other,
}

/// <summary>Tells executables apart by their first bytes: names and annotations only ever narrow the choice.</summary>
internal static class BinaryKinds
{
    public const int PrefixLength = 8;

    public static BinaryKind Detect(ReadOnlySpan<byte> prefix) => prefix switch
    {
        [] => BinaryKind.Empty,
        // Core binary format 5.5.16: version 1. The component model keeps the magic and sets the layer, bytes 6 and 7,
        // to 1.
        [0, (byte)'a', (byte)'s', (byte)'m', _, _, 1, 0, ..] => BinaryKind.Component,
        [0, (byte)'a', (byte)'s', (byte)'m', ..] => BinaryKind.Module,
        [0x7f, (byte)'E', (byte)'L', (byte)'F', ..] => BinaryKind.Elf,
        [(byte)'#', (byte)'!', ..] => BinaryKind.Script,
        [(byte)'M', (byte)'Z', ..] => BinaryKind.WindowsExecutable,
        [0xcf or 0xce, 0xfa, 0xed, 0xfe, ..] => BinaryKind.MachO,
        [(byte)'(', (byte)'m', (byte)'o', (byte)'d', ..] => BinaryKind.WasmText,
        _ => BinaryKind.Other,
    };

    public static BinaryKind DetectFile(string path)
    {
        using var file = File.OpenHandle(path);
        Span<byte> prefix = stackalloc byte[PrefixLength];
        return Detect(prefix[..RandomAccess.Read(file, prefix, 0)]);
    }

    /// <summary>Why a file of this kind does not run.</summary>
    public static string Describe(this BinaryKind kind) => kind switch
    {
        BinaryKind.Component => "a WebAssembly component: components are not supported yet, only core modules",
        BinaryKind.WasmText => "WebAssembly text; assemble it first, for example with wat2wasm",
        BinaryKind.Elf => "an ELF executable for Linux",
        BinaryKind.Script => "a script (#!)",
        BinaryKind.WindowsExecutable => "a Windows executable",
        BinaryKind.MachO => "a macOS executable",
        BinaryKind.Empty => "empty",
        _ => "not a WebAssembly module",
    };
}
