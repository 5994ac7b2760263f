using Drydock.Wasm;

namespace Drydock.Compiler;

/// <summary>
/// The segment register GS, whose base is byte 0 of an instance's first memory while code of the instance runs: an
/// access needs no general register for it and no instruction to load it, which makes guests a tenth faster and
/// compiling them a fifth. Whoever enters such code from elsewhere sets the base, and sets it back when that code was
/// called by other such code: the runtime's ways into a guest, and those from one instance to another. Code may use the
/// segment and need not.
/// </summary>
/// <remarks>
/// Instances of self-contained modules only: others may call a function of any instance wherever they call one through
/// a table or a reference, and would have to compare whose it is.
/// </remarks>
public static class MemorySegment
{
    /// <summary>Whether code of a module may rely on the segment.</summary>
    /// <param name="module">The module.</param>
    /// <param name="features">What the processor has.</param>
    public static bool IsUsed(WasmModule module, CpuFeatures features) =>
        (features & CpuFeatures.FsGsBase) != 0 && module.IsSelfContained && module.Memories.Length > 0;
}
