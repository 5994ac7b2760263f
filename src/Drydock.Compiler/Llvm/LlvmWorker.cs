using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>What a thread keeps from batch to batch: the code generator for a processor.</summary>
internal sealed class LlvmWorker : IDisposable
{
    public const string Triple = "x86_64-unknown-linux-gnu";
    private const int PositionIndependent = 2, SmallModel = 3;

    /// <summary>
    /// What the processor has and guests do without: AVX-512 and all that builds on it. LLVM takes loads, even volatile
    /// ones, for memory operands under a mask, and the processor leaves out the faults of lanes that the mask leaves
    /// out, so that a guest would not trap. Programs are no slower without it.
    /// </summary>
    private const string WithoutMasks = "-avx512f";

    private static readonly Lazy<bool> Targets = new(InitializeTargets);

    /// <param name="codeLevel">LLVM's level of code generation.</param>
    /// <param name="processor">The processor; null for this machine's own.</param>
    public LlvmWorker(int codeLevel, TargetCpu? processor)
    {
        LlvmLibrary.Resolve();
        _ = Targets.Value;
        if (GetTarget(Triple, out nint target, out nint message) != 0)
            throw new LlvmException(LlvmCompiler.TakeMessage(message));
        string cpu = processor?.Name ?? LlvmCompiler.TakeMessage(GetHostCpuName());
        string features = processor is null
            ? $"{LlvmCompiler.TakeMessage(GetHostCpuFeatures())},{WithoutMasks}"
            : WithoutMasks;
        Machine = CreateMachine(target, Triple, cpu, features, codeLevel, PositionIndependent, SmallModel);
        Layout = CreateDataLayout(Machine);
    }

    public nint Machine { get; }
    public nint Layout { get; }

    public void Dispose()
    {
        DisposeDataLayout(Layout);
        DisposeMachine(Machine);
    }

    private static bool InitializeTargets()
    {
        InitializeTargetInfo();
        InitializeTarget();
        InitializeTargetMc();
        InitializeAsmPrinter();
        LlvmOptions.Set();
        return true;
    }
}
