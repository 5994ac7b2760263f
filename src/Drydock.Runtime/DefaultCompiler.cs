using Drydock.Compiler;

namespace Drydock.Runtime;

/// <summary>The compiler that engines use unless they are told otherwise.</summary>
internal static class DefaultCompiler
{
    public static IFunctionCompiler Instance => throw new NotSupportedException("no compiler is available");
}
