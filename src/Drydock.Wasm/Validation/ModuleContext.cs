namespace Drydock.Wasm.Validation;

/// <summary>
/// The module as far as it has been decoded: the context C of the specification (3.1.2), filled section by section.
/// Read-only while function bodies are validated, which may happen on several threads.
/// </summary>
internal sealed class ModuleContext(ReadOnlyMemory<byte> bytes, WasmFeatures features)
{
    public readonly ReadOnlyMemory<byte> Bytes = bytes;
    public readonly WasmFeatures Features = features;

    public readonly TypeSpace Types = new();
    public readonly List<Import> Imports = [];
    public readonly List<Export> Exports = [];
    public readonly List<TableDefinition> Tables = [];
    public readonly List<MemoryType> Memories = [];
    public readonly List<GlobalDefinition> Globals = [];
    public readonly List<int> Tags = [];
    public readonly List<CustomSection> CustomSections = [];
    public readonly HashSet<int> ReferencedFunctions = [];

    /// <summary>Complete once imports and functions are read.</summary>
    public int[] Functions = [];
    public int ImportedFunctions;
    public int ImportedTables;
    public int ImportedMemories;
    public int ImportedGlobals;
    public int ImportedTags;
    public int StartFunction = -1;
    /// <summary>Set by any of the threads that find a handler; tags alone say it too.</summary>
    public volatile bool HasHandlers;
    /// <summary>
    /// Set by any of the threads that find an instruction which takes a function reference from where others may have
    /// put it, puts one where others may find it, or leaves the module by a tail call.
    /// </summary>
    public volatile bool SharesFunctions;

    /// <summary>What the data count section says, or -1 when there is none.</summary>
    public int DataCount = -1;
    public ElementSegment[] Elements = [];
    public DataSegment[] Data = [];
    public FunctionBody[] Bodies = [];

    public bool Has(WasmFeatures feature) => (Features & feature) == feature;

    public FunctionType FunctionTypeOf(int functionIndex) => (FunctionType)Types[Functions[functionIndex]].Composite;

    public FunctionType TagTypeOf(int tagIndex) => (FunctionType)Types[Tags[tagIndex]].Composite;

    /// <summary>Whether a type is of references to functions.</summary>
    public bool IsFunction(ValueType type) => type.IsReference && Types.TopOf(type.Heap) == HeapType.Func;

    /// <summary>Whether a table of functions is imported or exported.</summary>
    private bool SharesTables() =>
        Tables[..ImportedTables].Exists(table => IsFunction(table.Type.Element))
        || Exports.Exists(item => item.Kind == ExternalKind.Table && IsFunction(Tables[item.Index].Type.Element));

    private bool HasImports(ElementSegment segment) =>
        segment.FunctionIndices is { } functions && functions.Any(index => index < ImportedFunctions);

    public WasmModule ToModule() => new()
    {
        Bytes = Bytes,
        Types = Types.ToArray(),
        CanonicalTypes = Types.CanonicalIndices(),
        Imports = [.. Imports],
        Exports = [.. Exports],
        Functions = Functions,
        ImportedFunctionCount = ImportedFunctions,
        Tables = [.. Tables],
        ImportedTableCount = ImportedTables,
        Memories = [.. Memories],
        ImportedMemoryCount = ImportedMemories,
        Globals = [.. Globals],
        ImportedGlobalCount = ImportedGlobals,
        Tags = [.. Tags],
        ImportedTagCount = ImportedTags,
        UsesExceptions = HasHandlers || Tags.Count > 0,
        IsSelfContained = !SharesFunctions && !SharesTables() && !Elements.Any(HasImports),
        StartFunction = StartFunction,
        Elements = Elements,
        Data = Data,
        Bodies = Bodies,
        CustomSections = [.. CustomSections],
    };
}
