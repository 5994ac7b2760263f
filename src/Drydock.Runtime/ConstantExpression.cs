using System.Buffers.Binary;
using Drydock.Compiler;
using Drydock.Runtime.Heap;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>Evaluates the constant expressions of a validated module (spec: 3.4.13, 4.3).</summary>
internal unsafe ref struct ConstantExpression
{
    private const int VectorConstant = 0x0C;
    private readonly Instance _instance;
    private readonly Stack<Value> _operands;
    private ReadOnlySpan<byte> _code;

    private ConstantExpression(Instance instance, ReadOnlySpan<byte> code)
    {
        _instance = instance;
        _operands = new Stack<Value>(2);
        _code = code;
    }

    /// <summary>The value of <paramref name="range"/> of the instance's module.</summary>
    public static Value Evaluate(Instance instance, ByteRange range)
    {
        using var scope = instance.Store.OpenReferenceScope();
        var expression = new ConstantExpression(instance, instance.Module.Definition.BytesOf(range));
        while (!expression._code.IsEmpty && expression.Step()) { }
        return expression._operands.Pop();
    }

    /// <summary>Executes an instruction; false at the end.</summary>
    private bool Step()
    {
        byte opcode = _code[0];
        _code = _code[1..];
        switch ((Opcode)opcode)
        {
            case Opcode.End: return false;
            case Opcode.I32Const: Push((int)ReadSigned()); break;
            case Opcode.I64Const: Push(ReadSigned()); break;
            case Opcode.F32Const: Push(new Value(BinaryPrimitives.ReadUInt32LittleEndian(Take(4)), 0)); break;
            case Opcode.F64Const: Push(new Value(BinaryPrimitives.ReadUInt64LittleEndian(Take(8)), 0)); break;
            case Opcode.I32Add: Push(Pop().AsInt32() + Pop().AsInt32()); break;
            case Opcode.I32Sub: Push(-Pop().AsInt32() + Pop().AsInt32()); break;
            case Opcode.I32Mul: Push(Pop().AsInt32() * Pop().AsInt32()); break;
            case Opcode.I64Add: Push(Pop().AsInt64() + Pop().AsInt64()); break;
            case Opcode.I64Sub: Push(-Pop().AsInt64() + Pop().AsInt64()); break;
            case Opcode.I64Mul: Push(Pop().AsInt64() * Pop().AsInt64()); break;
            case Opcode.GlobalGet: Push(_instance.Globals[ReadIndex()].Value); break;
            case Opcode.RefNull: _ = ReadSigned(); Push(Value.Null); break;
            case Opcode.RefFunc: Push(_instance.FunctionValue(ReadIndex())); break;
            default: StepPrefixed(opcode); break;
        }
        return true;
    }

    private void StepPrefixed(byte prefix)
    {
        int opcode = ReadIndex();
        if (prefix == 0xFB)
        {
            StepAggregate((Opcode)(0xFB0000 | opcode));
            return;
        }
        if (prefix != 0xFD || opcode != VectorConstant)
            throw new LinkException(
                $"a constant expression uses instruction 0x{prefix:x2} {opcode}, which is not supported");
        var bytes = Take(16);
        Push(new Value(BinaryPrimitives.ReadUInt64LittleEndian(bytes),
            BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])));
    }

    private void StepAggregate(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.StructNew: NewStructure(ReadIndex(), isDefault: false); break;
            case Opcode.StructNewDefault: NewStructure(ReadIndex(), isDefault: true); break;
            case Opcode.ArrayNew: NewArray(ReadIndex(), Pop(), Pop()); break;
            case Opcode.ArrayNewDefault: NewArray(ReadIndex(), Pop(), Value.Null); break;
            case Opcode.ArrayNewFixed: NewFixedArray(ReadIndex(), ReadIndex()); break;
            case Opcode.RefI31: Push(Value.FromI31(Pop().AsInt32())); break;
            case Opcode.AnyConvertExtern or Opcode.ExternConvertAny: break;
            default:
                throw new LinkException($"a constant expression uses instruction {opcode}, which is not supported");
        }
    }

    private readonly void NewStructure(int typeIndex, bool isDefault)
    {
        nint structure = OrTrap(HeapObjects.NewStructure(_instance, typeIndex));
        var type = (StructType)_instance.Module.Definition.Types[typeIndex].Composite;
        var layout = new StructLayout(type);
        for (int i = type.Fields.Length - 1; i >= 0 && !isDefault; i--)
            HeapObjects.Store(structure + layout.Offset(i), type.Fields[i], Pop());
        Push(_instance.Store.Expose(structure));
    }

    private readonly void NewArray(int typeIndex, Value length, Value value)
    {
        nint array = OrTrap(HeapObjects.NewArray(_instance, typeIndex, (uint)length.AsInt32()));
        for (uint i = 0; i < (uint)length.AsInt32(); i++) StoreElement(array, typeIndex, i, value);
        Push(_instance.Store.Expose(array));
    }

    private readonly void NewFixedArray(int typeIndex, int count)
    {
        nint array = OrTrap(HeapObjects.NewArray(_instance, typeIndex, (uint)count));
        for (int i = count - 1; i >= 0; i--) StoreElement(array, typeIndex, (uint)i, Pop());
        Push(_instance.Store.Expose(array));
    }

    private readonly void StoreElement(nint array, int typeIndex, uint index, Value value)
    {
        var element = ((ArrayType)_instance.Module.Definition.Types[typeIndex].Composite).Element;
        HeapObjects.Store(HeapObjects.ElementAt(array, index, HeapLayout.SizeOf(element)), element, value);
    }

    private static nint OrTrap(nint reference) =>
        reference != 0 ? reference : throw new TrapException(TrapCode.OutOfMemory);

    private readonly void Push(Value value) => _operands.Push(value);
    private readonly Value Pop() => _operands.Pop();

    private ReadOnlySpan<byte> Take(int count)
    {
        var bytes = _code[..count];
        _code = _code[count..];
        return bytes;
    }

    private int ReadIndex()
    {
        uint result = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte value = Take(1)[0];
            result |= (uint)(value & 0x7F) << shift;
            if (value < 0x80) return (int)result;
        }
    }

    private long ReadSigned()
    {
        long result = 0;
        for (int shift = 0; ;)
        {
            byte value = Take(1)[0];
            result |= (long)(value & 0x7F) << shift;
            shift += 7;
            if (value >= 0x80) continue;
            return shift < 64 && (value & 0x40) != 0 ? result | -1L << shift : result;
        }
    }
}
