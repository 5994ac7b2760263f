namespace Drydock.Wasm;

/// <summary>
/// How large the parts of a module may be: the limits of the JavaScript API (section "Implementation-defined Limits"),
/// which every browser has, so that no toolchain exceeds them.
/// </summary>
internal static class ImplementationLimits
{
    public const int ModuleSize = 1 << 30;
    public const int Types = 1_000_000;
    public const int Functions = 1_000_000;
    public const int Imports = 1_000_000;
    public const int Exports = 1_000_000;
    public const int Globals = 1_000_000;
    public const int Tags = 1_000_000;
    public const int DataSegments = 100_000;
    public const int ElementSegments = 10_000_000;
    public const int SegmentElements = 10_000_000;
    public const int Tables = 100_000;
    public const int Memories = 100;
    public const int Parameters = 1_000;
    public const int Results = 1_000;
    public const int Locals = 50_000;
    public const int FunctionSize = 7_654_321;
    public const int StructFields = 10_000;
    public const int SubtypingDepth = 63;
    public const int ArrayNewFixedOperands = 10_000;
    public const int BranchTableSize = 65_520;

    /// <summary>
    /// Not among the published limits: two bytes of <c>call</c> push up to a thousand operands, and the stack that the
    /// validator and the compilers keep must not grow a thousand times faster than the code does.
    /// </summary>
    public const int OperandStack = 1_000_000;
}
