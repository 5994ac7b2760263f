using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Text;

/// <summary>How many operands an instruction takes and how many results it leaves.</summary>
internal sealed class Arity(WasmModule module)
{
    public (int Parameters, int Results) Of(BlockType type) => type.HasTypeIndex
        ? Of((FunctionType)module.Types[type.TypeIndex].Composite)
        : (0, type.IsEmpty ? 0 : 1);

    private static (int, int) Of(FunctionType type) => (type.Parameters.Length, type.Results.Length);

    private (int, int) OfType(int type) => Of((FunctionType)module.Types[type].Composite);

    private static (int, int) With((int Operands, int Results) arity, int moreOperands) =>
        (arity.Operands + moreOperands, arity.Results);

    private static (int, int) WithoutResults((int Operands, int Results) arity) => (arity.Operands, 0);

    /// <summary>For an instruction that opens no block; the reader is at its immediates.</summary>
    public (int Operands, int Results) Of(Opcode opcode, ref InstructionReader reader, Func<uint, int> labelArity)
    {
        if (InstructionNames.Of(opcode).Row.Signature is { } signature)
            return (signature.IndexOf(':'), signature.Length - signature.IndexOf(':') - 1);
        switch (opcode)
        {
            case Opcode.Br: return (labelArity(reader.ReadU32()), 0);
            case Opcode.BrIf: return labelArity(reader.ReadU32()) is var carried ? (carried + 1, carried) : default;
            case Opcode.BrTable: return (1 + BranchTableArity(ref reader, labelArity), 0);
            case Opcode.BrOnNull:
                return labelArity(reader.ReadU32()) is var passed ? (passed + 1, passed + 1) : default;
            case Opcode.BrOnNonNull: return labelArity(reader.ReadU32()) is var taken ? (taken, taken - 1) : default;
            case Opcode.BrOnCast or Opcode.BrOnCastFail:
                reader.Skip(1); return labelArity(reader.ReadU32()) is var cast ? (cast, cast) : default;
            case Opcode.Return: return (labelArity(uint.MaxValue), 0);
            case Opcode.Call: return Of(module.FunctionTypeOf(reader.ReadIndex()));
            case Opcode.CallIndirect or Opcode.CallRef: return With(OfType(reader.ReadIndex()), 1);
            case Opcode.ReturnCall: return WithoutResults(Of(module.FunctionTypeOf(reader.ReadIndex())));
            case Opcode.ReturnCallIndirect or Opcode.ReturnCallRef:
                return WithoutResults(With(OfType(reader.ReadIndex()), 1));
            case Opcode.Throw: return WithoutResults(OfType(module.Tags[reader.ReadIndex()]));
            case Opcode.StructNew: return (((StructType)module.Types[reader.ReadIndex()].Composite).Fields.Length, 1);
            case Opcode.ArrayNewFixed: reader.ReadIndex(); return ((int)reader.ReadU32(), 1);
            default: return Fixed(opcode);
        }
    }

    private static int BranchTableArity(ref InstructionReader reader, Func<uint, int> labelArity)
    {
        for (var count = reader.ReadU32(); count > 0; count--) reader.ReadU32();
        return labelArity(reader.ReadU32());
    }

    private static (int, int) Fixed(Opcode opcode) => opcode switch
    {
        Opcode.LocalGet or Opcode.GlobalGet or Opcode.MemorySize or Opcode.TableSize or Opcode.RefNull or Opcode.RefFunc
            or Opcode.StructNewDefault => (0, 1),
        Opcode.LocalSet or Opcode.GlobalSet or Opcode.Drop or Opcode.ThrowRef => (1, 0),
        Opcode.LocalTee or Opcode.MemoryGrow or Opcode.TableGet or Opcode.RefIsNull or Opcode.RefAsNonNull
            or Opcode.StructGet or Opcode.StructGetS or Opcode.StructGetU or Opcode.ArrayLen or Opcode.ArrayNewDefault
            or Opcode.RefTest or Opcode.RefTestNull or Opcode.RefCast or Opcode.RefCastNull or Opcode.AnyConvertExtern
            or Opcode.ExternConvertAny or Opcode.RefI31 or Opcode.I31GetS or Opcode.I31GetU => (1, 1),
        Opcode.TableSet or Opcode.StructSet => (2, 0),
        Opcode.RefEq or Opcode.TableGrow or Opcode.ArrayNew or Opcode.ArrayGet or Opcode.ArrayGetS or Opcode.ArrayGetU
            or Opcode.ArrayNewData or Opcode.ArrayNewElem => (2, 1),
        Opcode.Select or Opcode.SelectT => (3, 1),
        Opcode.MemoryCopy or Opcode.MemoryFill or Opcode.MemoryInit or Opcode.TableCopy or Opcode.TableFill
            or Opcode.TableInit or Opcode.ArraySet => (3, 0),
        Opcode.ArrayFill or Opcode.ArrayInitData or Opcode.ArrayInitElem => (4, 0),
        Opcode.ArrayCopy => (5, 0),
        _ => (0, 0),
    };
}
