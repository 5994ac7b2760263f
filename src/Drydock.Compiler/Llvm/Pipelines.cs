namespace Drydock.Compiler.Llvm;

/// <summary>
/// The passes of each level. The guest's own compiler already ran most of what LLVM has; what is left to win is in the
/// code this translation adds: locals, addresses, checks.
/// </summary>
internal static class Pipelines
{
    private const string Combine = "instcombine<no-verify-fixpoint>";

    /// <summary>Short functions into their callers; their own copies are for that alone.</summary>
    private const string Inline = "always-inline,globaldce,";

    public static string Of(OptimizationLevel level) => Inline + level switch
    {
        OptimizationLevel.O1 => $"function(sroa,early-cse,{Combine},simplifycfg)",
        OptimizationLevel.O2 =>
            $"function(sroa,early-cse<memssa>,simplifycfg,{Combine},reassociate,loop-mssa(loop-rotate,licm),"
            + $"gvn,sccp,{Combine},simplifycfg,adce)",
        _ => "default<O3>",
    };
}
