using Drydock.Wasm.Validation;

namespace Drydock.Wasm.Binary;

/// <summary>
/// Reads the type section: recursive groups of function, structure and array types (spec: 5.3.8 to 5.3.13).
/// </summary>
internal static class TypeSectionReader
{
    private const byte Recursive = 0x4E;
    private const byte SubFinal = 0x4F;
    private const byte Sub = 0x50;
    private const byte Array = 0x5E;
    private const byte Struct = 0x5F;
    private const byte Function = 0x60;
    private const byte PackedI16 = 0x77;
    private const byte PackedI8 = 0x78;

    public static void Read(ref ByteReader reader, ModuleContext context)
    {
        for (var count = reader.ReadCount(ImplementationLimits.Types, "types"); count > 0; count--)
            ReadGroup(ref reader, context);
    }

    private static void ReadGroup(ref ByteReader reader, ModuleContext context)
    {
        var at = reader.Position;
        var length = 1;
        if (reader.PeekByte() == Recursive && context.Has(WasmFeatures.Gc))
        {
            reader.ReadByte();
            length = reader.ReadCount(ImplementationLimits.Types, "types");
        }
        var start = context.Types.Count;
        reader.CheckLimit(start + length, ImplementationLimits.Types, "types", at);
        var group = new SubType[length];
        for (var i = 0; i < length; i++) group[i] = ReadSubType(ref reader, context, start, length);
        var mismatch = context.Types.AddGroup(group);
        if (mismatch >= 0) reader.FailInvalid($"sub type {mismatch} {context.Types.ReasonAgainst(mismatch)}", at);
    }

    private static SubType ReadSubType(ref ByteReader reader, ModuleContext context, int groupStart, int groupLength)
    {
        var isFinal = true;
        var superType = -1;
        if (reader.PeekByte() is Sub or SubFinal && context.Has(WasmFeatures.Gc))
        {
            isFinal = reader.ReadByte() == SubFinal;
            superType = ReadSuperType(ref reader, groupStart + groupLength);
        }
        var composite = ReadComposite(ref reader, context, groupStart + groupLength);
        return new SubType(composite, isFinal, superType, groupStart, groupLength);
    }

    private static int ReadSuperType(ref ByteReader reader, int typeCount)
    {
        var at = reader.Position;
        var count = reader.ReadU32();
        if (count > 1) reader.FailInvalid("sub type with more than one super type", at);
        if (count == 0) return -1;
        var index = reader.ReadIndex();
        if (index >= typeCount) reader.FailInvalid($"unknown type {index}", at);
        return index;
    }

    private static CompositeType ReadComposite(ref ByteReader reader, ModuleContext context, int typeCount)
    {
        var at = reader.Position;
        var form = reader.ReadByte();
        switch (form)
        {
            case Function: return ReadFunction(ref reader, context, typeCount);
            case Struct when context.Has(WasmFeatures.Gc): return ReadStruct(ref reader, context, typeCount);
            case Array when context.Has(WasmFeatures.Gc):
                return new ArrayType(ReadField(ref reader, context, typeCount));
        }
        reader.FailMalformed(form < 0x80 ? "malformed definition type" : "integer representation too long", at);
        return null;
    }

    private static FunctionType ReadFunction(ref ByteReader reader, ModuleContext context, int typeCount)
    {
        var parameters = ReadResultType(ref reader, context, typeCount, ImplementationLimits.Parameters, "parameters");
        var results = ReadResultType(ref reader, context, typeCount, ImplementationLimits.Results, "results");
        return new FunctionType(parameters, results);
    }

    private static ValueType[] ReadResultType(
        ref ByteReader reader, ModuleContext context, int typeCount, int limit, string what)
    {
        var count = reader.ReadCount(limit, what);
        if (count == 0) return [];
        var types = new ValueType[count];
        foreach (ref var type in types.AsSpan())
            type = TypeReader.ReadValueType(ref reader, typeCount, context.Features);
        return types;
    }

    private static StructType ReadStruct(ref ByteReader reader, ModuleContext context, int typeCount)
    {
        var fields = new FieldType[reader.ReadCount(ImplementationLimits.StructFields, "fields")];
        foreach (ref var field in fields.AsSpan()) field = ReadField(ref reader, context, typeCount);
        return new StructType(fields);
    }

    private static FieldType ReadField(ref ByteReader reader, ModuleContext context, int typeCount)
    {
        var packedSize = reader.PeekByte() switch { PackedI8 => 1, PackedI16 => 2, _ => 0 };
        if (packedSize != 0) reader.ReadByte();
        var type = packedSize != 0 ? ValueType.I32 : TypeReader.ReadValueType(ref reader, typeCount, context.Features);
        return new FieldType(type, packedSize, TypeReader.ReadMutability(ref reader));
    }
}
