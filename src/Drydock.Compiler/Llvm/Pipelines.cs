namespace Drydock.Compiler.Llvm;

/// <summary>
/// The passes of each level. The guest's own compiler already ran most of what LLVM has; what is left to win is in the
/// code this translation adds: locals, addresses, checks. Programs are no faster with gvn, sccp, reassociate or a
/// second instcombine, which take as long as all of the others; nor are they shorter for looking twice for common
/// expressions. What is dead has to go, so that loops are not taken for others than they are.
/// </summary>
internal static class Pipelines
{
    /// <summary>
    /// From this version on the pass fails where a second run would find more to do, unless told not to.
    /// </summary>
    private const int FirstThatVerifies = 18;

    private static readonly string Combine =
        LlvmLibrary.Version >= FirstThatVerifies ? "instcombine<no-verify-fixpoint>" : "instcombine";

    /// <summary>Short functions into their callers; their own copies are for that alone.</summary>
    private const string Inline = "always-inline,globaldce,";

    public static string Of(OptimizationLevel level) => Inline + level switch
    {
        OptimizationLevel.O1 => $"function(mem2reg,early-cse,{Combine},simplifycfg)",
        OptimizationLevel.O2 =>
            $"function(mem2reg,simplifycfg,{Combine},loop-mssa(licm),early-cse<memssa>,simplifycfg,adce)",
        _ => "default<O3>",
    };

    /// <summary>For functions with loops that may become vectors.</summary>
    public static string Vectorize { get; } = $"early-cse,loop-mssa(licm),slp-vectorizer,{Combine},adce";

    /// <summary>For functions with branches that are never taken.</summary>
    public const string CleanUp = "simplifycfg";
}
