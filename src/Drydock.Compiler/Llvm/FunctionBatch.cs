using System.Runtime.InteropServices;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Functions that go through LLVM together, as one of its modules: what it sets up for each module costs more than a
/// function of ordinary size. The context goes with them, because types and constants stay in it for good.
/// </summary>
internal sealed unsafe class FunctionBatch : IDisposable
{
    private const int ObjectFile = 1, FirstThatRunsOnFunctions = 20;

    private readonly LlvmWorker _worker;
    private readonly CompilationUnit _unit;
    private readonly IrBuilder _ir = new();

    public FunctionBatch(LlvmWorker worker, CompilationUnit unit)
    {
        (_worker, _unit) = (worker, unit);
        _ir.Module = ModuleCreate("guest", _ir.Context);
        SetTarget(_ir.Module, LlvmWorker.Triple);
        SetDataLayout(_ir.Module, worker.Layout);
    }

    public void Dispose()
    {
        DisposeModule(_ir.Module);
        _ir.Dispose();
    }

    /// <summary>Translates a function, with those that become part of it.</summary>
    /// <exception cref="CompilationException">It uses what this tier cannot compile. The others are as they
    /// were.</exception>
    public void Add(int bodyIndex, bool checksStack)
    {
        var translation = new FunctionTranslation(_ir, _unit, bodyIndex, checksStack);
        try
        {
            translation.Run();
        }
        catch (CompilationException)
        {
            translation.Withdraw();
            throw;
        }
    }

    public void Optimize(OptimizationLevel level)
    {
        nint options = CreatePassOptions();
        nint error = LlvmNative.RunPasses(_ir.Module, Pipelines.Of(level), _worker.Machine, options);
        DisposePassOptions(options);
        Require(error);
        Finish(level);
    }

    private void RunPasses(nint function, string passes)
    {
        nint options = CreatePassOptions();
        nint error = LlvmLibrary.Version >= FirstThatRunsOnFunctions
            ? RunPassesOnFunction(function, passes, _worker.Machine, options)
            : LlvmNative.RunPasses(_ir.Module, $"function({passes})", _worker.Machine, options);
        DisposePassOptions(options);
        Require(error);
    }

    private static void Require(nint error)
    {
        if (error == 0) return;
        nint message = GetErrorMessage(error);
        string text = Marshal.PtrToStringUTF8(message)!;
        DisposeErrorMessage(message);
        throw new LlvmException($"LLVM refused its passes: {text}");
    }

    /// <summary>What LLVM's own passes leave to be won, last so that they do not undo it.</summary>
    private void Finish(OptimizationLevel level)
    {
        if (level > OptimizationLevel.O1 && CanStream) VectorizeStreams();
        var rings = new RingPrefetch(_ir);
        var widening = new IndexWidening(_ir);
        var dispatch = new SharedDispatch(_ir);
        var searches = new SearchLoopVectorizer(_ir, _unit.Layout);
        for (nint function = FirstFunction(_ir.Module); function != 0; function = NextFunction(function))
        {
            if (FirstBlock(function) == 0) continue;
            if (_unit.Module.Memories.Length > 0) searches.Run(function);
            if (level > OptimizationLevel.O1) rings.Run(function);
            widening.Run(function);
            if (level > OptimizationLevel.O1) dispatch.Run(function);
        }
    }

    private bool CanStream => _unit.Module.Memories is [{ IsShared: false, Limits.Is64Bit: false }, ..];

    private void VectorizeStreams()
    {
        var streams = new StreamLoopVectorizer(_ir, _unit.Layout);
        for (nint function = FirstFunction(_ir.Module); function != 0; function = NextFunction(function))
        {
            if (FirstBlock(function) == 0 || !streams.Run(function)) continue;
            RunPasses(function, Pipelines.Vectorize);
            if (streams.DropOthers()) RunPasses(function, Pipelines.CleanUp);
        }
    }

    /// <summary>Generates the code of functions; see <see cref="ObjectReader.Read"/>.</summary>
    public void Emit(ReadOnlySpan<int> functions, Span<FunctionCode?> code)
    {
        if (EmitToBuffer(_worker.Machine, _ir.Module, ObjectFile, out nint message, out nint buffer) != 0)
            throw new LlvmException($"LLVM could not emit code: {LlvmCompiler.TakeMessage(message)}");
        try
        {
            var file = new ReadOnlySpan<byte>(GetBufferStart(buffer), (int)GetBufferSize(buffer));
            new ObjectReader(file).Read(functions, code);
        }
        finally
        {
            DisposeBuffer(buffer);
        }
    }
}
