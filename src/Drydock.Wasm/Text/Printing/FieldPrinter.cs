using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Text;

/// <summary>The fields of a module (spec: 6.6), in the order of the binary format.</summary>
internal sealed class FieldPrinter
{
    private readonly WasmModule _module;
    private readonly TextWriter _output;
    private readonly ModuleIdentifiers _identifiers;
    private readonly TypePrinter _types;
    private readonly InstructionPrinter _instructions;
    private readonly CodePrinter _code;

    public FieldPrinter(WasmModule module, TextWriter output, PrintOptions options)
    {
        (_module, _output) = (module, output);
        _identifiers = new ModuleIdentifiers(module);
        _types = new TypePrinter(module, _identifiers);
        _instructions = new InstructionPrinter(_identifiers, _types);
        _code = options.IsFolded
            ? new FoldedCodePrinter(module, output, _instructions)
            : new FlatCodePrinter(output, _instructions);
    }

    public void Print()
    {
        _output.Write("(module");
        if (_module.Names.Module is { Length: > 0 } name) _output.Write(" " + TextEscapes.Identifier(name));
        Types();
        foreach (var import in _module.Imports) Import(import);
        ForEach(_module.Tables.Length, _module.ImportedTableCount, Table);
        ForEach(_module.Memories.Length, _module.ImportedMemoryCount, Memory);
        ForEach(_module.Tags.Length, _module.ImportedTagCount, Tag);
        ForEach(_module.Globals.Length, _module.ImportedGlobalCount, Global);
        foreach (var export in _module.Exports) Export(export);
        if (_module.StartFunction >= 0) Line($"(start {_identifiers.Functions.Reference(_module.StartFunction)})");
        ForEach(_module.Elements.Length, 0, Element);
        ForEach(_module.Bodies.Length, 0, Function);
        ForEach(_module.Data.Length, 0, Data);
        CustomSections();
        _output.Write(")\n");
    }

    private static void ForEach(int count, int first, Action<int> print)
    {
        for (var i = first; i < count; i++) print(i);
    }

    private void Line(string text)
    {
        _output.Write("\n  ");
        _output.Write(text);
    }

    private void Types()
    {
        for (var start = 0; start < _module.Types.Length; start += _module.Types[start].GroupLength)
        {
            var length = _module.Types[start].GroupLength;
            if (length > 1) Line("(rec");
            for (var i = start; i < start + length; i++) Line((length > 1 ? "  " : "") + _types.Definition(i));
            if (length > 1) _output.Write(')');
        }
    }

    private void Import(Import import) =>
        Line(
            $"(import {TextEscapes.Name(import.Module)} {TextEscapes.Name(import.Name)} ({Imported(import.Kind, import.Index)}))");

    private string Imported(ExternalKind kind, int index) => kind switch
    {
        ExternalKind.Function =>
            $"func{_identifiers.Functions.Definition(index)} {_types.Use(_module.Functions[index])}",
        ExternalKind.Table =>
            $"table{_identifiers.Tables.Definition(index)} {_types.Table(_module.Tables[index].Type)}",
        ExternalKind.Memory =>
            $"memory{_identifiers.Memories.Definition(index)} {TypePrinter.Memory(_module.Memories[index])}",
        ExternalKind.Global =>
            $"global{_identifiers.Globals.Definition(index)} {_types.Global(_module.Globals[index].Type)}",
        _ => $"tag{_identifiers.Tags.Definition(index)} {_types.Use(_module.Tags[index])}",
    };

    private void Table(int index)
    {
        var (type, initializer) = _module.Tables[index];
        var value = initializer.Length == 0 ? "" : " " + Expression(initializer);
        Line($"(table{_identifiers.Tables.Definition(index)} {_types.Table(type)}{value})");
    }

    private void Memory(int index) =>
        Line($"(memory{_identifiers.Memories.Definition(index)} {TypePrinter.Memory(_module.Memories[index])})");

    private void Tag(int index) =>
        Line($"(tag{_identifiers.Tags.Definition(index)} {_types.Use(_module.Tags[index])})");

    private void Global(int index)
    {
        var (type, initializer) = _module.Globals[index];
        Line($"(global{_identifiers.Globals.Definition(index)} {_types.Global(type)} {Expression(initializer)})");
    }

    private void Export(Export export)
    {
        var item = export.Kind switch
        {
            ExternalKind.Function => "func " + _identifiers.Functions.Reference(export.Index),
            ExternalKind.Table => "table " + _identifiers.Tables.Reference(export.Index),
            ExternalKind.Memory => "memory " + _identifiers.Memories.Reference(export.Index),
            ExternalKind.Global => "global " + _identifiers.Globals.Reference(export.Index),
            _ => "tag " + _identifiers.Tags.Reference(export.Index),
        };
        Line($"(export {TextEscapes.Name(export.Name)} ({item}))");
    }

    private void Element(int index)
    {
        var segment = _module.Elements[index];
        Line($"(elem{_identifiers.Elements.Definition(index)}");
        if (segment.Mode == SegmentMode.Declarative) _output.Write(" declare");
        if (segment.Mode == SegmentMode.Active) ElementTarget(segment);
        _output.Write(segment.FunctionIndices is null ? " " + _types.Value(segment.Type) : " func");
        foreach (var function in segment.FunctionIndices ?? [])
            _output.Write(" " + _identifiers.Functions.Reference(function));
        foreach (var expression in segment.Expressions ?? []) _output.Write(" " + Wrapped(expression, "item"));
        _output.Write(')');
    }

    private void ElementTarget(ElementSegment segment)
    {
        if (segment.Table != 0) _output.Write($" (table {_identifiers.Tables.Reference(segment.Table)})");
        _output.Write(" " + Wrapped(segment.Offset, "offset"));
    }

    private void Data(int index)
    {
        var segment = _module.Data[index];
        Line($"(data{_identifiers.Data.Definition(index)} ");
        if (segment.Mode == SegmentMode.Active && segment.Memory != 0)
            _output.Write($"(memory {_identifiers.Memories.Reference(segment.Memory)}) ");
        if (segment.Mode == SegmentMode.Active) _output.Write(Wrapped(segment.Offset, "offset") + " ");
        TextEscapes.Bytes(_output, _module.BytesOf(segment.Content));
        _output.Write(')');
    }

    private void Function(int body)
    {
        var index = _module.ImportedFunctionCount + body;
        var definition = _module.Bodies[body];
        var type = _module.FunctionTypeOf(index);
        var locals = _identifiers.Locals(index, type.Parameters.Length + definition.Locals.Sum(run => run.Count));
        Line(
            $"(func{_identifiers.Functions.Definition(index)} {_types.Use(_module.Functions[index])}{_types.Signature(type, locals)}");
        var declared = _types.Locals(definition.Locals, type.Parameters.Length, locals);
        if (declared.Length > 0) _output.Write("\n   " + declared);
        _instructions.Begin(locals, label => _module.Names.Label(index, label));
        _code.Print(_module.BytesOf(definition.Code), type);
        _output.Write(')');
    }

    /// <summary>A constant expression: folded where it is a single instruction, else one after the other.</summary>
    private string Expression(ByteRange range)
    {
        var instructions = Instructions(range);
        return instructions.Count == 1 ? $"({instructions[0]})" : string.Join(' ', instructions);
    }

    /// <summary>A constant expression in a form of its own.</summary>
    private string Wrapped(ByteRange range, string keyword)
    {
        var instructions = Instructions(range);
        return instructions.Count == 1 ? $"({instructions[0]})" : $"({keyword} {string.Join(' ', instructions)})";
    }

    private List<string> Instructions(ByteRange range)
    {
        var list = new List<string>();
        var reader = new InstructionReader(_module.BytesOf(range));
        _instructions.Begin();
        while (reader.ReadOpcode() is var opcode && opcode != Opcode.End)
            list.Add(_instructions.Print(InstructionNames.Of(opcode), ref reader));
        return list;
    }

    private void CustomSections()
    {
        var sections = SectionList.Read(_module.Bytes.Span);
        var next = 0;
        var place = "(before first)";
        foreach (var section in sections)
        {
            if (section.Id != 0) place = $"(after {SectionNames.OfText(section.Id)})";
            else Custom(_module.CustomSections[next++], place);
        }
    }

    /// <summary>The names that the section <c>name</c> holds are identifiers and annotations already.</summary>
    private void Custom(CustomSection section, string place)
    {
        if (section.Name == "name") return;
        Line($"(@custom {TextEscapes.Name(section.Name)} {place} ");
        TextEscapes.Bytes(_output, _module.BytesOf(section.Content));
        _output.Write(')');
    }
}
