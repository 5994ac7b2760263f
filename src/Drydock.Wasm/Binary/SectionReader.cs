using Drydock.Wasm.Validation;

namespace Drydock.Wasm.Binary;

/// <summary>
/// Reads the sections of a module into its context, checking each item as it is read (spec: 5.5, 3.4).
/// </summary>
internal sealed partial class SectionReader(ModuleContext context, bool isOutline = false)
{
    private readonly ConstantExpressions _constants = new(context, isOutline);
    private int _declaredFunctions;
    private bool _hasCode;
    private ByteRange[] _bodyEntries = [];

    public void ReadAll(int start)
    {
        var bytes = context.Bytes.Span;
        var reader = new ByteReader(bytes, start, bytes.Length, section: null);
        var place = 0;
        while (!reader.AtEnd)
        {
            var at = reader.Position;
            var id = ReadSectionId(ref reader);
            var content = reader.ReadSizedRange();
            if (id != 0 && !Advance(ref place, id)) reader.FailMalformed("unexpected content after last section", at);
            var section = new ByteReader(bytes, content.Offset, content.Offset + content.Length,
                SectionNames.Of((byte)id));
            ReadSection(ref section, id);
            if (!section.AtEnd) section.FailMalformed("section size mismatch");
        }
        CheckCounts(ref reader);
        context.Bodies = isOutline
            ? new FunctionBody[_declaredFunctions]
            : new CodeValidator(context, _bodyEntries).ValidateAll();
    }

    private int ReadSectionId(ref ByteReader reader)
    {
        var at = reader.Position;
        int id = reader.ReadByte();
        if (!SectionNames.IsKnown((byte)id) || (id == 13 && !HasTags)) reader.FailMalformed("malformed section id", at);
        return id;
    }

    private bool HasTags => (context.Features & (WasmFeatures.Exceptions | WasmFeatures.LegacyExceptions)) != 0;

    /// <summary>Moves on to the place of a section, which must lie behind the last one.</summary>
    private static bool Advance(ref int place, int id)
    {
        var next = SectionNames.Order.IndexOf((byte)id);
        if (next <= place) return false;
        place = next;
        return true;
    }

    private void ReadSection(ref ByteReader reader, int id)
    {
        switch (id)
        {
            case 0: ReadCustom(ref reader); break;
            case 1: TypeSectionReader.Read(ref reader, context); break;
            case 2: ReadImports(ref reader); break;
            case 3: ReadFunctions(ref reader); break;
            case 4: ReadTables(ref reader); break;
            case 5: ReadMemories(ref reader); break;
            case 6: ReadGlobals(ref reader); break;
            case 7: ReadExports(ref reader); break;
            case 8: ReadStart(ref reader); break;
            case 9: ReadElements(ref reader); break;
            case 10: ReadCode(ref reader); break;
            case 11: ReadData(ref reader); break;
            case 12: context.DataCount = (int)Math.Min(reader.ReadU32(), int.MaxValue); break;
            case 13: ReadTags(ref reader); break;
        }
    }

    private void CheckCounts(ref ByteReader reader)
    {
        if (!isOutline && _bodyEntries.Length != _declaredFunctions)
            reader.FailMalformed("function and code section have inconsistent lengths");
        if (context.DataCount >= 0 && context.DataCount != context.Data.Length)
            reader.FailMalformed("data count and data section have inconsistent lengths");
    }

    private void ReadCustom(ref ByteReader reader)
    {
        var name = reader.ReadName();
        context.CustomSections.Add(new CustomSection(name, reader.TakeRange(reader.Remaining)));
    }

    private void ReadImports(ref ByteReader reader)
    {
        var functions = new List<int>();
        for (var count = reader.ReadCount(ImplementationLimits.Imports, "imports"); count > 0; count--)
        {
            var module = reader.ReadName();
            var name = reader.ReadName();
            var at = reader.Position;
            var kind = reader.ReadByte();
            if (kind > (byte)ExternalKind.Tag || (kind == (byte)ExternalKind.Tag && !HasTags))
                reader.FailMalformed("malformed import kind", at);
            context.Imports.Add(new Import(module, name, (ExternalKind)kind,
                ReadImported(ref reader, (ExternalKind)kind, functions)));
        }
        context.Functions = [.. functions];
    }

    private int ReadImported(ref ByteReader reader, ExternalKind kind, List<int> imported)
    {
        switch (kind)
        {
            case ExternalKind.Function:
                imported.Add(ReadFunctionTypeIndex(ref reader));
                return context.ImportedFunctions++;
            case ExternalKind.Table:
                AddTable(ref reader, TypeReader.ReadTableType(ref reader, context.Types.Count, context.Features),
                    default);
                return context.ImportedTables++;
            case ExternalKind.Memory:
                AddMemory(ref reader);
                return context.ImportedMemories++;
            case ExternalKind.Global:
                var type = TypeReader.ReadGlobalType(ref reader, context.Types.Count, context.Features);
                context.Globals.Add(new GlobalDefinition(type, default));
                return context.ImportedGlobals++;
            default:
                context.Tags.Add(ReadTagType(ref reader));
                return context.ImportedTags++;
        }
    }

    private int ReadFunctionTypeIndex(ref ByteReader reader)
    {
        var at = reader.Position;
        var index = reader.ReadIndex();
        if (index >= context.Types.LeadingFunctions && context.Types.FunctionAt(index) is null)
            reader.FailInvalid($"unknown type {index}", at);
        return index;
    }

    private void ReadFunctions(ref ByteReader reader)
    {
        _declaredFunctions = reader.ReadCount(ImplementationLimits.Functions, "functions");
        Array.Resize(ref context.Functions, context.ImportedFunctions + _declaredFunctions);
        foreach (ref var function in context.Functions.AsSpan(context.ImportedFunctions))
            function = ReadFunctionTypeIndex(ref reader);
    }

    private void AddTable(ref ByteReader reader, TableType type, ByteRange initializer)
    {
        if (context.Tables.Count > 0 && !context.Has(WasmFeatures.ReferenceTypes))
            reader.FailInvalid("multiple tables", reader.Position);
        reader.CheckLimit(context.Tables.Count + 1, ImplementationLimits.Tables, "tables", reader.Position);
        context.Tables.Add(new TableDefinition(type, initializer));
    }

    private void ReadTables(ref ByteReader reader)
    {
        for (var count = reader.ReadCount(ImplementationLimits.Tables, "tables"); count > 0; count--)
            ReadTable(ref reader);
    }

    private const byte TableWithInitializer = 0x40;

    private void ReadTable(ref ByteReader reader)
    {
        var at = reader.Position;
        var hasInitializer = reader.PeekByte() == TableWithInitializer && context.Has(WasmFeatures.FunctionReferences);
        if (hasInitializer)
        {
            reader.ReadByte();
            if (reader.ReadByte() != 0) reader.FailMalformed("malformed table", at);
        }
        var type = TypeReader.ReadTableType(ref reader, context.Types.Count, context.Features);
        if (!hasInitializer && !type.Element.IsNullable)
            reader.FailInvalid($"type mismatch: a table of {type.Element} needs an initial element", at);
        AddTable(ref reader, type, hasInitializer ? _constants.Read(ref reader, type.Element) : default);
    }

    private void ReadMemories(ref ByteReader reader)
    {
        for (var count = reader.ReadCount(ImplementationLimits.Memories, "memories"); count > 0; count--)
            AddMemory(ref reader);
    }

    private void AddMemory(ref ByteReader reader)
    {
        var at = reader.Position;
        var type = TypeReader.ReadMemoryType(ref reader, context.Features);
        if (context.Memories.Count > 0 && !context.Has(WasmFeatures.MultiMemory))
            reader.FailInvalid("multiple memories", at);
        reader.CheckLimit(context.Memories.Count + 1, ImplementationLimits.Memories, "memories", at);
        context.Memories.Add(type);
    }

    private void ReadTags(ref ByteReader reader)
    {
        for (var count = reader.ReadCount(ImplementationLimits.Tags, "tags"); count > 0; count--)
            context.Tags.Add(ReadTagType(ref reader));
    }

    private int ReadTagType(ref ByteReader reader)
    {
        var at = reader.Position;
        if (reader.ReadByte() != 0) reader.FailMalformed("malformed tag attribute", at);
        var index = ReadFunctionTypeIndex(ref reader);
        if (!context.Types.FunctionAt(index)!.Results.IsEmpty) reader.FailInvalid("non-empty tag result type", at);
        return index;
    }

    private void ReadGlobals(ref ByteReader reader)
    {
        for (var count = reader.ReadCount(ImplementationLimits.Globals, "globals"); count > 0; count--)
        {
            var type = TypeReader.ReadGlobalType(ref reader, context.Types.Count, context.Features);
            context.Globals.Add(new GlobalDefinition(type, _constants.Read(ref reader, type.Type)));
        }
    }

    private void ReadExports(ref ByteReader reader)
    {
        var count = reader.ReadCount(ImplementationLimits.Exports, "exports");
        var names = new HashSet<string>(StringComparer.Ordinal);
        for (; count > 0; count--)
        {
            var at = reader.Position;
            var name = reader.ReadName();
            var (kind, index) = ReadExported(ref reader);
            if (!names.Add(name)) reader.FailInvalid($"duplicate export name \"{name}\"", at);
            context.Exports.Add(new Export(name, kind, index));
        }
    }

    private (ExternalKind, int) ReadExported(ref ByteReader reader)
    {
        var at = reader.Position;
        var kind = (ExternalKind)reader.ReadByte();
        if (kind > ExternalKind.Tag || (kind == ExternalKind.Tag && !HasTags))
            reader.FailMalformed("malformed export kind", at);
        var index = reader.ReadIndex();
        var (space, count) = kind switch
        {
            ExternalKind.Function => ("function", context.Functions.Length),
            ExternalKind.Table => ("table", context.Tables.Count),
            ExternalKind.Memory => ("memory", context.Memories.Count),
            ExternalKind.Global => ("global", context.Globals.Count),
            _ => ("tag", context.Tags.Count),
        };
        if (index >= count) reader.FailInvalid($"unknown {space} {index}", at);
        if (kind == ExternalKind.Function) context.ReferencedFunctions.Add(index);
        return (kind, index);
    }

    private void ReadStart(ref ByteReader reader)
    {
        var at = reader.Position;
        var index = ReadFunctionIndex(ref reader);
        var type = context.FunctionTypeOf(index);
        if (!type.Parameters.IsEmpty || !type.Results.IsEmpty)
            reader.FailInvalid($"start function has type {type}", at);
        context.StartFunction = index;
    }

    private int ReadFunctionIndex(ref ByteReader reader)
    {
        var at = reader.Position;
        var index = reader.ReadIndex();
        if (index >= context.Functions.Length) reader.FailInvalid($"unknown function {index}", at);
        return index;
    }
}
