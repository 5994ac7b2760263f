using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <summary>What a thread keeps from batch to batch: the code generator for this machine's own processor.</summary>
internal sealed class LlvmWorker : IDisposable
{
    public const string Triple = "x86_64-unknown-linux-gnu";
    private const int PositionIndependent = 2, SmallModel = 3;
    /// <summary>The versions that are known to have the options that are set.</summary>
    private const int FirstWithOptions = 16, LastWithOptions = 22;

    private static readonly Lazy<bool> Targets = new(InitializeTargets);

    /// <param name="codeLevel">LLVM's level of code generation.</param>
    public LlvmWorker(int codeLevel)
    {
        LlvmLibrary.Resolve();
        _ = Targets.Value;
        if (GetTarget(Triple, out nint target, out nint message) != 0)
            throw new LlvmException(LlvmCompiler.TakeMessage(message));
        string cpu = LlvmCompiler.TakeMessage(GetHostCpuName());
        string features = LlvmCompiler.TakeMessage(GetHostCpuFeatures());
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
    /// Options of LLVM itself, which ends the process over one it does not know. The pass that prepares code generation
    /// looks at the whole of a function again after each change, but for huge ones at what changed: here all are huge.
    /// </summary>
    private static unsafe void SetOptions()
    {
        if (LlvmLibrary.Version is < FirstWithOptions or > LastWithOptions) return;
        fixed (byte* program = "drydock\0"u8, option = "-cgpp-huge-func=0\0"u8)
        {
            byte** options = stackalloc byte*[] { program, option };
            ParseOptions(2, options, null);
        }
    }
}
