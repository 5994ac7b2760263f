using System.Buffers.Binary;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>Evaluates the constant expressions of a validated module (spec: 3.4.13, 4.3).</summary>
internal ref struct ConstantExpression
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
        if (prefix != 0xFD || opcode != VectorConstant)
            throw new LinkException($"a constant expression uses instruction 0x{prefix:x2} {opcode}, which is not supported");
        var bytes = Take(16);
        Push(new Value(BinaryPrimitives.ReadUInt64LittleEndian(bytes), BinaryPrimitives.ReadUInt64LittleEndian(bytes[8..])));
    }

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
