using System.Runtime.InteropServices;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>How hard the optimizing tier tries.</summary>
public enum OptimizationLevel
{
    /// <summary>Registers and straight-line improvements only.</summary>
    O1 = 1,
    /// <summary>Loops too: the default.</summary>
    O2,
    /// <summary>Everything LLVM knows.</summary>
    O3,
}

/// <summary>
/// The optimizing tier: functions go through LLVM's intermediate representation, a short list of passes, and LLVM's
/// code generator for one processor. Safe to use from several threads; each has an LLVM context of its
/// own.
/// </summary>
/// <param name="level">How hard to try.</param>
/// <param name="target">The processor to compile for; null for this machine's own.</param>
public sealed class LlvmCompiler(OptimizationLevel level = OptimizationLevel.O2, TargetCpu? target = null)
    : IFunctionCompiler, IDisposable
{
    /// <summary>Bytes of bodies from which on a batch costs no less for each of them.</summary>
    internal const int LargestBatch = 16 << 10;

    /// <summary>A larger frame could reach past the host's reserve before the next check of the stack.</summary>
    private const int LargestFrame = 14 << 10;
    /// <summary>The part of that reserve which functions may take that call nothing, without looking.</summary>
    private const int LargestLeafFrame = 2 << 10;
    /// <summary>Bytes of a body from which on passes that look at the whole function would take minutes.</summary>
    private const int LargestForAllPasses = 256 << 10;
    /// <summary>
    /// LLVM's levels of code generation: from 2 on it takes a fifth longer, for code that is no faster here.
    /// </summary>
    private const int QuickCode = 1, ThoroughCode = 2;

    private readonly ThreadLocal<LlvmWorker> _worker = new(
        () => new LlvmWorker(level == OptimizationLevel.O3 ? ThoroughCode : QuickCode, target), trackAllValues: true);

    /// <inheritdoc/>
    public int BatchSize => LargestBatch;

    /// <inheritdoc/>
    /// <exception cref="CompilationException">The function uses what this tier cannot compile; baseline
    /// can.</exception>
    /// <exception cref="LlvmException">LLVM is missing, or failed.</exception>
    public FunctionCode Compile(CompilationUnit unit, int bodyIndex)
    {
        RequireLibrary();
        return CompileAlone(unit, bodyIndex, NeedsNoCheck(unit, bodyIndex)).WithOwnConstants();
    }

    /// <inheritdoc/>
    /// <exception cref="LlvmException">LLVM is missing, or failed.</exception>
    public void Compile(CompilationUnit unit, ReadOnlySpan<int> bodyIndices, Span<FunctionCode?> code)
    {
        RequireLibrary();
        bool hasHuge = false;
        foreach (int body in bodyIndices) hasHuge |= IsHuge(unit, body);
        if (hasHuge) CompileEach(unit, bodyIndices, code);
        else CompileTogether(unit, bodyIndices, code);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var worker in _worker.Values) worker.Dispose();
        _worker.Dispose();
    }

    private static void RequireLibrary()
    {
        if (!LlvmLibrary.IsAvailable)
            throw new LlvmException(
                $"cannot find libLLVM {LlvmLibrary.OldestVersion} or later: install it, for instance the package libllvm19");
    }

    private static bool IsHuge(CompilationUnit unit, int bodyIndex) =>
        unit.Module.Bodies[bodyIndex].Code.Length > LargestForAllPasses;

    /// <summary>Whether a function surely leaves the reserve to those it is called by, being small and a
    /// leaf.</summary>
    private static bool NeedsNoCheck(CompilationUnit unit, int bodyIndex) =>
        !unit.Settings.EpochInterruption && FunctionShape.Of(unit.Module, bodyIndex).IsLeaf;

    private void CompileEach(CompilationUnit unit, ReadOnlySpan<int> bodyIndices, Span<FunctionCode?> code)
    {
        for (int i = 0; i < code.Length; i++) code[i] = ((IFunctionCompiler)this).TryCompile(unit, bodyIndices[i]);
    }

    private void CompileTogether(CompilationUnit unit, ReadOnlySpan<int> bodyIndices, Span<FunctionCode?> code)
    {
        var areLeaves = new bool[code.Length];
        using (var batch = new FunctionBatch(_worker.Value!, unit))
        {
            for (int i = 0; i < code.Length; i++)
                TryAdd(batch, bodyIndices[i], !(areLeaves[i] = NeedsNoCheck(unit, bodyIndices[i])));
            batch.Optimize(level);
            batch.Emit(FunctionsOf(unit, bodyIndices), code);
        }
        for (int i = 0; i < code.Length; i++)
            if (code[i] is { } function && !Fits(function, areLeaves[i]))
                code[i] = areLeaves[i] ? TryCompileChecked(unit, bodyIndices[i]) : null;
    }

    private static void TryAdd(FunctionBatch batch, int bodyIndex, bool checksStack)
    {
        try
        {
            batch.Add(bodyIndex, checksStack);
        }
        catch (CompilationException)
        {
            // It stays a function that the others call.
        }
    }

    private FunctionCode? TryCompileChecked(CompilationUnit unit, int bodyIndex)
    {
        try
        {
            return CompileAlone(unit, bodyIndex, mayDoWithoutCheck: false);
        }
        catch (CompilationException)
        {
            return null;
        }
    }

    private FunctionCode CompileAlone(CompilationUnit unit, int bodyIndex, bool mayDoWithoutCheck)
    {
        var code = new FunctionCode?[1];
        using (var batch = new FunctionBatch(_worker.Value!, unit))
        {
            batch.Add(bodyIndex, checksStack: !mayDoWithoutCheck);
            batch.Optimize(IsHuge(unit, bodyIndex) ? OptimizationLevel.O1 : level);
            batch.Emit(FunctionsOf(unit, [bodyIndex]), code);
        }
        if (Fits(code[0]!, mayDoWithoutCheck)) return code[0]!;
        return mayDoWithoutCheck
            ? CompileAlone(unit, bodyIndex, mayDoWithoutCheck: false)
            : throw new CompilationException("the frame is too large for the optimizing tier");
    }

    private static int[] FunctionsOf(CompilationUnit unit, ReadOnlySpan<int> bodyIndices)
    {
        int[] functions = bodyIndices.ToArray();
        for (int i = 0; i < functions.Length; i++) functions[i] += unit.Module.ImportedFunctionCount;
        return functions;
    }

    private static bool Fits(FunctionCode code, bool isUnchecked) =>
        FrameSize(code.Text) <= (isUnchecked ? LargestLeafFrame : LargestFrame);

    /// <summary>
    /// What the prologue takes off the stack pointer with a 32-bit constant, or less than that can express.
    /// </summary>
    private static int FrameSize(ReadOnlySpan<byte> text)
    {
        int at = text[..Math.Min(text.Length, 64)].IndexOf((ReadOnlySpan<byte>)[0x48, 0x81, 0xEC]);
        return at < 0 || at + 7 > text.Length ? 0 : BitConverter.ToInt32(text[(at + 3)..]);
    }

    internal static string TakeMessage(nint message)
    {
        string text = Marshal.PtrToStringUTF8(message) ?? "";
        DisposeMessage(message);
        return text;
    }
}
