using System.Runtime.ExceptionServices;

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

    /// <summary>
    /// Compiles some functions into <paramref name="functions"/>, in their order as far as several threads allow. What
    /// this compiler cannot compile stays as it is.
    /// </summary>
    /// <param name="unit">The validated module and the settings.</param>
    /// <param name="compiler">The compiler.</param>
    /// <param name="order">The functions, by index among those the module defines.</param>
    /// <param name="threads">How many threads may work at a time.</param>
    /// <param name="functions">For each function the module defines its code, or null.</param>
    /// <param name="done">Called after each function, by any thread.</param>
    public static void CompileInto(
        CompilationUnit unit, IFunctionCompiler compiler, int[] order, int threads, FunctionCode?[] functions,
        Action? done = null)
    {
        int chunk = Math.Clamp(order.Length / (4 * Math.Max(1, threads)), 1, ChunkLength);
        Work(order.Length, threads, chunk, i =>
        {
            functions[order[i]] = TryCompile(unit, compiler, order[i]) ?? functions[order[i]];
            done?.Invoke();
        });
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

    private static void Work(int count, int threads, Action<int> compile) => Work(count, threads, ChunkLength, compile);

    private static void Work(int count, int threads, int chunk, Action<int> compile)
    {
        int workers = Math.Clamp(count / chunk, 1, Math.Max(1, threads)), next = 0;
        if (workers == 1) CompileChunks();
        else Rethrow(() => Parallel.For(0, workers, _ => CompileChunks()));

        void CompileChunks()
        {
            for (int start; (start = Interlocked.Add(ref next, chunk) - chunk) < count;)
                for (int i = start; i < Math.Min(start + chunk, count); i++) compile(i);
        }
    }

    /// <summary>The first failure itself rather than a collection of them.</summary>
    private static void Rethrow(Action parallel)
    {
        try
        {
            parallel();
        }
        catch (AggregateException failures) when (failures.InnerException is { } first)
        {
            ExceptionDispatchInfo.Throw(first);
        }
    }
}
