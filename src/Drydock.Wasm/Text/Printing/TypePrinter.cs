using System.Text;

namespace Drydock.Wasm.Text;

/// <summary>Types as text (spec: 6.4).</summary>
internal sealed class TypePrinter(WasmModule module, ModuleIdentifiers identifiers)
{
    public string Value(ValueType type)
    {
        if (!type.IsReference || (type.IsNullable && type.Heap.IsAbstract)) return type.ToString();
        return type.IsNullable ? $"(ref null {Heap(type.Heap)})" : $"(ref {Heap(type.Heap)})";
    }

    public string Heap(HeapType heap) =>
        heap.IsAbstract ? heap.ToString() : identifiers.Types.Reference(heap.TypeIndex);

    public string Use(int type) => $"(type {identifiers.Types.Reference(type)})";

    /// <summary>The type of a block with a space before it; nothing for the empty one.</summary>
    public string Block(BlockType type)
    {
        if (type.HasTypeIndex) return " " + Use(type.TypeIndex);
        return type.IsEmpty ? "" : $" (result {Value(type.Result)})";
    }

    /// <summary>Parameters and results, each form with a space before it.</summary>
    public string Signature(FunctionType type, Identifiers? locals = null)
    {
        var text = new StringBuilder();
        AppendDeclarations(text, "param", type.Parameters.ToArray(), 0, locals);
        AppendDeclarations(text, "result", type.Results.ToArray(), 0, null);
        return text.ToString();
    }

    /// <summary>The declared locals of a function, each form with a space before it.</summary>
    public string Locals(LocalRun[] runs, int parameters, Identifiers locals)
    {
        var text = new StringBuilder();
        AppendDeclarations(text, "local", runs.SelectMany(run => Sequences.Repeat(run.Type, run.Count)), parameters,
            locals);
        return text.ToString();
    }

    /// <summary>One form for each that has an identifier, one for all between them.</summary>
    private void AppendDeclarations(
        StringBuilder text, string keyword, IEnumerable<ValueType> types, int index, Identifiers? locals)
    {
        var isOpen = false;
        foreach (var type in types)
        {
            var identifier = locals?.Identifier(index) is null ? null : locals.Definition(index);
            index++;
            if (isOpen && identifier is not null) text.Append(')');
            if (!isOpen || identifier is not null) text.Append(" (").Append(keyword);
            text.Append(identifier).Append(' ').Append(Value(type));
            isOpen = identifier is null;
            if (!isOpen) text.Append(')');
        }

        if (isOpen) text.Append(')');
    }

    /// <summary>A <c>type</c> field.</summary>
    public string Definition(int index)
    {
        var type = module.Types[index];
        var composite = Composite(index, type.Composite);
        if (!type.IsFinal || type.SuperType >= 0)
        {
            var final = type.IsFinal ? " final" : "";
            var super = type.SuperType >= 0 ? " " + identifiers.Types.Reference(type.SuperType) : "";
            composite = $"(sub{final}{super} {composite})";
        }

        return $"(type{identifiers.Types.Definition(index)} {composite})";
    }

    private string Composite(int index, CompositeType type) => type switch
    {
        FunctionType function => $"(func{Signature(function)})",
        ArrayType array => $"(array {Field(array.Element)})",
        _ => $"(struct{Fields(index, (StructType)type)})",
    };

    private string Fields(int index, StructType type)
    {
        var text = new StringBuilder();
        var names = identifiers.Fields(index);
        for (var i = 0; i < type.Fields.Length; i++)
        {
            text.Append(" (field");
            if (names.Identifier(i) is not null) text.Append(names.Definition(i));
            text.Append(' ').Append(Field(type.Fields[i])).Append(')');
        }

        return text.ToString();
    }

    private string Field(FieldType field)
    {
        var storage = field.PackedSize switch { 1 => "i8", 2 => "i16", _ => Value(field.Type) };
        return field.IsMutable ? $"(mut {storage})" : storage;
    }

    public static string Limits(Limits limits)
    {
        var address = limits.Is64Bit ? "i64 " : "";
        return limits.Maximum is { } maximum ? $"{address}{limits.Minimum} {maximum}" : $"{address}{limits.Minimum}";
    }

    public static string Memory(MemoryType type)
    {
        var shared = type.IsShared ? " shared" : "";
        return type.PageSizeLog2 == 16
            ? Limits(type.Limits) + shared
            : $"{Limits(type.Limits)}{shared} (pagesize {1UL << type.PageSizeLog2})";
    }

    public string Table(TableType type) => $"{Limits(type.Limits)} {Value(type.Element)}";

    public string Global(GlobalType type) => type.IsMutable ? $"(mut {Value(type.Type)})" : Value(type.Type);
}
