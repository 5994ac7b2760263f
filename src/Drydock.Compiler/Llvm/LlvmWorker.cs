using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>What a thread keeps from batch to batch: the code generator for a processor.</summary>
internal sealed class LlvmWorker : IDisposable
{
    public const string Triple = "x86_64-unknown-linux-gnu";
    private const int PositionIndependent = 2, SmallModel = 3;
    /// <summary>The versions that are known to have the options that are set.</summary>
    private const int FirstWithOptions = 16, LastWithOptions = 22, MostOptions = 8;

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
        SetOptions();
        return true;
    }

    /// <summary>
    /// Options of LLVM itself. The pass that prepares code generation looks at the whole of a function again after each
    /// change, but for huge ones at what changed: here all are huge. Hoisting constants makes code longer, and
    /// scheduling leaves it as fast as it was, having been done on the way from the graph of each block. Where a value
    /// is live over hundreds of blocks, looking for the best ones to split it in takes most of the time of a huge
    /// function, for code that is no better: past the budget it is split around single blocks. Copies are not seen
    /// through once registers are allocated: a processor that renames registers does moves between them for nothing.
    /// </summary>
    private static ReadOnlySpan<byte> Options =>
        "drydock\0-cgpp-huge-func=0\0-disable-constant-hoisting\0-enable-misched=0\0"u8
        + "-grow-region-complexity-budget=200\0-disable-copyprop\0"u8;

    /// <summary>Sets the options where they are known: LLVM ends the process over one that it does not know.</summary>
    private static unsafe void SetOptions()
    {
        if (LlvmLibrary.Version is < FirstWithOptions or > LastWithOptions) return;
        byte** options = stackalloc byte*[MostOptions];
        int count = 0;
        fixed (byte* text = Options)
        {
            for (int i = 0; i < Options.Length; i++)
                if (i == 0 || text[i - 1] == 0) options[count++] = text + i;
            ParseOptions(count, options, null);
        }
    }
}
