namespace Drydock.Wasm;

/// <summary>
/// A decoded and validated module (spec: 2.5). Holds the bytes it was decoded from; code, element expressions and data
/// are ranges of them. Index spaces list imports first, as the specification has it.
/// </summary>
public sealed class WasmModule
{
    /// <summary>The binary the ranges below refer to.</summary>
    public required ReadOnlyMemory<byte> Bytes { get; init; }
    /// <summary>The type section, flattened out of its recursive groups.</summary>
    public required SubType[] Types { get; init; }
    /// <summary>
    /// For each type the index of the first type of this module that is equivalent to it (spec: 3.1, iso-recursive
    /// equality of recursive groups).
    /// </summary>
    public required int[] CanonicalTypes { get; init; }
    /// <summary>Imports in order of declaration.</summary>
    public required Import[] Imports { get; init; }
    /// <summary>Exports in order of declaration.</summary>
    public required Export[] Exports { get; init; }
    /// <summary>Type index of every function, imported ones first.</summary>
    public required int[] Functions { get; init; }
    /// <summary>Number of imported functions.</summary>
    public required int ImportedFunctionCount { get; init; }
    /// <summary>Every table, imported ones first.</summary>
    public required TableDefinition[] Tables { get; init; }
    /// <summary>Number of imported tables.</summary>
    public required int ImportedTableCount { get; init; }
    /// <summary>Every memory, imported ones first.</summary>
    public required MemoryType[] Memories { get; init; }
    /// <summary>Number of imported memories.</summary>
    public required int ImportedMemoryCount { get; init; }
    /// <summary>Every global, imported ones first.</summary>
    public required GlobalDefinition[] Globals { get; init; }
    /// <summary>Number of imported globals.</summary>
    public required int ImportedGlobalCount { get; init; }
    /// <summary>Type index of every tag, imported ones first.</summary>
    public required int[] Tags { get; init; }
    /// <summary>Number of imported tags.</summary>
    public required int ImportedTagCount { get; init; }
    /// <summary>
    /// Whether there are tags, or instructions that throw or catch: whether code has to look for exceptions.
    /// </summary>
    public required bool UsesExceptions { get; init; }
    /// <summary>
    /// Whether all that the code calls other than by an import is of the same instance: no reference to a function
    /// comes in or goes out but as an import or an export, and no tail call leaves.
    /// </summary>
    public required bool IsSelfContained { get; init; }
    /// <summary>Index of the start function, or -1.</summary>
    public required int StartFunction { get; init; }
    /// <summary>Element segments.</summary>
    public required ElementSegment[] Elements { get; init; }
    /// <summary>Data segments.</summary>
    public required DataSegment[] Data { get; init; }
    /// <summary>
    /// Bodies of the functions defined here; body <c>i</c> is function <c>ImportedFunctionCount + i</c>.
    /// </summary>
    public required FunctionBody[] Bodies { get; init; }
    /// <summary>Custom sections in order, each with its name.</summary>
    public required CustomSection[] CustomSections { get; init; }

    /// <summary>What the <c>name</c> section calls things; empty when there is none. Read on first use.</summary>
    public NameSection Names => _names ??= NameSection.Read(this);

    private NameSection? _names;

    /// <summary>The type of a function by its index in the function index space.</summary>
    public FunctionType FunctionTypeOf(int functionIndex) => (FunctionType)Types[Functions[functionIndex]].Composite;

    /// <summary>The bytes of a range of this module.</summary>
    public ReadOnlySpan<byte> BytesOf(ByteRange range) => Bytes.Span.Slice(range.Offset, range.Length);
}

/// <summary>A range of a module's bytes.</summary>
/// <param name="Offset">Offset from the start of the binary.</param>
/// <param name="Length">Length in bytes.</param>
public readonly record struct ByteRange(int Offset, int Length);

/// <summary>An import.</summary>
/// <param name="Module">Module name.</param>
/// <param name="Name">Item name.</param>
/// <param name="Kind">What is imported.</param>
/// <param name="Index">Its index in the index space of its kind.</param>
public readonly record struct Import(string Module, string Name, ExternalKind Kind, int Index);

/// <summary>An export.</summary>
/// <param name="Name">Name.</param>
/// <param name="Kind">What is exported.</param>
/// <param name="Index">Its index in the index space of its kind.</param>
public readonly record struct Export(string Name, ExternalKind Kind, int Index);

/// <summary>A table and how its elements start out.</summary>
/// <param name="Type">Type.</param>
/// <param name="Initializer">Constant expression including its <c>end</c>, or an empty range for null.</param>
public readonly record struct TableDefinition(TableType Type, ByteRange Initializer);

/// <summary>A global and its initial value.</summary>
/// <param name="Type">Type.</param>
/// <param name="Initializer">Constant expression including its <c>end</c>; empty for an import.</param>
public readonly record struct GlobalDefinition(GlobalType Type, ByteRange Initializer);

/// <summary>How a segment is used.</summary>
public enum SegmentMode : byte
{
    /// <summary>Copied at instantiation.</summary>
    Active,
    /// <summary>Copied by <c>memory.init</c> or <c>table.init</c>.</summary>
    Passive,
    /// <summary>Only declares functions for <c>ref.func</c>.</summary>
    Declarative,
}

/// <summary>An element segment.</summary>
/// <param name="Mode">Mode.</param>
/// <param name="Type">Element type.</param>
/// <param name="Table">Table index when active.</param>
/// <param name="Offset">Constant expression of the offset, including its <c>end</c>, when active.</param>
/// <param name="FunctionIndices">Function indices, or null when <paramref name="Expressions"/> is used.</param>
/// <param name="Expressions">Constant expressions, each including its <c>end</c>, or null when
/// <paramref name="FunctionIndices"/> is used.</param>
public sealed record ElementSegment(
    SegmentMode Mode, ValueType Type, int Table, ByteRange Offset, int[]? FunctionIndices, ByteRange[]? Expressions)
{
    /// <summary>Number of elements.</summary>
    public int Count => FunctionIndices?.Length ?? Expressions!.Length;
}

/// <summary>A data segment.</summary>
/// <param name="Mode">Active or passive.</param>
/// <param name="Memory">Memory index when active.</param>
/// <param name="Offset">Constant expression of the offset, including its <c>end</c>, when active.</param>
/// <param name="Content">The bytes.</param>
public readonly record struct DataSegment(SegmentMode Mode, int Memory, ByteRange Offset, ByteRange Content);

/// <summary>The code of a function.</summary>
/// <param name="Entry">The whole entry of the code section after its size: locals, then instructions.</param>
/// <param name="Code">The instructions, up to and including the final <c>end</c>.</param>
/// <param name="Locals">Declared locals, run-length encoded, without the parameters.</param>
public readonly record struct FunctionBody(ByteRange Entry, ByteRange Code, LocalRun[] Locals);

/// <summary>A run of declared locals of one type.</summary>
/// <param name="Count">How many.</param>
/// <param name="Type">Their type.</param>
public readonly record struct LocalRun(int Count, ValueType Type);

/// <summary>A custom section.</summary>
/// <param name="Name">Name.</param>
/// <param name="Content">Content after the name.</param>
public readonly record struct CustomSection(string Name, ByteRange Content);
