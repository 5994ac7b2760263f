using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Validation;

/// <summary>Reads constant expressions, validating them on the way (spec: 3.3.10).</summary>
/// <param name="context">The module.</param>
/// <param name="areValid">Whether all have been validated before.</param>
internal sealed class ConstantExpressions(ModuleContext context, bool areValid)
{
    private ValidatorStacks? _stacks;

    /// <summary>Reads an expression that gives a value of a type; the range includes the final <c>end</c>.</summary>
    public ByteRange Read(ref ByteReader reader, ValueType type)
    {
        if (areValid && PlainLength(reader.Bytes[reader.Position..]) is > 0 and var length)
            return reader.TakeRange(length);
        var start = reader.Position;
        var validator = new FunctionValidator(context, _stacks ??= new(hasMemory: false), reader);
        var end = validator.ValidateConstant(type);
        return reader.TakeRange(end - start);
    }

    /// <summary>
    /// Length of an expression of one instruction with one immediate of type LEB128, as most are; zero for others. The
    /// validator, whose tables take a while to make, can be done without.
    /// </summary>
    private static int PlainLength(ReadOnlySpan<byte> code)
    {
        if (code.IsEmpty || (Opcode)code[0] is not (Opcode.I32Const or Opcode.I64Const or Opcode.GlobalGet
            or Opcode.RefFunc or Opcode.RefNull)) return 0;
        int end = 1;
        while (end < code.Length && code[end] >= 0x80) end++;
        return ++end < code.Length && (Opcode)code[end] == Opcode.End ? end + 1 : 0;
    }

    /// <summary>Whether an instruction may be part of a constant expression.</summary>
    public static bool Allows(Opcode opcode, WasmFeatures features) => opcode switch
    {
        Opcode.I32Const or Opcode.I64Const or Opcode.F32Const or Opcode.F64Const or Opcode.V128Const => true,
        Opcode.RefNull or Opcode.RefFunc or Opcode.GlobalGet or Opcode.End => true,
        Opcode.I32Add or Opcode.I32Sub or Opcode.I32Mul or Opcode.I64Add or Opcode.I64Sub or Opcode.I64Mul =>
            (features & WasmFeatures.ExtendedConst) != 0,
        Opcode.StructNew or Opcode.StructNewDefault or Opcode.ArrayNew or Opcode.ArrayNewDefault => true,
        Opcode.ArrayNewFixed or Opcode.RefI31 or Opcode.AnyConvertExtern or Opcode.ExternConvertAny => true,
        _ => false,
    };
}
