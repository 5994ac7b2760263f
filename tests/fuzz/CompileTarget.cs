using Drydock.Compiler;
using Drydock.Compiler.Baseline;
using Drydock.Wasm;

namespace Drydock.Fuzz;

/// <summary>The baseline compiler: whatever the validator accepts is compiled or refused by name.</summary>
internal sealed class CompileTarget : IFuzzTarget
{
    private const CpuFeatures Features =
        CpuFeatures.Avx | CpuFeatures.Avx2 | CpuFeatures.Bmi | CpuFeatures.Lzcnt | CpuFeatures.Popcnt;

    private readonly BaselineCompiler _compiler = new();

    public IReadOnlyList<byte[]> Seeds => BuiltInSeeds.All;

    public bool Try(byte[] input)
    {
        if (Decode(input) is not { } module) return false;
        var unit = new CompilationUnit(module, new VmContextLayout(module),
            new CompilerSettings { Features = Features });
        for (int i = 0; i < module.Bodies.Length; i++) Compile(unit, i);
        return true;
    }

    private static WasmModule? Decode(byte[] input)
    {
        try
        {
            return ModuleDecoder.Decode(input);
        }
        catch (WasmFormatException)
        {
            return null;
        }
    }

    private void Compile(CompilationUnit unit, int body)
    {
        try
        {
            _compiler.Compile(unit, body);
        }
        catch (CompilationException)
        {
            // An instruction that is not supported is refused by name.
        }
    }
}
