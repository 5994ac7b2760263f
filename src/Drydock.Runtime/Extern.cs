using System.Globalization;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>
/// Something a module can import or export (spec: 4.2.15): a function, table, memory, global or tag of a store.
/// </summary>
public abstract class Extern
{
    private protected Extern(Store store) => Store = store;

    /// <summary>The store it lives in; it cannot be used with any other.</summary>
    public Store Store { get; }
    /// <summary>Which of the five it is.</summary>
    public abstract ExternalKind Kind { get; }
    /// <summary>Its type as it is now: the minimum of a memory or table is its current size.</summary>
    public abstract ExternType ExternType { get; }
}

/// <summary>The type of an import or export (spec: 2.3.16).</summary>
public readonly struct ExternType
{
    /// <summary>A function's type.</summary>
    public ExternType(FunctionType type) => (Kind, Function) = (ExternalKind.Function, type);
    /// <summary>A table's type.</summary>
    public ExternType(TableType type) => (Kind, Table) = (ExternalKind.Table, type);
    /// <summary>A memory's type.</summary>
    public ExternType(MemoryType type) => (Kind, Memory) = (ExternalKind.Memory, type);
    /// <summary>A global's type.</summary>
    public ExternType(GlobalType type) => (Kind, Global) = (ExternalKind.Global, type);

    private ExternType(FunctionType tag, ExternalKind kind) => (Kind, Function) = (kind, tag);

    /// <summary>A tag's type.</summary>
    public static ExternType Tag(FunctionType type) => new(type, ExternalKind.Tag);

    /// <summary>Which of the following is meaningful.</summary>
    public ExternalKind Kind { get; }
    /// <summary>The type of a function or tag.</summary>
    public FunctionType? Function { get; }
    /// <summary>The type of a table.</summary>
    public TableType Table { get; }
    /// <summary>The type of a memory.</summary>
    public MemoryType Memory { get; }
    /// <summary>The type of a global.</summary>
    public GlobalType Global { get; }

    /// <summary>
    /// For instance <c>func [i32] -> []</c>, <c>memory 1 2</c>, <c>table 10 funcref</c>, <c>global mut i32</c>.
    /// </summary>
    public override string ToString() => Kind switch
    {
        ExternalKind.Function => $"func {Function}",
        ExternalKind.Tag => $"tag {Function}",
        ExternalKind.Table => $"table {Text(Table.Limits)} {Table.Element}",
        ExternalKind.Memory => $"memory {Text(Memory.Limits)}{(Memory.IsShared ? " shared" : "")}",
        _ => $"global {(Global.IsMutable ? "mut " : "")}{Global.Type}",
    };

    private static string Text(Limits limits) => string.Create(CultureInfo.InvariantCulture,
        $"{(limits.Is64Bit ? "i64 " : "")}{limits.Minimum}{(limits.Maximum is { } max ? $" {max}" : "")}");
}

/// <summary>An import that a module asks for.</summary>
/// <param name="Module">Module name.</param>
/// <param name="Name">Item name.</param>
/// <param name="Type">Type it has to match.</param>
public readonly record struct ImportType(string Module, string Name, ExternType Type);

/// <summary>An export that instances of a module have.</summary>
/// <param name="Name">Name.</param>
/// <param name="Type">Type.</param>
public readonly record struct ExportType(string Name, ExternType Type);
