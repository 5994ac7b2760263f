namespace Drydock.Wasm.Validation;

/// <summary>References, structures and arrays (spec: 3.3.9).</summary>
internal ref partial struct FunctionValidator
{
    private void ValidateGc(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.StructNew: ValidateStructNew(); break;
            case Opcode.StructNewDefault: ValidateStructNewDefault(); break;
            case Opcode.StructGet or Opcode.StructGetS or Opcode.StructGetU: ValidateStructGet(opcode); break;
            case Opcode.StructSet: ValidateStructSet(); break;
            case Opcode.ArrayNew: ValidateArrayNew(); break;
            case Opcode.ArrayNewDefault: ValidateArrayNewDefault(); break;
            case Opcode.ArrayNewFixed: ValidateArrayNewFixed(); break;
            case Opcode.ArrayNewData: ValidateArrayNewData(); break;
            case Opcode.ArrayNewElem: ValidateArrayNewElem(); break;
            case Opcode.ArrayGet or Opcode.ArrayGetS or Opcode.ArrayGetU: ValidateArrayGet(opcode); break;
            case Opcode.ArraySet: ValidateArraySet(); break;
            case Opcode.ArrayLen: Pop(ArrayRef); Push(ValueType.I32); break;
            case Opcode.ArrayFill: ValidateArrayFill(); break;
            case Opcode.ArrayCopy: ValidateArrayCopy(); break;
            case Opcode.ArrayInitData: ValidateArrayInitData(); break;
            case Opcode.ArrayInitElem: ValidateArrayInitElem(); break;
            case Opcode.RefTest or Opcode.RefTestNull: PopCastOperand(); Push(ValueType.I32); break;
            case Opcode.RefCast: Push(ValueType.Reference(PopCastOperand(), nullable: false)); break;
            case Opcode.RefCastNull: Push(ValueType.Reference(PopCastOperand(), nullable: true)); break;
            case Opcode.BrOnCast or Opcode.BrOnCastFail: ValidateBranchOnCast(opcode); break;
            case Opcode.AnyConvertExtern: ValidateConvert(HeapType.Extern, HeapType.Any); break;
            case Opcode.ExternConvertAny: ValidateConvert(HeapType.Any, HeapType.Extern); break;
            case Opcode.RefI31: Pop(ValueType.I32); Push(ValueType.Reference(HeapType.I31, nullable: false)); break;
            case Opcode.I31GetS or Opcode.I31GetU:
                Pop(ValueType.Reference(HeapType.I31, nullable: true)); Push(ValueType.I32); break;
            default: FailUnknown(0xFB, (uint)opcode & 0xFFFF); break;
        }
    }

    private static ValueType ArrayRef => ValueType.Reference(HeapType.Array, nullable: true);

    private static ValueType NewReference(int type) => ValueType.Reference(new HeapType(type), nullable: false);

    private static ValueType NullableReference(int type) => ValueType.Reference(new HeapType(type), nullable: true);

    private void ValidateRefFunc()
    {
        var index = ReadFunctionIndex();
        _module.SharesFunctions = true;
        if (_isConstant) _module.ReferencedFunctions.Add(index);
        else if (!_module.ReferencedFunctions.Contains(index)) FailInvalid($"undeclared function reference {index}");
        // Without typed references the type is `funcref`, of which a reference to the type is a subtype.
        Push(NewReference(_module.Functions[index]));
    }

    /// <summary>Reads the target of a cast and pops a reference of its hierarchy.</summary>
    private HeapType PopCastOperand()
    {
        var target = ReadHeapType();
        Pop(ValueType.Reference(_types.TopOf(target), nullable: true));
        return target;
    }

    private void ValidateConvert(HeapType from, HeapType to)
    {
        var operand = PopReference();
        if (!_types.Matches(operand.Heap, from)) FailMismatch(ValueType.Reference(from, nullable: true), operand);
        Push(ValueType.Reference(to, operand.IsNullable));
    }

    private int ReadTypeIndex()
    {
        var index = _reader.ReadIndex();
        if (index >= _types.Count) FailInvalid($"unknown type {index}");
        return index;
    }

    private StructType ReadStruct(out int index)
    {
        index = ReadTypeIndex();
        var type = _types[index].Composite as StructType;
        if (type is null) FailInvalid($"type mismatch: type {index} is not a structure");
        return type;
    }

    private FieldType ReadArray(out int index)
    {
        index = ReadTypeIndex();
        var type = _types[index].Composite as ArrayType;
        if (type is null) FailInvalid($"type mismatch: type {index} is not an array");
        return type.Element;
    }

    private FieldType ReadMutableArray(out int index)
    {
        var element = ReadArray(out index);
        if (!element.IsMutable) FailInvalid("immutable array");
        return element;
    }

    private FieldType ReadField(out int structure)
    {
        var type = ReadStruct(out structure);
        var field = _reader.ReadIndex();
        if (field >= type.Fields.Length) FailInvalid($"unknown field {field}");
        return type.Fields[field];
    }

    private void ValidateStructNew()
    {
        var type = ReadStruct(out var index);
        for (var i = type.Fields.Length - 1; i >= 0; i--) Pop(type.Fields[i].Type);
        Push(NewReference(index));
    }

    private void ValidateStructNewDefault()
    {
        var type = ReadStruct(out var index);
        foreach (var field in type.Fields) CheckDefaultable(field);
        Push(NewReference(index));
    }

    private readonly void CheckDefaultable(FieldType field)
    {
        if (!field.Type.IsDefaultable) FailInvalid($"type mismatch: {field.Type} has no default value");
    }

    private void ValidateStructGet(Opcode opcode)
    {
        var field = ReadField(out var index);
        CheckExtension(field, opcode != Opcode.StructGet);
        Pop(NullableReference(index));
        Push(field.Type);
    }

    /// <summary>Packed fields are read with a sign or without; others are not.</summary>
    private readonly void CheckExtension(FieldType field, bool isExtended)
    {
        if (field.PackedSize != 0 != isExtended)
            FailInvalid(isExtended ? "type mismatch: the field is not packed" : "type mismatch: the field is packed");
    }

    private void ValidateStructSet()
    {
        var field = ReadField(out var index);
        if (!field.IsMutable) FailInvalid("immutable field");
        Pop(field.Type);
        Pop(NullableReference(index));
    }

    private void ValidateArrayNew()
    {
        var element = ReadArray(out var index);
        Pop(ValueType.I32);
        Pop(element.Type);
        Push(NewReference(index));
    }

    private void ValidateArrayNewDefault()
    {
        CheckDefaultable(ReadArray(out var index));
        Pop(ValueType.I32);
        Push(NewReference(index));
    }

    private void ValidateArrayNewFixed()
    {
        var element = ReadArray(out var index);
        var count = _reader.ReadU32();
        _reader.CheckLimit(count, ImplementationLimits.ArrayNewFixedOperands, "array elements", _at);
        for (; count > 0; count--) Pop(element.Type);
        Push(NewReference(index));
    }

    private void ValidateArrayNewData()
    {
        var element = ReadArray(out var index);
        ReadDataFor(element);
        Pop(ValueType.I32);
        Pop(ValueType.I32);
        Push(NewReference(index));
    }

    private void ReadDataFor(FieldType element)
    {
        var data = _reader.ReadIndex();
        if (element.Type.IsReference) FailInvalid("array type is not numeric or vector");
        CheckDataIndex(data);
    }

    private void ReadElementsFor(FieldType element)
    {
        var type = ReadElementIndex().Type;
        if (element.PackedSize != 0 || !_types.Matches(type, element.Type)) FailMismatch(element.Type, type);
        NoteSharing(type);
    }

    private void ValidateArrayNewElem()
    {
        var element = ReadArray(out var index);
        ReadElementsFor(element);
        Pop(ValueType.I32);
        Pop(ValueType.I32);
        Push(NewReference(index));
    }

    private void ValidateArrayGet(Opcode opcode)
    {
        var element = ReadArray(out var index);
        CheckExtension(element, opcode != Opcode.ArrayGet);
        Pop(ValueType.I32);
        Pop(NullableReference(index));
        Push(element.Type);
    }

    private void ValidateArraySet()
    {
        var element = ReadMutableArray(out var index);
        Pop(element.Type);
        Pop(ValueType.I32);
        Pop(NullableReference(index));
    }

    private void ValidateArrayFill()
    {
        var element = ReadMutableArray(out var index);
        Pop(ValueType.I32);
        Pop(element.Type);
        Pop(ValueType.I32);
        Pop(NullableReference(index));
    }

    private void ValidateArrayCopy()
    {
        var target = ReadMutableArray(out var targetIndex);
        var source = ReadArray(out var sourceIndex);
        if (!_types.MatchesStorage(source, target)) FailInvalid("array types do not match");
        Pop(ValueType.I32);
        Pop(ValueType.I32);
        Pop(NullableReference(sourceIndex));
        Pop(ValueType.I32);
        Pop(NullableReference(targetIndex));
    }

    private void ValidateArrayInitData()
    {
        ReadDataFor(ReadMutableArray(out var index));
        PopInitOperands(index);
    }

    private void ValidateArrayInitElem()
    {
        ReadElementsFor(ReadMutableArray(out var index));
        PopInitOperands(index);
    }

    private void PopInitOperands(int index)
    {
        Pop(ValueType.I32);
        Pop(ValueType.I32);
        Pop(ValueType.I32);
        Pop(NullableReference(index));
    }
}
