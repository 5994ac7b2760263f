namespace Drydock.Compiler;

/// <summary>Compiles all functions of a module, on several threads, and links them.</summary>
public static class CodeImageCompiler
{
    private const int ChunkLength = 16;

    /// <summary>Compiles a module.</summary>
    /// <param name="unit">The validated module and the settings.</param>
    /// <param name="compiler">The compiler.</param>
    /// <param name="threads">How many threads may work at a time.</param>
    /// <exception cref="CompilationException">A function cannot be compiled, or there is too much code.</exception>
    public static CodeImage Compile(CompilationUnit unit, IFunctionCompiler compiler, int threads)
    {
        var functions = new FunctionCode?[unit.Module.Bodies.Length];
        Work(functions.Length, threads, i => functions[i] = compiler.Compile(unit, i));
        return CodeImageLinker.Link(unit.Module.ImportedFunctionCount, functions);
    }

    /// <summary>
    /// Compiles what can be compiled: functions with something this compiler does not know stay missing, and trap when
    /// they are called as they would without an image.
    /// </summary>
    public static CodeImage CompilePossible(CompilationUnit unit, IFunctionCompiler compiler, int threads)
    {
        var functions = new FunctionCode?[unit.Module.Bodies.Length];
        Work(functions.Length, threads, i => functions[i] = TryCompile(unit, compiler, i));
        return CodeImageLinker.Link(unit.Module.ImportedFunctionCount, functions);
    }

    private static FunctionCode? TryCompile(CompilationUnit unit, IFunctionCompiler compiler, int bodyIndex)
    {
        try
        {
            return compiler.Compile(unit, bodyIndex);
        }
        catch (CompilationException)
        {
            return null;
        }
    }

    private static void Work(int count, int threads, Action<int> compile)
    {
        int workers = Math.Clamp(count / ChunkLength, 1, Math.Max(1, threads)), next = 0;
        if (workers == 1) CompileChunks();
        else Rethrow(() => Parallel.For(0, workers, _ => CompileChunks()));

        void CompileChunks()
        {
            for (int start; (start = Interlocked.Add(ref next, ChunkLength) - ChunkLength) < count;)
                for (int i = start; i < Math.Min(start + ChunkLength, count); i++) compile(i);
        }
    }

    /// <summary>The first failure itself rather than a collection of them.</summary>
    private static void Rethrow(Action parallel)
    {
        try
        {
            parallel();
        }
        catch (AggregateException failures) when (failures.InnerException is CompilationException first)
        {
            throw new CompilationException(first.Message, first);
        }
    }
}
