using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Fuzz;

/// <summary>
/// Sound modules to make damaged ones of: the binaries of a folder, and the modules inside its scripts that the decoder
/// accepts.
/// </summary>
internal static class Corpus
{
    /// <summary>Larger ones are real programs, and say little that their functions do not say in small.</summary>
    public const int LargestSeed = 64 * 1024;

    public static IEnumerable<byte[]> Load(string folder) =>
        from file in Directory.EnumerateFiles(folder, "*.was?", SearchOption.AllDirectories)
            .Order(StringComparer.Ordinal)
        from seed in file.EndsWith(".wasm", StringComparison.Ordinal) ? Binary(file) : Modules(file)
        where seed.Length <= LargestSeed
        select seed;

    /// <summary>A program too large for a seed is not even read.</summary>
    private static byte[][] Binary(string file) =>
        new FileInfo(file).Length <= LargestSeed ? [File.ReadAllBytes(file)] : [];

    private static IEnumerable<byte[]> Modules(string script) =>
        from command in Parse(script)
        let binary = command is ModuleCommand { Module: var module } ? Assemble(module) : null
        where binary is not null
        select binary;

    /// <summary>Scripts of proposals that the parser does not know give no seeds.</summary>
    private static IReadOnlyList<ScriptCommand> Parse(string script)
    {
        try
        {
            return Script.Parse(File.ReadAllBytes(script)).Commands;
        }
        catch (WasmTextException)
        {
            return [];
        }
    }

    private static byte[]? Assemble(ScriptModule module)
    {
        try
        {
            var binary = module.Assemble();
            ModuleDecoder.Decode(binary);
            return binary;
        }
        catch (Exception error) when (error is WasmTextException or WasmFormatException)
        {
            return null;
        }
    }
}
