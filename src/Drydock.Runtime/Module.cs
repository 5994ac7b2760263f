using Drydock.Compiler;
using Drydock.Runtime.Cache;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A validated module ready to be instantiated in any store of its engine. Thread-safe.</summary>
public sealed class Module : IDisposable
{
    private readonly Lock _gate = new();
    private ModuleCode? _code;
    private Dictionary<string, int>? _exportIndices;
    private int _references = 1;
    private bool _disposed;

    private readonly CodeImage? _image;
    private readonly CacheEntry? _entry;
    private readonly List<CacheEntry> _replacements = [];

    private Module(Engine engine, WasmModule definition, CodeImage? image = null, CacheEntry? entry = null)
    {
        Engine = engine;
        Definition = definition;
        _image = image;
        _entry = entry;
        Layout = new VmContextLayout(definition);
        Signatures = engine.Signatures.Register(definition);
        UsesSegment = MemorySegment.IsUsed(definition, Processor.Features);
    }

    /// <summary>
    /// Decodes and validates <paramref name="binary"/>, which must not change afterwards. Functions are compiled when
    /// they are first called.
    /// </summary>
    /// <exception cref="WasmFormatException">The binary is malformed or invalid.</exception>
    public static Module Compile(Engine engine, ReadOnlyMemory<byte> binary) =>
        Compile(engine, ModuleDecoder.Decode(binary, engine.Options.Features));

    /// <summary>Makes a module of one that is already decoded and validated.</summary>
    public static Module Compile(Engine engine, WasmModule definition) => new(engine, definition);

    /// <summary>Makes a module whose code, or part of it, was compiled before with the same settings.</summary>
    /// <param name="engine">The engine.</param>
    /// <param name="definition">The module.</param>
    /// <param name="image">Its code; functions that are missing are compiled when they are first called.</param>
    public static Module Load(Engine engine, WasmModule definition, CodeImage image)
    {
        if (image.FunctionCount != definition.Bodies.Length)
            throw new ArgumentException("the code image is of another module", nameof(image));
        return new(engine, definition, image);
    }

    /// <summary>Makes a module of an entry of the cache, which it disposes of.</summary>
    /// <exception cref="InvalidOperationException">The code cannot be mapped.</exception>
    internal static Module Load(Engine engine, CacheEntry entry)
    {
        var module = new Module(engine, entry.Definition, entry: entry);
        module._code = entry.MapCode(engine, module.Layout);
        return module;
    }

    /// <summary>The engine.</summary>
    public Engine Engine { get; }
    /// <summary>What the binary says; without the bodies of functions where the module is from a cache.</summary>
    public WasmModule Definition { get; }
    /// <summary>What has to be given to instantiate the module, in order.</summary>
    public IReadOnlyList<ImportType> Imports =>
        Array.ConvertAll(Definition.Imports,
            item => new ImportType(item.Module, item.Name, TypeOf(item.Kind, item.Index)));
    /// <summary>What instances offer, in order.</summary>
    public IReadOnlyList<ExportType> Exports =>
        Array.ConvertAll(Definition.Exports, item => new ExportType(item.Name, TypeOf(item.Kind, item.Index)));

    /// <summary>
    /// Number of functions that the optimizing tier has yet to do, where the module is from an entry that it made; the
    /// code of these is baseline's.
    /// </summary>
    public int FunctionsLeft => _entry?.FunctionsLeft ?? 0;

    /// <summary>Layout of the contexts of instances.</summary>
    internal VmContextLayout Layout { get; }
    /// <summary>Whether the code may use <see cref="MemorySegment"/>, whatever settings it is compiled with.</summary>
    internal bool UsesSegment { get; }
    /// <summary>Engine-wide numbers of the types.</summary>
    internal int[] Signatures { get; }

    /// <summary>The code; made when first asked for.</summary>
    internal ModuleCode Code => Volatile.Read(ref _code) ?? MakeCode();

    /// <summary>The name of a function from the name section, or else from an export; null if it has none.</summary>
    public string? FunctionName(int functionIndex)
    {
        if (Definition.Names.Function(functionIndex) is { } name) return name;
        foreach (var export in Definition.Exports)
            if (export.Kind == ExternalKind.Function && export.Index == functionIndex) return export.Name;
        return null;
    }

    /// <summary>Frees the code once no store holds an instance of the module any more.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed) return;
            _disposed = true;
        }
        Release();
    }

    /// <summary>
    /// Calls <paramref name="visit"/> with index in the function index space, address and length of all functions that
    /// are compiled.
    /// </summary>
    public void VisitCode(Action<int, nint, int> visit) =>
        Code.Visit((body, address, length) => visit(Definition.ImportedFunctionCount + body, address, length));

    /// <summary>The bytes of code at an address that <see cref="VisitCode"/> gave.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no code of this module there.</exception>
    public unsafe byte[] ReadCode(nint address, int length)
    {
        // Code is never unmapped before the module is disposed, and both ends are in it.
        if (length < 0 || !Code.Contains(address) || !Code.Contains(address + Math.Max(0, length - 1)))
            throw new ArgumentOutOfRangeException(nameof(address));
        return new ReadOnlySpan<byte>((void*)address, length).ToArray();
    }

    /// <summary>
    /// Takes better code: instances made from now on use it, and so do those there are, wherever they call functions
    /// that were compiled while they ran. False if the module is disposed; then the entry is not taken.
    /// </summary>
    /// <exception cref="InvalidOperationException">The code cannot be mapped.</exception>
    internal bool TryReplaceCode(CacheEntry entry)
    {
        var older = Code;
        lock (_gate)
        {
            if (_references == 0) return false;
            var newer = entry.MapCode(Engine, Layout);
            _replacements.Add(entry);
            older.ForwardTo(newer);
            Volatile.Write(ref _code, newer);
            return true;
        }
    }

    /// <summary>Keeps the code for an instance.</summary>
    internal void AddReference()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            _references++;
        }
    }

    internal void Release()
    {
        lock (_gate)
        {
            if (--_references != 0) return;
            _code?.Dispose();
            _entry?.Dispose();
            foreach (var entry in _replacements) entry.Dispose();
        }
    }

    /// <summary>Maps the first content of an instance's memories if it is laid out in pages.</summary>
    internal bool TryMapMemories(Instance instance)
    {
        if (_entry is not { HasMemoryImage: true }) return false;
        _entry.InitializeMemories(instance);
        return true;
    }

    /// <summary>Finds an export by name.</summary>
    internal bool TryFindExport(string name, out Export export)
    {
        var indices = Volatile.Read(ref _exportIndices) ?? IndexExports();
        bool found = indices.TryGetValue(name, out int index);
        export = found ? Definition.Exports[index] : default;
        return found;
    }

    /// <summary>The type of an item of one of the index spaces.</summary>
    internal ExternType TypeOf(ExternalKind kind, int index) => kind switch
    {
        ExternalKind.Function => new(Definition.FunctionTypeOf(index)),
        ExternalKind.Table => new(Definition.Tables[index].Type),
        ExternalKind.Memory => new(Definition.Memories[index]),
        ExternalKind.Global => new(Definition.Globals[index].Type),
        _ => ExternType.Tag((FunctionType)Definition.Types[Definition.Tags[index]].Composite),
    };

    private ModuleCode MakeCode()
    {
        lock (_gate)
        {
            if (_code is not null) return _code;
            var unit = new CompilationUnit(Definition, Layout, Engine.Settings);
            var image = _image ?? CodeImageLinker.Empty(Definition.Bodies.Length);
            long missing = 0;
            foreach (var body in Definition.Bodies) missing += body.Entry.Length;
            Volatile.Write(ref _code, new ModuleCode(
                image, default, Definition.ImportedFunctionCount, missing, Engine.Compiler, () => unit));
            return _code!;
        }
    }

    private Dictionary<string, int> IndexExports()
    {
        var indices = new Dictionary<string, int>(Definition.Exports.Length);
        for (int i = 0; i < Definition.Exports.Length; i++) indices[Definition.Exports[i].Name] = i;
        Volatile.Write(ref _exportIndices, indices);
        return indices;
    }
}
