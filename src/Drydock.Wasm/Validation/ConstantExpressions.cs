using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Validation;

/// <summary>Reads constant expressions, validating them on the way (spec: 3.3.10).</summary>
internal sealed class ConstantExpressions(ModuleContext context)
{
    private readonly ValidatorStacks _stacks = new();

    /// <summary>Reads an expression that gives a value of a type; the range includes the final <c>end</c>.</summary>
    public ByteRange Read(ref ByteReader reader, ValueType type)
    {
        var start = reader.Position;
        var validator = new FunctionValidator(context, _stacks, reader);
        var end = validator.ValidateConstant(type);
        return reader.TakeRange(end - start);
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
