using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Runtime;
using Drydock.Wasm;

namespace Drydock.Cli.Wast;

/// <summary>
/// Makes the modules of a script. With <c>DRYDOCK_WAST_IMAGES</c> set they go the long way: all functions are compiled
/// beforehand, linked, written as a file, and read back.
/// </summary>
internal static class ImageModule
{
    private static readonly bool IsWanted = !string.IsNullOrEmpty(Environment.GetEnvironmentVariable("DRYDOCK_WAST_IMAGES"));

    public static Module Compile(Engine engine, WasmModule definition) =>
        IsWanted ? ThroughImage(engine, definition) : Module.Compile(engine, definition);

    private static Module ThroughImage(Engine engine, WasmModule definition)
    {
        var settings = new CompilerSettings { Features = Processor.Features };
        var unit = new CompilationUnit(definition, new VmContextLayout(definition), settings);
        var image = CodeImageCompiler.CompilePossible(unit, new BaselineCompiler(), threads: 1);
        var pieces = CodeImageFile.Write(new CodeImageIdentity(new byte[CodeImageIdentity.DigestSize], settings), image, 0);
        var file = CodeImageFile.Read(pieces.SelectMany(piece => piece.ToArray()).ToArray());
        if (!file.IsIntact()) throw new InvalidOperationException("an image does not read as it was written");
        return Module.Load(engine, definition, file.Image);
    }
}
