namespace Drydock.Compiler.Baseline;

/// <summary>
/// Compiles a function in one pass over its body, straight from the operand stack to x86-64 machine code. Speed of
/// compilation comes first; values stay in registers across straight-line code, and the locals used most for the whole
/// function. Requires <see cref="CpuFeatures.Avx"/>.
/// </summary>
public sealed class BaselineCompiler : IFunctionCompiler
{
    [ThreadStatic]
    private static FunctionTranslation? _translation;

    /// <inheritdoc/>
    /// <exception cref="CompilationException">The function uses an instruction that is not supported.</exception>
    public FunctionCode Compile(CompilationUnit unit, int bodyIndex)
    {
        FunctionTranslation translation = _translation ?? new FunctionTranslation();
        // Taken out while in use, so that a failure half-way leaves no state behind for the next function.
        _translation = null;
        FunctionCode code = translation.Translate(unit, bodyIndex);
        _translation = translation;
        return code;
    }
}
