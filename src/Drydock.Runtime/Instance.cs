using System.Diagnostics.CodeAnalysis;
using Drydock.Compiler;
using Drydock.Runtime.Heap;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>An instantiated module (spec: 4.2.5).</summary>
public sealed unsafe class Instance
{
    private readonly Function[] _imported;
    private readonly Dictionary<int, Function> _defined = [];
    private readonly FunctionReferences _references;
    private readonly bool[] _droppedData;
    private readonly nint[]?[] _elements;
    private readonly nint _handle;
    private Dictionary<string, Extern>? _exports;

    internal Instance(Store store, Module module)
    {
        Store = store;
        Module = module;
        var definition = module.Definition;
        store.Add(this);
        _imported = new Function[definition.ImportedFunctionCount];
        Memories = new Memory[definition.Memories.Length];
        Tables = new Table[definition.Tables.Length];
        Globals = new Global[definition.Globals.Length];
        Tags = definition.Tags.Length == 0 ? [] : new Tag[definition.Tags.Length];
        _droppedData = new bool[definition.Data.Length];
        _elements = new nint[]?[definition.Elements.Length];
        _handle = store.Blocks.Handle(this);
        _references = new(this, _handle);
        Context = store.Blocks.Allocate((nuint)module.Layout.Size);
        WriteHeader();
    }

    /// <summary>The store.</summary>
    public Store Store { get; }
    /// <summary>The module.</summary>
    public Module Module { get; }

    /// <summary>Exported items by name.</summary>
    public IReadOnlyDictionary<string, Extern> Exports => _exports ??= CollectExports();

    internal Memory[] Memories { get; }
    internal Table[] Tables { get; }
    internal Global[] Globals { get; }
    internal Tag[] Tags { get; }
    /// <summary>The block that <see cref="VmContextLayout"/> declares.</summary>
    internal byte* Context { get; }
    internal Span<byte> Memory0Span => Memories.Length == 0 ? [] : Memories[0].Span;

    /// <summary>The export called <paramref name="name"/>, or null.</summary>
    public Extern? GetExport(string name) => Module.TryFindExport(name, out var export) ? ItemOf(export) : null;

    /// <summary>The exported function called <paramref name="name"/>, or null.</summary>
    public Function? GetFunction(string name) => GetExport(name) as Function;
    /// <summary>The exported memory called <paramref name="name"/>, or null.</summary>
    public Memory? GetMemory(string name) => GetExport(name) as Memory;
    /// <summary>The exported table called <paramref name="name"/>, or null.</summary>
    public Table? GetTable(string name) => GetExport(name) as Table;
    /// <summary>The exported global called <paramref name="name"/>, or null.</summary>
    public Global? GetGlobal(string name) => GetExport(name) as Global;

    /// <summary>A function by its index.</summary>
    internal Function FunctionAt(int index)
    {
        if (index < _imported.Length) return _imported[index];
        if (!_defined.TryGetValue(index, out var function))
            _defined[index] = function = new(this, Module.Definition.FunctionTypeOf(index), FunctionReference(index));
        return function;
    }

    /// <summary>Sets an imported function.</summary>
    internal void SetFunction(int index, Function function)
    {
        _imported[index] = function;
        byte* slot = Context + Module.Layout.ImportedFunction(index);
        VmContext.Word(slot, VmContextLayout.ImportedFunctionCode) = function.CodeFor(Module.Definition.UsesExceptions);
        VmContext.Word(slot, VmContextLayout.ImportedFunctionContext) =
            function.ContextFor(Module.Definition.UsesExceptions);
    }

    /// <summary>Address of the reference to a function; made when first asked for.</summary>
    internal nint FunctionReference(int index) =>
        index < _imported.Length ? _imported[index].ReferenceAddress : _references.Of(index - _imported.Length);

    /// <summary>A reference to a function as a value.</summary>
    internal Value FunctionValue(int index) =>
        Store.FunctionValue(FunctionReference(index));

    /// <summary>The bytes of a data segment; empty once it is dropped.</summary>
    internal ReadOnlySpan<byte> DataOf(int segment) =>
        _droppedData[segment] ? [] : Module.Definition.BytesOf(Module.Definition.Data[segment].Content);

    internal void DropData(int segment) => _droppedData[segment] = true;

    /// <summary>The references of an element segment; empty once it is dropped.</summary>
    internal ReadOnlySpan<nint> ElementsOf(int segment) => _elements[segment];

    /// <summary>Writes the references of functions.</summary>
    internal void WriteReferences(ReadOnlySpan<int> functions, Span<nint> references)
    {
        for (int i = 0; i < functions.Length; i++) references[i] = FunctionReference(functions[i]);
    }

    internal void SetElements(int segment, nint[] references) => _elements[segment] = references;
    internal void DropElements(int segment) => _elements[segment] = null;

    /// <summary>Marks what element segments refer to.</summary>
    internal void MarkElements(Collector collector)
    {
        for (int i = 0; i < _elements.Length; i++)
            if (_elements[i] is { } references && !Store.Engine.Signatures.IsFunction(ElementType(i).Heap))
                collector.Mark(references);
    }

    private ValueType ElementType(int segment) =>
        SignatureRegistry.Canonical(Module.Definition.Elements[segment].Type, Module.Signatures);

    /// <summary>What an export of this instance's module stands for.</summary>
    internal Extern ItemOf(in Export export) => export.Kind switch
    {
        ExternalKind.Function => FunctionAt(export.Index),
        ExternalKind.Table => Tables[export.Index],
        ExternalKind.Memory => Memories[export.Index],
        ExternalKind.Global => Globals[export.Index],
        _ => Tags[export.Index],
    };

    private void WriteHeader()
    {
        VmContext.Word(Context, VmContextLayout.StoreContext) = (nint)Store.Context;
        VmContext.Word(Context, VmContextLayout.Builtins) = Builtins.Table;
        VmContext.Word(Context, VmContextLayout.InstanceHandle) = _handle;
        VmContext.Word(Context, VmContextLayout.TypeInfos) = Store.Engine.Signatures.Infos.Address;
        for (int i = 0; i < Module.Signatures.Length; i++)
            VmContext.UInt32(Context, Module.Layout.Signature(i)) = (uint)Module.Signatures[i];
    }

    [SuppressMessage("Performance", "CA1859", Justification = "the property's type is the public one")]
    private Dictionary<string, Extern> CollectExports()
    {
        var exports = new Dictionary<string, Extern>();
        foreach (var export in Module.Definition.Exports)
            exports.Add(export.Name, ItemOf(export));
        return exports;
    }
}
