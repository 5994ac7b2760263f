namespace Drydock.Wasm.Text;

/// <summary>
/// Functions, tables, memories, globals and tags, imported or defined, and their exports (spec: 6.6.3 to 6.6.9).
/// </summary>
internal sealed class DefinitionParser(
    TextCursor cursor, TypeParser types, ModuleScope scope, ModuleSections sections, SegmentParser segments)
{
    private uint _functions;
    private uint _tables;
    private uint _memories;
    private uint _globals;
    private uint _tags;

    public void Import()
    {
        var module = cursor.NameBytes();
        var name = cursor.NameBytes();
        cursor.Open();
        switch (cursor.Keyword())
        {
            case "func": ImportFunction(module, name); _functions++; break;
            case "table": ImportTable(module, name); _tables++; break;
            case "memory": ImportMemory(module, name); _memories++; break;
            case "global": ImportGlobal(module, name); _globals++; break;
            default: ImportTag(module, name); _tags++; break;
        }

        cursor.Close();
    }

    private ModuleEmitter AddImport(byte[] module, byte[] name, ExternalKind kind)
    {
        var imports = sections.Imports.Add();
        imports.Vector(module);
        imports.Vector(name);
        imports.Byte((int)kind);
        return imports;
    }

    private void ImportFunction(byte[] module, byte[] name)
    {
        cursor.TryIdentifier();
        var imports = AddImport(module, name, ExternalKind.Function);
        imports.Unsigned(types.Use(new IndexSpace("local")));
    }

    private void ImportTable(byte[] module, byte[] name)
    {
        cursor.TryIdentifier();
        var type = types.Table();
        EmitTable(AddImport(module, name, ExternalKind.Table), type);
    }

    private void ImportMemory(byte[] module, byte[] name)
    {
        cursor.TryIdentifier();
        EmitMemory(AddImport(module, name, ExternalKind.Memory), types.Memory());
    }

    private void ImportGlobal(byte[] module, byte[] name)
    {
        cursor.TryIdentifier();
        EmitGlobal(AddImport(module, name, ExternalKind.Global), types.Global());
    }

    private void ImportTag(byte[] module, byte[] name)
    {
        cursor.TryIdentifier();
        EmitTag(AddImport(module, name, ExternalKind.Tag), types.Use(new IndexSpace("local")));
    }

    /// <summary>
    /// What may stand before every definition: an identifier, exports, and an import in place of the content.
    /// </summary>
    private (byte[] Module, byte[] Name)? Head(ExternalKind kind, uint index)
    {
        cursor.TryIdentifier();
        while (cursor.TryForm("export"u8))
        {
            AddExport(cursor.NameBytes(), kind, index);
            cursor.Close();
        }

        if (!cursor.TryForm("import"u8)) return null;
        var import = (cursor.NameBytes(), cursor.NameBytes());
        cursor.Close();
        return import;
    }

    public void Export()
    {
        var name = cursor.NameBytes();
        cursor.Open();
        var start = cursor.Position;
        var (kind, space) = cursor.Keyword() switch
        {
            "func" => (ExternalKind.Function, scope.Functions),
            "table" => (ExternalKind.Table, scope.Tables),
            "memory" => (ExternalKind.Memory, scope.Memories),
            "global" => (ExternalKind.Global, scope.Globals),
            "tag" => (ExternalKind.Tag, scope.Tags),
            _ => throw cursor.Tokens.Error(start, "unexpected token, the kind of an export is wanted"),
        };
        AddExport(name, kind, space.Resolve(cursor));
        cursor.Close();
    }

    private void AddExport(byte[] name, ExternalKind kind, uint index)
    {
        var exports = sections.Exports.Add();
        exports.Vector(name);
        exports.Byte((int)kind);
        exports.Unsigned(index);
    }

    public void Function(int end)
    {
        var index = _functions++;
        if (Head(ExternalKind.Function, index) is { } import)
        {
            ImportFunction(import.Module, import.Name);
            return;
        }

        var locals = new IndexSpace("local");
        sections.Functions.Add().Unsigned(types.Use(locals));
        var body = new ModuleEmitter();
        Locals(body, locals);
        var parser = Expression(body, locals, end);
        sections.Code.Add().Vector(body.Written);
        scope.LocalNames.Add(index, locals.Names());
        scope.LabelNames.Add(index, parser.LabelNames);
        if (parser.BranchHints.Count > 0) sections.BranchHints.Add((index, parser.BranchHints));
    }

    private void Locals(ModuleEmitter body, IndexSpace locals)
    {
        var runs = new List<(uint Count, ValueType Type)>();
        while (cursor.TryForm("local"u8)) LocalForm(runs, locals);
        body.Unsigned((ulong)runs.Count);
        foreach (var (count, type) in runs)
        {
            body.Unsigned(count);
            body.Type(type);
        }
    }

    private void LocalForm(List<(uint Count, ValueType Type)> runs, IndexSpace locals)
    {
        var isNamed = cursor.Kind == TokenKind.Identifier;
        if (isNamed)
        {
            locals.Define(cursor);
            AddLocal(runs, types.Value());
        }

        for (; !isNamed && !cursor.AtClose; locals.DefineAnonymous()) AddLocal(runs, types.Value());
        cursor.Close();
    }

    private static void AddLocal(List<(uint Count, ValueType Type)> runs, ValueType type)
    {
        if (runs.Count > 0 && runs[^1].Type == type) runs[^1] = (runs[^1].Count + 1, type);
        else runs.Add((1, type));
    }

    private InstructionParser Expression(ModuleEmitter code, IndexSpace locals, int end)
    {
        var parser = new InstructionParser(cursor, types, scope, locals, code);
        parser.Parse(end);
        sections.NeedsDataCount |= parser.UsesData;
        code.Instruction(Opcode.End);
        return parser;
    }

    public void Table(int end)
    {
        var index = _tables++;
        if (Head(ExternalKind.Table, index) is { } import)
        {
            ImportTable(import.Module, import.Name);
            return;
        }

        var is64Bit = types.Is64Bit();
        if (cursor.Kind != TokenKind.Number) TableOfElements(index, is64Bit);
        else TableWithLimits(is64Bit, end);
    }

    private void TableWithLimits(bool is64Bit, int end)
    {
        var limits = types.Limits(is64Bit);
        var type = new TableType(types.Reference(), limits);
        var tables = sections.Tables.Add();
        var hasInitializer = cursor.Position < end;
        if (hasInitializer) tables.Bytes([0x40, 0x00]);
        EmitTable(tables, type);
        if (hasInitializer) Expression(tables, new IndexSpace("local"), end);
    }

    private void TableOfElements(uint index, bool is64Bit)
    {
        var element = types.Reference();
        cursor.Form("elem"u8);
        var count = segments.InlineElements(index, is64Bit, element);
        cursor.Close();
        EmitTable(sections.Tables.Add(), new TableType(element, new Limits(count, count, is64Bit)));
    }

    public void Memory()
    {
        var index = _memories++;
        if (Head(ExternalKind.Memory, index) is { } import)
        {
            ImportMemory(import.Module, import.Name);
            return;
        }

        var start = cursor.Position;
        var is64Bit = types.Is64Bit();
        var pageSizeLog2 = types.PageSize();
        if (cursor.TryForm("data"u8)) MemoryOfData(index, is64Bit, pageSizeLog2);
        else
        {
            cursor.Position = start;
            EmitMemory(sections.Memories.Add(), types.Memory());
        }
    }

    private void MemoryOfData(uint index, bool is64Bit, int pageSizeLog2)
    {
        var length = (ulong)segments.InlineData(index, is64Bit);
        cursor.Close();
        var pages = (length + (1UL << pageSizeLog2) - 1) >> pageSizeLog2;
        EmitMemory(sections.Memories.Add(), new MemoryType(new Limits(pages, pages, is64Bit), false, pageSizeLog2));
    }

    public void Global(int end)
    {
        if (Head(ExternalKind.Global, _globals++) is { } import)
        {
            ImportGlobal(import.Module, import.Name);
            return;
        }

        var globals = sections.Globals.Add();
        EmitGlobal(globals, types.Global());
        Expression(globals, new IndexSpace("local"), end);
    }

    public void Tag()
    {
        if (Head(ExternalKind.Tag, _tags++) is { } import) ImportTag(import.Module, import.Name);
        else EmitTag(sections.Tags.Add(), types.Use(new IndexSpace("local")));
    }

    private static void EmitTable(ModuleEmitter emitter, TableType type)
    {
        emitter.Type(type.Element);
        emitter.Limits(type.Limits, isShared: false);
    }

    private static void EmitMemory(ModuleEmitter emitter, MemoryType type) =>
        emitter.Limits(type.Limits, type.IsShared, type.PageSizeLog2);

    private static void EmitGlobal(ModuleEmitter emitter, GlobalType type)
    {
        emitter.Type(type.Type);
        emitter.Byte(type.IsMutable ? 1 : 0);
    }

    private static void EmitTag(ModuleEmitter emitter, uint type)
    {
        emitter.Byte(0);
        emitter.Unsigned(type);
    }
}
