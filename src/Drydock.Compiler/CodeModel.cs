using System.Buffers.Binary;
using Drydock.Wasm;

namespace Drydock.Compiler;

/// <summary>
/// Turns one validated function into machine code. Implementations are stateless and safe to call in parallel.
/// </summary>
public interface IFunctionCompiler
{
    /// <summary>
    /// Compiles defined function <paramref name="bodyIndex"/> (an index into <see cref="WasmModule.Bodies"/>).
    /// </summary>
    FunctionCode Compile(CompilationUnit unit, int bodyIndex);

    /// <summary>Bytes of bodies that are best compiled at a time; zero where it makes no difference.</summary>
    int BatchSize => 0;

    /// <summary>Compiles several functions, which may be faster than one after another.</summary>
    /// <param name="unit">The module.</param>
    /// <param name="bodyIndices">The functions, each once.</param>
    /// <param name="code">Is given the code of each, or null where this compiler cannot compile it.</param>
    void Compile(CompilationUnit unit, ReadOnlySpan<int> bodyIndices, Span<FunctionCode?> code)
    {
        for (int i = 0; i < bodyIndices.Length; i++) code[i] = TryCompile(unit, bodyIndices[i]);
    }

    /// <summary>The code of a function, or null if this compiler cannot compile it.</summary>
    sealed FunctionCode? TryCompile(CompilationUnit unit, int bodyIndex)
    {
        try
        {
            return Compile(unit, bodyIndex);
        }
        catch (CompilationException)
        {
            return null;
        }
    }
}

/// <summary>What is common to all functions of a module that is being compiled.</summary>
/// <param name="Module">The validated module.</param>
/// <param name="Layout">Layout of its instances' contexts.</param>
/// <param name="Settings">Settings.</param>
public sealed record CompilationUnit(WasmModule Module, VmContextLayout Layout, CompilerSettings Settings)
{
    /// <summary>Layouts of the module's structures and exceptions.</summary>
    public ModuleObjects Objects { get; } = new(Module);
    /// <summary>Whether code reaches the first memory through <see cref="MemorySegment"/>.</summary>
    public bool UsesSegment { get; } = MemorySegment.IsUsed(Module, Settings.Features);
}

/// <summary>Settings that change the code produced, and so belong to a code image's identity.</summary>
public sealed record CompilerSettings
{
    /// <summary>Whether loop heads and function entries compare the epoch.</summary>
    public bool EpochInterruption { get; init; }
    /// <summary>
    /// How hard the optimizing tier tries, 1 to 3, or 0 for baseline; code of every level can be kept side by side.
    /// </summary>
    public int Level { get; init; }
    /// <summary>
    /// What tells the processor that the optimizing tier compiles for from others: it uses all that LLVM knows of it,
    /// which is more than <see cref="Features"/>. Zero for baseline.
    /// </summary>
    public ulong Machine { get; init; }
    /// <summary>Processor features that may be used.</summary>
    public CpuFeatures Features { get; init; }
}

/// <summary>
/// x86-64 features beyond SSE2 that generated code may use. AVX is required by the baseline compiler.
/// </summary>
[Flags]
public enum CpuFeatures
{
    /// <summary>None.</summary>
    None = 0,
    /// <summary>AVX: all vector and float code is VEX-encoded.</summary>
    Avx = 1,
    /// <summary>AVX2.</summary>
    Avx2 = 2,
    /// <summary>FMA3.</summary>
    Fma = 4,
    /// <summary>BMI1 and BMI2.</summary>
    Bmi = 8,
    /// <summary>LZCNT.</summary>
    Lzcnt = 16,
    /// <summary>POPCNT.</summary>
    Popcnt = 32,
    /// <summary>FSGSBASE, and a system that lets programs use it: see <see cref="MemorySegment"/>.</summary>
    FsGsBase = 64,
}

/// <summary>
/// The position-independent machine code of one function. Calls of functions of the same module are six-byte sites that
/// the linker fills in: <c>call [rip+disp32]</c> through a slot while the callee is not compiled, or <c>call rel32</c>
/// with a prefix when it is in the same image; tail calls with <c>jmp</c> in place of <c>call</c>.
/// </summary>
/// <param name="Text">Machine code and its read-only constants.</param>
/// <param name="Calls">Sites to be linked, ascending.</param>
/// <param name="Sites">Trap sites and return addresses, ascending by offset.</param>
public sealed record FunctionCode(byte[] Text, CallSite[] Calls, CodeSite[] Sites)
{
    /// <summary>Alignment of the text that its constants need, a power of two of at most the page size.</summary>
    public int Alignment { get; init; } = 16;
    /// <summary>Constants that are not part of the text, because other functions have them too; or null.</summary>
    public SharedConstants? Constants { get; init; }
    /// <summary>
    /// Where the text refers to them: the four bytes there become the distance from themselves to a place in them.
    /// </summary>
    public ConstantSite[] ConstantSites { get; init; } = [];

    /// <summary>The same code with its constants behind its text.</summary>
    public FunctionCode WithOwnConstants()
    {
        if (Constants is not { } shared) return this;
        int start = (Text.Length + shared.Alignment - 1) & -shared.Alignment;
        byte[] text = [.. Text, .. new byte[start - Text.Length], .. shared.Bytes];
        foreach (var site in ConstantSites) site.Link(text, site.Offset, start);
        foreach (var site in shared.Sites) site.Link(text.AsSpan(start), start + site.Offset, 0);
        int alignment = Math.Max(Alignment, shared.Alignment);
        return this with { Text = text, Alignment = alignment, Constants = null, ConstantSites = [] };
    }
}

/// <summary>Read-only data of several functions, which an image holds once.</summary>
/// <param name="Bytes">The data.</param>
/// <param name="Alignment">What it needs, a power of two of at most the page size.</param>
/// <param name="Sites">Where it refers to code, as tables of jumps do.</param>
public sealed record SharedConstants(byte[] Bytes, int Alignment, FunctionSite[] Sites);

/// <summary>Four bytes of a text that hold a distance to constants.</summary>
/// <param name="Offset">Offset in the text.</param>
/// <param name="Addend">Where to, from the start of the constants; the distance counts from the four bytes.</param>
public readonly record struct ConstantSite(int Offset, int Addend)
{
    /// <summary>Fills the bytes in.</summary>
    /// <param name="text">The function's text.</param>
    /// <param name="at">Where the four bytes will be.</param>
    /// <param name="constants">Where the constants will be.</param>
    internal void Link(Span<byte> text, int at, int constants) =>
        BinaryPrimitives.WriteInt32LittleEndian(text[Offset..], constants + Addend - at);
}

/// <summary>Four bytes of constants that hold a distance to code.</summary>
/// <param name="Offset">Offset in the constants.</param>
/// <param name="Function">The function in the module's function index space.</param>
/// <param name="Addend">Where to, from the function's start; the distance counts from the four bytes.</param>
public readonly record struct FunctionSite(int Offset, int Function, int Addend)
{
    /// <summary>Fills the bytes in.</summary>
    /// <param name="constants">The constants.</param>
    /// <param name="at">Where the four bytes will be.</param>
    /// <param name="function">Where the function will be.</param>
    internal void Link(Span<byte> constants, int at, int function) =>
        BinaryPrimitives.WriteInt32LittleEndian(constants[Offset..], function + Addend - at);
}

/// <summary>A direct call of a function of the module.</summary>
/// <param name="Offset">Offset in the function's text of the first byte.</param>
/// <param name="Function">The callee in the module's function index space; never an import.</param>
/// <param name="IsTail">Whether the site is a jump rather than a call.</param>
/// <param name="IsNear">
/// Whether the site is a <c>call rel32</c> or <c>jmp rel32</c> of <see cref="NearSize"/> bytes that only lacks its
/// distance.
/// </param>
public readonly record struct CallSite(int Offset, int Function, bool IsTail = false, bool IsNear = false)
{
    /// <summary>Bytes of a site that is written whole.</summary>
    public const int Size = 6;
    /// <summary>Bytes of a near site.</summary>
    public const int NearSize = 5;
}

/// <summary>
/// A place in the code that the runtime may have to explain. For a trap, the offset of the instruction that faults
/// (a memory access, <c>ud2</c>, or division); for a call, its return address with <see cref="TrapCode.None"/>.
/// </summary>
/// <param name="Offset">Offset in the function's text.</param>
/// <param name="Code">The trap, or none.</param>
/// <param name="WasmOffset">Offset of the instruction from the start of the module's binary.</param>
public readonly record struct CodeSite(int Offset, TrapCode Code, int WasmOffset);
