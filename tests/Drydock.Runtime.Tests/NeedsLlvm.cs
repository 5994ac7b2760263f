using Drydock.Compiler.Llvm;

namespace Drydock.Runtime.Tests;

/// <summary>A test of the optimizing tier: skipped, by name, where the machine lacks LLVM.</summary>
internal sealed class NeedsLlvmFactAttribute : FactAttribute
{
    public NeedsLlvmFactAttribute() => Skip = Needed.MissingLlvm();
}

/// <summary>A theory of the optimizing tier: skipped, by name, where the machine lacks LLVM.</summary>
internal sealed class NeedsLlvmTheoryAttribute : TheoryAttribute
{
    /// <param name="leastVersion">The first version of LLVM that does what is tested; 0 for any.</param>
    public NeedsLlvmTheoryAttribute(int leastVersion = 0) => Skip = Needed.MissingLlvm(leastVersion);
}

internal static class Needed
{
    public static string? MissingLlvm(int leastVersion = 0) => LlvmLibrary.IsAvailable switch
    {
        false => "there is no libLLVM",
        true when LlvmLibrary.Version < leastVersion => $"libLLVM is older than {leastVersion}",
        _ => null,
    };
}
