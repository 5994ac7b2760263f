namespace Drydock.Compiler.Llvm;

/// <summary>The optimizing tier for what it can compile, another compiler for the rest.</summary>
public sealed class OptimizingCompiler(LlvmCompiler optimizing, IFunctionCompiler other) : IFunctionCompiler
{
    private int _refused;

    /// <summary>How many functions the other compiler had to do.</summary>
    public int Refused => _refused;

    /// <inheritdoc/>
    public FunctionCode Compile(CompilationUnit unit, int bodyIndex)
    {
        try
        {
            return optimizing.Compile(unit, bodyIndex);
        }
        catch (CompilationException)
        {
            Interlocked.Increment(ref _refused);
            return other.Compile(unit, bodyIndex);
        }
    }
}
