namespace Drydock.Wasm.Binary;

/// <summary>The element, code and data sections (spec: 5.5.12 to 5.5.14).</summary>
internal sealed partial class SectionReader
{
    private const uint NotActive = 1;
    private const uint ExplicitTableOrDeclarative = 2;
    private const uint WithExpressions = 4;

    private void ReadElements(ref ByteReader reader)
    {
        var segments = new ElementSegment[reader.ReadCount(ImplementationLimits.ElementSegments, "element segments")];
        foreach (ref var segment in segments.AsSpan()) segment = ReadElement(ref reader);
        context.Elements = segments;
    }

    private ElementSegment ReadElement(ref ByteReader reader)
    {
        var at = reader.Position;
        var flags = reader.ReadU32();
        if (flags > 7) reader.FailMalformed("malformed elements segment kind", at);
        var mode = (flags & NotActive) == 0 ? SegmentMode.Active
            : (flags & ExplicitTableOrDeclarative) == 0 ? SegmentMode.Passive : SegmentMode.Declarative;
        var (table, offset) = mode == SegmentMode.Active ? ReadElementTarget(ref reader, flags) : (0, default);
        var type = ReadElementType(ref reader, flags);
        if (mode == SegmentMode.Active && !context.Types.Matches(type, context.Tables[table].Type.Element))
            reader.FailInvalid(
                $"type mismatch: elements are {type}, table {table} holds {context.Tables[table].Type.Element}", at);
        return (flags & WithExpressions) != 0
            ? new ElementSegment(mode, type, table, offset, null, ReadElementExpressions(ref reader, type))
            : new ElementSegment(mode, type, table, offset, ReadElementFunctions(ref reader), null);
    }

    private (int Table, ByteRange Offset) ReadElementTarget(ref ByteReader reader, uint flags)
    {
        var at = reader.Position;
        var table = (flags & ExplicitTableOrDeclarative) != 0 ? reader.ReadIndex() : 0;
        if (table >= context.Tables.Count) reader.FailInvalid($"unknown table {table}", at);
        var address = context.Tables[table].Type.Limits.Is64Bit ? ValueType.I64 : ValueType.I32;
        return (table, _constants.Read(ref reader, address));
    }

    private ValueType ReadElementType(ref ByteReader reader, uint flags)
    {
        var isExplicit = (flags & (NotActive | ExplicitTableOrDeclarative)) != 0;
        if ((flags & WithExpressions) != 0)
            return isExplicit
                ? TypeReader.ReadReferenceType(ref reader, context.Types.Count, context.Features)
                : ValueType.FuncRef;
        var at = reader.Position;
        if (isExplicit && reader.ReadByte() != 0) reader.FailMalformed("malformed element kind", at);
        return ValueType.Reference(HeapType.Func, nullable: false);
    }

    private int[] ReadElementFunctions(ref ByteReader reader)
    {
        var functions = new int[reader.ReadCount(ImplementationLimits.SegmentElements, "elements of a segment")];
        foreach (ref var function in functions.AsSpan())
        {
            function = ReadFunctionIndex(ref reader);
            // It matters to bodies, which an outline has not.
            if (!isOutline) context.ReferencedFunctions.Add(function);
        }
        return functions;
    }

    private ByteRange[] ReadElementExpressions(ref ByteReader reader, ValueType type)
    {
        var expressions = new ByteRange[reader.ReadCount(ImplementationLimits.SegmentElements,
            "elements of a segment")];
        foreach (ref var expression in expressions.AsSpan()) expression = _constants.Read(ref reader, type);
        return expressions;
    }

    /// <summary>Finds the bodies; they are validated when everything else is known to be well-formed.</summary>
    private void ReadCode(ref ByteReader reader)
    {
        var at = reader.Position;
        _hasCode = true;
        _bodyEntries = new ByteRange[reader.ReadCount(ImplementationLimits.Functions, "function bodies")];
        if (_bodyEntries.Length != _declaredFunctions)
            reader.FailMalformed("function and code section have inconsistent lengths", at);
        foreach (ref var entry in _bodyEntries.AsSpan())
        {
            entry = reader.ReadSizedRange();
            reader.CheckLimit(entry.Length, ImplementationLimits.FunctionSize, "bytes in a function", entry.Offset);
        }
    }

    private void ReadData(ref ByteReader reader)
    {
        if (!_hasCode && !isOutline && _declaredFunctions > 0)
            reader.FailMalformed("function and code section have inconsistent lengths");
        var segments = new DataSegment[reader.ReadCount(ImplementationLimits.DataSegments, "data segments")];
        foreach (ref var segment in segments.AsSpan()) segment = ReadDataSegment(ref reader);
        context.Data = segments;
    }

    private DataSegment ReadDataSegment(ref ByteReader reader)
    {
        var at = reader.Position;
        var flags = reader.ReadU32();
        if (flags > 2) reader.FailMalformed("malformed data segment kind", at);
        if (flags == 1) return new DataSegment(SegmentMode.Passive, 0, default, ReadContent(ref reader));
        var memory = flags == 2 ? reader.ReadIndex() : 0;
        if (memory >= context.Memories.Count) reader.FailInvalid($"unknown memory {memory}", at);
        var address = context.Memories[memory].Limits.Is64Bit ? ValueType.I64 : ValueType.I32;
        var offset = _constants.Read(ref reader, address);
        return new DataSegment(SegmentMode.Active, memory, offset, ReadContent(ref reader));
    }

    private static ByteRange ReadContent(ref ByteReader reader)
    {
        var length = reader.ReadU32();
        return reader.TakeRange((int)Math.Min(length, int.MaxValue));
    }
}
