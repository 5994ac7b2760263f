namespace Drydock.Compiler.Llvm;

/// <summary>The optimizing tier for what it can compile, another compiler for the rest.</summary>
public sealed class OptimizingCompiler(LlvmCompiler optimizing, IFunctionCompiler other) : IFunctionCompiler
{
    private int _refused;

    /// <summary>How many functions the other compiler had to do.</summary>
    public int Refused => _refused;

    /// <inheritdoc/>
    public int BatchSize => LlvmCompiler.LargestBatch;

    /// <inheritdoc/>
    public void Compile(CompilationUnit unit, ReadOnlySpan<int> bodyIndices, Span<FunctionCode?> code)
    {
        optimizing.Compile(unit, bodyIndices, code);
        for (int i = 0; i < code.Length; i++)
        {
            if (code[i] is not null) continue;
            Interlocked.Increment(ref _refused);
            code[i] = other.TryCompile(unit, bodyIndices[i]);
        }
    }

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
