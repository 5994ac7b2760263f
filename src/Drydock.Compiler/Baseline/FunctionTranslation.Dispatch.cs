using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Compiler.Baseline;

/// <content>The table from opcodes to what translates them.</content>
internal sealed partial class FunctionTranslation
{
    private void TranslateInstruction(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            case Opcode.Unreachable: Trap(TrapCode.Unreachable); EndPath(); break;
            case Opcode.Nop: break;
            case Opcode.Block: Block(ref reader); break;
            case Opcode.Loop: Loop(ref reader); break;
            case Opcode.If: If(ref reader); break;
            case Opcode.Else: Else(); break;
            case Opcode.End: End(); break;
            case Opcode.Br: Branch(reader.ReadIndex()); break;
            case Opcode.BrIf: BranchIf(reader.ReadIndex()); break;
            case Opcode.BrTable: BranchTable(ref reader); break;
            case Opcode.Return: Return(); break;
            case Opcode.Call: Call(reader.ReadIndex()); break;
            case Opcode.CallIndirect: CallIndirect(ref reader); break;
            case Opcode.Drop: Drop(); break;
            case Opcode.Select: Select(ref reader); break;
            case Opcode.SelectT: reader.SkipImmediate(Immediate.SelectTypes); Select(ref reader); break;
            case Opcode.LocalGet: LocalGet(reader.ReadIndex()); break;
            case Opcode.LocalSet: LocalSet(reader.ReadIndex()); break;
            case Opcode.LocalTee: LocalTee(reader.ReadIndex()); break;
            case Opcode.GlobalGet: GlobalGet(ref reader); break;
            case Opcode.GlobalSet: GlobalSet(reader.ReadIndex()); break;
            case Opcode.TableGet: TableGet(reader.ReadIndex()); break;
            case Opcode.TableSet: TableSet(reader.ReadIndex()); break;
            default: TranslateMemory(opcode, ref reader); break;
        }
    }

    private void TranslateMemory(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            case Opcode.I32Load: LoadInteger(ref reader, wide: false); break;
            case Opcode.I64Load: LoadInteger(ref reader, wide: true); break;
            case Opcode.F32Load: LoadFloat(ref reader, ValueKind.F32); break;
            case Opcode.F64Load: LoadFloat(ref reader, ValueKind.F64); break;
            case Opcode.I32Load8S: LoadExtending(ref reader, ExtendOperation.SignByte, false, ValueKind.I32); break;
            case Opcode.I32Load8U: LoadExtending(ref reader, ExtendOperation.ZeroByte, false, ValueKind.I32); break;
            case Opcode.I32Load16S: LoadExtending(ref reader, ExtendOperation.SignWord, false, ValueKind.I32); break;
            case Opcode.I32Load16U: LoadExtending(ref reader, ExtendOperation.ZeroWord, false, ValueKind.I32); break;
            case Opcode.I64Load8S: LoadExtending(ref reader, ExtendOperation.SignByte, true, ValueKind.I64); break;
            case Opcode.I64Load8U: LoadExtending(ref reader, ExtendOperation.ZeroByte, false, ValueKind.I64); break;
            case Opcode.I64Load16S: LoadExtending(ref reader, ExtendOperation.SignWord, true, ValueKind.I64); break;
            case Opcode.I64Load16U: LoadExtending(ref reader, ExtendOperation.ZeroWord, false, ValueKind.I64); break;
            case Opcode.I64Load32S: LoadInt32To64(ref reader, isSigned: true); break;
            case Opcode.I64Load32U: LoadInt32To64(ref reader, isSigned: false); break;
            case Opcode.F32Store: StoreFloat(ref reader, ValueKind.F32); break;
            case Opcode.F64Store: StoreFloat(ref reader, ValueKind.F64); break;
            case Opcode.I32Store: StoreInteger(ref reader, 4); break;
            case Opcode.I64Store: StoreInteger(ref reader, 8); break;
            case Opcode.I32Store8: StoreInteger(ref reader, 1); break;
            case Opcode.I32Store16: StoreInteger(ref reader, 2); break;
            case Opcode.I64Store8: StoreInteger(ref reader, 1); break;
            case Opcode.I64Store16: StoreInteger(ref reader, 2); break;
            case Opcode.I64Store32: StoreInteger(ref reader, 4); break;
            case Opcode.MemorySize: MemorySize(reader.ReadIndex()); break;
            case Opcode.MemoryGrow: MemoryGrow(reader.ReadIndex()); break;
            case Opcode.MemoryFill: CallChecked(Builtin.MemoryFill, [reader.ReadIndex()], 3); break;
            case Opcode.MemoryCopy: Bulk(ref reader, Builtin.MemoryCopy); break;
            case Opcode.MemoryInit: Bulk(ref reader, Builtin.MemoryInit); break;
            case Opcode.DataDrop: CallBuiltin(Builtin.DataDrop, [reader.ReadIndex()], 0); break;
            case Opcode.TableInit: Bulk(ref reader, Builtin.TableInit); break;
            case Opcode.TableCopy: Bulk(ref reader, Builtin.TableCopy); break;
            case Opcode.ElemDrop: CallBuiltin(Builtin.ElementDrop, [reader.ReadIndex()], 0); break;
            case Opcode.TableFill: CallChecked(Builtin.TableFill, [reader.ReadIndex()], 3); break;
            case Opcode.TableGrow: TableGrow(reader.ReadIndex()); break;
            case Opcode.TableSize: TableSize(reader.ReadIndex()); break;
            case Opcode.RefNull: ReferenceNull(ref reader); break;
            case Opcode.RefIsNull: ReferenceIsNull(ref reader); break;
            case Opcode.RefFunc: CallBuiltin(Builtin.ReferenceFunction, [reader.ReadIndex()], 0, ValueKind.Reference); break;
            default: TranslateInteger(opcode, ref reader); break;
        }
    }

    private void TranslateInteger(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            case Opcode.I32Const: PushConstant(ValueKind.I32, reader.ReadS32()); break;
            case Opcode.I64Const: PushConstant(ValueKind.I64, reader.ReadS64()); break;
            case Opcode.I32Eqz: EqualZero(ref reader, wide: false); break;
            case Opcode.I32Eq: Compare(ref reader, Condition.Equal, wide: false); break;
            case Opcode.I32Ne: Compare(ref reader, Condition.NotEqual, wide: false); break;
            case Opcode.I32LtS: Compare(ref reader, Condition.Less, wide: false); break;
            case Opcode.I32LtU: Compare(ref reader, Condition.Below, wide: false); break;
            case Opcode.I32GtS: Compare(ref reader, Condition.Greater, wide: false); break;
            case Opcode.I32GtU: Compare(ref reader, Condition.Above, wide: false); break;
            case Opcode.I32LeS: Compare(ref reader, Condition.LessOrEqual, wide: false); break;
            case Opcode.I32LeU: Compare(ref reader, Condition.BelowOrEqual, wide: false); break;
            case Opcode.I32GeS: Compare(ref reader, Condition.GreaterOrEqual, wide: false); break;
            case Opcode.I32GeU: Compare(ref reader, Condition.AboveOrEqual, wide: false); break;
            case Opcode.I32Clz: CountLeadingZeros(wide: false); break;
            case Opcode.I32Ctz: CountTrailingZeros(wide: false); break;
            case Opcode.I32Popcnt: CountOnes(wide: false); break;
            case Opcode.I32Add: Commutative(ref reader, AluOperation.Add, wide: false); break;
            case Opcode.I32And: Commutative(ref reader, AluOperation.And, wide: false); break;
            case Opcode.I32Or: Commutative(ref reader, AluOperation.Or, wide: false); break;
            case Opcode.I32Xor: Commutative(ref reader, AluOperation.Xor, wide: false); break;
            case Opcode.I32Sub: Subtract(ref reader, wide: false); break;
            case Opcode.I32Mul: Multiply(ref reader, wide: false); break;
            case Opcode.I32DivS: Divide(wide: false, isSigned: true, isRemainder: false); break;
            case Opcode.I32DivU: Divide(wide: false, isSigned: false, isRemainder: false); break;
            case Opcode.I32RemS: Divide(wide: false, isSigned: true, isRemainder: true); break;
            case Opcode.I32RemU: Divide(wide: false, isSigned: false, isRemainder: true); break;
            case Opcode.I32Shl: Shift(ref reader, ShiftOperation.Left, wide: false); break;
            case Opcode.I32ShrS: Shift(ref reader, ShiftOperation.ArithmeticRight, wide: false); break;
            case Opcode.I32ShrU: Shift(ref reader, ShiftOperation.LogicalRight, wide: false); break;
            case Opcode.I32Rotl: Shift(ref reader, ShiftOperation.RotateLeft, wide: false); break;
            case Opcode.I32Rotr: Shift(ref reader, ShiftOperation.RotateRight, wide: false); break;
            case Opcode.I32Extend8S: Extend(ref reader, ExtendOperation.SignByte, wide: false); break;
            case Opcode.I32Extend16S: Extend(ref reader, ExtendOperation.SignWord, wide: false); break;
            case Opcode.I64Eqz: EqualZero(ref reader, wide: true); break;
            case Opcode.I64Eq: Compare(ref reader, Condition.Equal, wide: true); break;
            case Opcode.I64Ne: Compare(ref reader, Condition.NotEqual, wide: true); break;
            case Opcode.I64LtS: Compare(ref reader, Condition.Less, wide: true); break;
            case Opcode.I64LtU: Compare(ref reader, Condition.Below, wide: true); break;
            case Opcode.I64GtS: Compare(ref reader, Condition.Greater, wide: true); break;
            case Opcode.I64GtU: Compare(ref reader, Condition.Above, wide: true); break;
            case Opcode.I64LeS: Compare(ref reader, Condition.LessOrEqual, wide: true); break;
            case Opcode.I64LeU: Compare(ref reader, Condition.BelowOrEqual, wide: true); break;
            case Opcode.I64GeS: Compare(ref reader, Condition.GreaterOrEqual, wide: true); break;
            case Opcode.I64GeU: Compare(ref reader, Condition.AboveOrEqual, wide: true); break;
            case Opcode.I64Clz: CountLeadingZeros(wide: true); break;
            case Opcode.I64Ctz: CountTrailingZeros(wide: true); break;
            case Opcode.I64Popcnt: CountOnes(wide: true); break;
            case Opcode.I64Add: Commutative(ref reader, AluOperation.Add, wide: true); break;
            case Opcode.I64And: Commutative(ref reader, AluOperation.And, wide: true); break;
            case Opcode.I64Or: Commutative(ref reader, AluOperation.Or, wide: true); break;
            case Opcode.I64Xor: Commutative(ref reader, AluOperation.Xor, wide: true); break;
            case Opcode.I64Sub: Subtract(ref reader, wide: true); break;
            case Opcode.I64Mul: Multiply(ref reader, wide: true); break;
            case Opcode.I64DivS: Divide(wide: true, isSigned: true, isRemainder: false); break;
            case Opcode.I64DivU: Divide(wide: true, isSigned: false, isRemainder: false); break;
            case Opcode.I64RemS: Divide(wide: true, isSigned: true, isRemainder: true); break;
            case Opcode.I64RemU: Divide(wide: true, isSigned: false, isRemainder: true); break;
            case Opcode.I64Shl: Shift(ref reader, ShiftOperation.Left, wide: true); break;
            case Opcode.I64ShrS: Shift(ref reader, ShiftOperation.ArithmeticRight, wide: true); break;
            case Opcode.I64ShrU: Shift(ref reader, ShiftOperation.LogicalRight, wide: true); break;
            case Opcode.I64Rotl: Shift(ref reader, ShiftOperation.RotateLeft, wide: true); break;
            case Opcode.I64Rotr: Shift(ref reader, ShiftOperation.RotateRight, wide: true); break;
            case Opcode.I64Extend8S: Extend(ref reader, ExtendOperation.SignByte, wide: true); break;
            case Opcode.I64Extend16S: Extend(ref reader, ExtendOperation.SignWord, wide: true); break;
            case Opcode.I64Extend32S: ExtendSigned(ref reader); break;
            case Opcode.I32WrapI64: Wrap(ref reader); break;
            case Opcode.I64ExtendI32S: ExtendSigned(ref reader); break;
            case Opcode.I64ExtendI32U: ExtendUnsigned(); break;
            default: TranslateFloat(opcode, ref reader); break;
        }
    }

    private void TranslateFloat(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            case Opcode.F32Const: PushConstant(ValueKind.F32, reader.ReadF32Bits()); break;
            case Opcode.F64Const: PushConstant(ValueKind.F64, (long)reader.ReadF64Bits()); break;
            case Opcode.F32Eq: CompareFloats(ref reader, Condition.OrderedEqual, false, swap: false); break;
            case Opcode.F32Ne: CompareFloats(ref reader, Condition.UnorderedNotEqual, false, swap: false); break;
            case Opcode.F32Lt: CompareFloats(ref reader, Condition.Above, false, swap: true); break;
            case Opcode.F32Gt: CompareFloats(ref reader, Condition.Above, false, swap: false); break;
            case Opcode.F32Le: CompareFloats(ref reader, Condition.AboveOrEqual, false, swap: true); break;
            case Opcode.F32Ge: CompareFloats(ref reader, Condition.AboveOrEqual, false, swap: false); break;
            case Opcode.F32Abs: Absolute(false); break;
            case Opcode.F32Neg: Negate(false); break;
            case Opcode.F32Ceil: Round(false, VectorRounding.Ceiling); break;
            case Opcode.F32Floor: Round(false, VectorRounding.Floor); break;
            case Opcode.F32Trunc: Round(false, VectorRounding.Truncate); break;
            case Opcode.F32Nearest: Round(false, VectorRounding.Nearest); break;
            case Opcode.F32Sqrt: SquareRoot(false); break;
            case Opcode.F32Add: FloatBinary(ref reader, FloatOperation.Add, false); break;
            case Opcode.F32Sub: FloatBinary(ref reader, FloatOperation.Subtract, false); break;
            case Opcode.F32Mul: FloatBinary(ref reader, FloatOperation.Multiply, false); break;
            case Opcode.F32Div: FloatBinary(ref reader, FloatOperation.Divide, false); break;
            case Opcode.F32Min: MinimumMaximum(false, isMaximum: false); break;
            case Opcode.F32Max: MinimumMaximum(false, isMaximum: true); break;
            case Opcode.F32Copysign: CopySign(false); break;
            case Opcode.F64Eq: CompareFloats(ref reader, Condition.OrderedEqual, true, swap: false); break;
            case Opcode.F64Ne: CompareFloats(ref reader, Condition.UnorderedNotEqual, true, swap: false); break;
            case Opcode.F64Lt: CompareFloats(ref reader, Condition.Above, true, swap: true); break;
            case Opcode.F64Gt: CompareFloats(ref reader, Condition.Above, true, swap: false); break;
            case Opcode.F64Le: CompareFloats(ref reader, Condition.AboveOrEqual, true, swap: true); break;
            case Opcode.F64Ge: CompareFloats(ref reader, Condition.AboveOrEqual, true, swap: false); break;
            case Opcode.F64Abs: Absolute(true); break;
            case Opcode.F64Neg: Negate(true); break;
            case Opcode.F64Ceil: Round(true, VectorRounding.Ceiling); break;
            case Opcode.F64Floor: Round(true, VectorRounding.Floor); break;
            case Opcode.F64Trunc: Round(true, VectorRounding.Truncate); break;
            case Opcode.F64Nearest: Round(true, VectorRounding.Nearest); break;
            case Opcode.F64Sqrt: SquareRoot(true); break;
            case Opcode.F64Add: FloatBinary(ref reader, FloatOperation.Add, true); break;
            case Opcode.F64Sub: FloatBinary(ref reader, FloatOperation.Subtract, true); break;
            case Opcode.F64Mul: FloatBinary(ref reader, FloatOperation.Multiply, true); break;
            case Opcode.F64Div: FloatBinary(ref reader, FloatOperation.Divide, true); break;
            case Opcode.F64Min: MinimumMaximum(true, isMaximum: false); break;
            case Opcode.F64Max: MinimumMaximum(true, isMaximum: true); break;
            case Opcode.F64Copysign: CopySign(true); break;
            case Opcode.I32TruncF32S: Truncate(false, wide: false, isSigned: true); break;
            case Opcode.I32TruncSatF32S: TruncateSaturating(false, wide: false, isSigned: true); break;
            case Opcode.F32ConvertI32S: Convert(false, wideSource: false, isSigned: true); break;
            case Opcode.I32TruncF32U: Truncate(false, wide: false, isSigned: false); break;
            case Opcode.I32TruncSatF32U: TruncateSaturating(false, wide: false, isSigned: false); break;
            case Opcode.F32ConvertI32U: Convert(false, wideSource: false, isSigned: false); break;
            case Opcode.I32TruncF64S: Truncate(true, wide: false, isSigned: true); break;
            case Opcode.I32TruncSatF64S: TruncateSaturating(true, wide: false, isSigned: true); break;
            case Opcode.F64ConvertI32S: Convert(true, wideSource: false, isSigned: true); break;
            case Opcode.I32TruncF64U: Truncate(true, wide: false, isSigned: false); break;
            case Opcode.I32TruncSatF64U: TruncateSaturating(true, wide: false, isSigned: false); break;
            case Opcode.F64ConvertI32U: Convert(true, wideSource: false, isSigned: false); break;
            case Opcode.I64TruncF32S: Truncate(false, wide: true, isSigned: true); break;
            case Opcode.I64TruncSatF32S: TruncateSaturating(false, wide: true, isSigned: true); break;
            case Opcode.F32ConvertI64S: Convert(false, wideSource: true, isSigned: true); break;
            case Opcode.I64TruncF32U: Truncate(false, wide: true, isSigned: false); break;
            case Opcode.I64TruncSatF32U: TruncateSaturating(false, wide: true, isSigned: false); break;
            case Opcode.F32ConvertI64U: Convert(false, wideSource: true, isSigned: false); break;
            case Opcode.I64TruncF64S: Truncate(true, wide: true, isSigned: true); break;
            case Opcode.I64TruncSatF64S: TruncateSaturating(true, wide: true, isSigned: true); break;
            case Opcode.F64ConvertI64S: Convert(true, wideSource: true, isSigned: true); break;
            case Opcode.I64TruncF64U: Truncate(true, wide: true, isSigned: false); break;
            case Opcode.I64TruncSatF64U: TruncateSaturating(true, wide: true, isSigned: false); break;
            case Opcode.F64ConvertI64U: Convert(true, wideSource: true, isSigned: false); break;
            case Opcode.F32DemoteF64: Demote(); break;
            case Opcode.F64PromoteF32: Promote(); break;
            case Opcode.I32ReinterpretF32: ReinterpretToInteger(wide: false); break;
            case Opcode.I64ReinterpretF64: ReinterpretToInteger(wide: true); break;
            case Opcode.F32ReinterpretI32: ReinterpretToFloat(wide: false); break;
            case Opcode.F64ReinterpretI64: ReinterpretToFloat(wide: true); break;
            default: TranslateVector(opcode, ref reader); break;
        }
    }
}
