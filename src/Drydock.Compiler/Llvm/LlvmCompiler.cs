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
/// The optimizing tier: a function goes through LLVM's intermediate representation, a short list of passes, and LLVM's
/// code generator for this machine's own processor. Safe to use from several threads; each has an LLVM context of its
/// own.
/// </summary>
public sealed unsafe class LlvmCompiler(OptimizationLevel level = OptimizationLevel.O2) : IFunctionCompiler, IDisposable
{
    private const string Triple = "x86_64-unknown-linux-gnu";
    private const int PositionIndependent = 2, SmallModel = 3, ObjectFile = 1;
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

    private readonly ThreadLocal<Worker> _worker =
        new(() => new Worker(level == OptimizationLevel.O3 ? ThoroughCode : QuickCode), trackAllValues: true);

    /// <inheritdoc/>
    /// <exception cref="CompilationException">The function uses what this tier cannot compile; baseline
    /// can.</exception>
    /// <exception cref="LlvmException">LLVM is missing, or failed.</exception>
    public FunctionCode Compile(CompilationUnit unit, int bodyIndex)
    {
        if (!LlvmLibrary.IsAvailable)
            throw new LlvmException(
                $"cannot find libLLVM {LlvmLibrary.OldestVersion} or later: install it, for instance the package libllvm19");
        bool isLeaf = FunctionShape.Of(unit.Module, bodyIndex).IsLeaf && !unit.Settings.EpochInterruption;
        return (isLeaf ? Compile(unit, bodyIndex, LargestLeafFrame, checksStack: false) : null)
            ?? Compile(unit, bodyIndex, LargestFrame, checksStack: true)
            ?? throw new CompilationException("the frame is too large for the optimizing tier");
    }

    /// <summary>The code, or null if its frame is larger than <paramref name="largestFrame"/>.</summary>
    private FunctionCode? Compile(CompilationUnit unit, int bodyIndex, int largestFrame, bool checksStack)
    {
        var worker = _worker.Value!;
        nint module = ModuleCreate("guest", worker.Builder.Context);
        try
        {
            SetTarget(module, Triple);
            SetDataLayout(module, worker.Layout);
            worker.Builder.Module = module;
            new FunctionTranslation(worker.Builder, unit, bodyIndex, checksStack).Run();
            bool isHuge = unit.Module.Bodies[bodyIndex].Code.Length > LargestForAllPasses;
            Optimize(module, worker.Machine, isHuge ? OptimizationLevel.O1 : level);
            var code = Emit(module, worker.Machine);
            return FrameSize(code.Text) > largestFrame ? null : code;
        }
        finally
        {
            DisposeModule(module);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var worker in _worker.Values) worker.Dispose();
        _worker.Dispose();
    }

    private static void Optimize(nint module, nint machine, OptimizationLevel level)
    {
        nint options = CreatePassOptions();
        nint error = RunPasses(module, Pipelines.Of(level), machine, options);
        DisposePassOptions(options);
        if (error == 0) return;
        nint message = GetErrorMessage(error);
        string text = Marshal.PtrToStringUTF8(message)!;
        DisposeErrorMessage(message);
        throw new LlvmException($"LLVM refused its passes: {text}");
    }

    private static FunctionCode Emit(nint module, nint machine)
    {
        if (EmitToBuffer(machine, module, ObjectFile, out nint message, out nint buffer) != 0)
            throw new LlvmException($"LLVM could not emit code: {TakeMessage(message)}");
        try
        {
            return new ObjectReader(new ReadOnlySpan<byte>(GetBufferStart(buffer), (int)GetBufferSize(buffer))).Read();
        }
        finally
        {
            DisposeBuffer(buffer);
        }
    }

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

    /// <summary>What one thread keeps from function to function.</summary>
    private sealed class Worker : IDisposable
    {
        private static readonly Lazy<bool> Targets = new(InitializeTargets);

        public Worker(int codeLevel)
        {
            LlvmLibrary.Resolve();
            _ = Targets.Value;
            if (GetTarget(Triple, out nint target, out nint message) != 0)
                throw new LlvmException(TakeMessage(message));
            string cpu = TakeMessage(GetHostCpuName()), features = TakeMessage(GetHostCpuFeatures());
            Machine = CreateMachine(target, Triple, cpu, features, codeLevel, PositionIndependent, SmallModel);
            Layout = CreateDataLayout(Machine);
        }

        public IrBuilder Builder { get; } = new();
        public nint Machine { get; }
        public nint Layout { get; }

        public void Dispose()
        {
            Builder.Dispose();
            DisposeDataLayout(Layout);
            DisposeMachine(Machine);
        }

        private static bool InitializeTargets()
        {
            InitializeTargetInfo();
            InitializeTarget();
            InitializeTargetMc();
            InitializeAsmPrinter();
            return true;
        }
    }
}
