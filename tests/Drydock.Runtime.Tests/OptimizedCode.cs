using Drydock.Compiler;
using Drydock.Compiler.Llvm;
using Drydock.Wasm;
using Drydock.Wasm.Text;

namespace Drydock.Runtime.Tests;

/// <summary>Machine code of the optimizing tier, to be looked at.</summary>
internal static class OptimizedCode
{
    /// <summary>The code of a module's first function.</summary>
    public static byte[] Of(string module)
    {
        var definition = ModuleDecoder.Decode(TextModule.Assemble(module));
        using var engine = new Engine();
        using var compiler = new LlvmCompiler();
        return compiler.Compile(new(definition, new VmContextLayout(definition), engine.Settings), 0).Text;
    }
}
