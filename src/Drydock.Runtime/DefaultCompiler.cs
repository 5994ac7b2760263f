using Drydock.Compiler;
using Drydock.Compiler.Baseline;

namespace Drydock.Runtime;

/// <summary>The compiler that engines use unless they are told otherwise.</summary>
internal static class DefaultCompiler
{
    public static IFunctionCompiler Instance { get; } = new BaselineCompiler();
}
