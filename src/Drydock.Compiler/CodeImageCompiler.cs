using System.Runtime.ExceptionServices;

namespace Drydock.Compiler;

/// <summary>Compiles all functions of a module, on several threads, and links them.</summary>
public static class CodeImageCompiler
{
    private const int ChunkLength = 16, BatchesPerThread = 8;

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
        var order = new int[functions.Length];
        for (int i = 0; i < order.Length; i++) order[i] = i;
        CompileInto(unit, compiler, order, threads, functions);
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
    /// <param name="done">Called after some functions, with their number, by any thread.</param>
    public static void CompileInto(
        CompilationUnit unit, IFunctionCompiler compiler, int[] order, int threads, FunctionCode?[] functions,
        Action<int>? done = null)
    {
        int[] ends = BatchEnds(unit, order, compiler.BatchSize, Math.Max(1, threads));
        Work(ends.Length, threads, 1, batch =>
        {
            int start = batch == 0 ? 0 : ends[batch - 1];
            var indices = order.AsSpan(start..ends[batch]);
            var code = new FunctionCode?[indices.Length];
            compiler.Compile(unit, indices, code);
            for (int i = 0; i < code.Length; i++) functions[indices[i]] = code[i] ?? functions[indices[i]];
            done?.Invoke(code.Length);
        });
    }

    /// <summary>
    /// Cuts an order into batches of about a size, small enough for the threads to end at about the same time.
    /// </summary>
    private static int[] BatchEnds(CompilationUnit unit, int[] order, int batchSize, int threads)
    {
        long total = 0, size = 0;
        foreach (int body in order) total += unit.Module.Bodies[body].Code.Length;
        long most = Math.Min(batchSize, total / (BatchesPerThread * threads));
        var ends = new List<int>();
        for (int i = 0, count = 0; i < order.Length; i++)
        {
            size += unit.Module.Bodies[order[i]].Code.Length;
            bool isFull = batchSize == 0 ? ++count == ChunkLength : size >= most;
            if (!isFull && i < order.Length - 1) continue;
            ends.Add(i + 1);
            (size, count) = (0, 0);
        }
        return [.. ends];
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
