using Drydock.Wasm;
using Drydock.Wasm.Binary;
using static Drydock.Compiler.Llvm.LlvmNative;

namespace Drydock.Compiler.Llvm;

/// <content>The tables from opcodes to what translates them, in the order of opcodes.</content>
internal sealed partial class FunctionTranslation
{
    private void Translate(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            case Opcode.Unreachable: Trap(TrapCode.Unreachable); break;
            case Opcode.Nop: break;
            case Opcode.Block: Block(ref reader); break;
            case Opcode.Loop: Loop(ref reader); break;
            case Opcode.If: If(ref reader); break;
            case Opcode.Else: Else(); break;
            case Opcode.End: End(); break;
            case Opcode.Try: Try(ref reader); break;
            case Opcode.Catch: Catch(reader.ReadIndex()); break;
            case Opcode.CatchAll: Catch(AnyTag); break;
            case Opcode.Delegate: Delegate(reader.ReadIndex()); break;
            case Opcode.TryTable: TryTable(ref reader); break;
            case Opcode.Throw: Throw(reader.ReadIndex()); break;
            case Opcode.ThrowRef: ThrowReference(); break;
            case Opcode.Rethrow: Rethrow(reader.ReadIndex()); break;
            case Opcode.Br: Branch(reader.ReadIndex()); break;
            case Opcode.BrIf: BranchIf(reader.ReadIndex()); break;
            case Opcode.BrTable: BranchTable(ref reader); break;
            case Opcode.Return: Return(); break;
            case Opcode.Call: Call(reader.ReadIndex()); break;
            case Opcode.CallIndirect: CallIndirect(ref reader); break;
            case Opcode.CallRef: CallReference(reader.ReadIndex()); break;
            case Opcode.ReturnCall: ReturnCall(reader.ReadIndex()); break;
            case Opcode.ReturnCallIndirect: ReturnCallIndirect(ref reader); break;
            case Opcode.ReturnCallRef: ReturnCallReference(reader.ReadIndex()); break;
            case Opcode.Drop: Pop(); break;
            case Opcode.Select: Select(); break;
            case Opcode.SelectT: reader.SkipImmediate(Immediate.SelectTypes); Select(); break;
            case Opcode.LocalGet: LocalGet(reader.ReadIndex()); break;
            case Opcode.LocalSet: LocalSet(reader.ReadIndex()); break;
            case Opcode.LocalTee: LocalTee(reader.ReadIndex()); break;
            case Opcode.GlobalGet: GlobalGet(reader.ReadIndex()); break;
            case Opcode.GlobalSet: GlobalSet(reader.ReadIndex()); break;
            case Opcode.TableGet: TableGet(reader.ReadIndex()); break;
            case Opcode.TableSet: TableSet(reader.ReadIndex()); break;
            case Opcode.I32Load: Load(ref reader, _ir.I32, 4); break;
            case Opcode.I64Load: Load(ref reader, _ir.I64, 8); break;
            case Opcode.F32Load: Load(ref reader, _ir.F32, 4); break;
            case Opcode.F64Load: Load(ref reader, _ir.F64, 8); break;
            case Opcode.I32Load8S: LoadExtending(ref reader, _ir.I8, 1, _ir.I32, isSigned: true); break;
            case Opcode.I32Load8U: LoadExtending(ref reader, _ir.I8, 1, _ir.I32, isSigned: false); break;
            case Opcode.I32Load16S: LoadExtending(ref reader, _ir.I16, 2, _ir.I32, isSigned: true); break;
            case Opcode.I32Load16U: LoadExtending(ref reader, _ir.I16, 2, _ir.I32, isSigned: false); break;
            case Opcode.I64Load8S: LoadExtending(ref reader, _ir.I8, 1, _ir.I64, isSigned: true); break;
            case Opcode.I64Load8U: LoadExtending(ref reader, _ir.I8, 1, _ir.I64, isSigned: false); break;
            case Opcode.I64Load16S: LoadExtending(ref reader, _ir.I16, 2, _ir.I64, isSigned: true); break;
            case Opcode.I64Load16U: LoadExtending(ref reader, _ir.I16, 2, _ir.I64, isSigned: false); break;
            case Opcode.I64Load32S: LoadExtending(ref reader, _ir.I32, 4, _ir.I64, isSigned: true); break;
            case Opcode.I64Load32U: LoadExtending(ref reader, _ir.I32, 4, _ir.I64, isSigned: false); break;
            case Opcode.I32Store: Store(ref reader, 4); break;
            case Opcode.I64Store: Store(ref reader, 8); break;
            case Opcode.F32Store: Store(ref reader, 4); break;
            case Opcode.F64Store: Store(ref reader, 8); break;
            case Opcode.I32Store8: StoreNarrow(ref reader, _ir.I8, 1); break;
            case Opcode.I32Store16: StoreNarrow(ref reader, _ir.I16, 2); break;
            case Opcode.I64Store8: StoreNarrow(ref reader, _ir.I8, 1); break;
            case Opcode.I64Store16: StoreNarrow(ref reader, _ir.I16, 2); break;
            case Opcode.I64Store32: StoreNarrow(ref reader, _ir.I32, 4); break;
            case Opcode.MemorySize: MemorySize(reader.ReadIndex()); break;
            case Opcode.MemoryGrow: MemoryGrow(reader.ReadIndex()); break;
            case Opcode.I32Const: Push(_ir.Int32(reader.ReadS32())); break;
            case Opcode.I64Const: Push(_ir.Int64(reader.ReadS64())); break;
            case Opcode.F32Const: Push(ConstBitCast(_ir.Int32(reader.ReadF32Bits()), _ir.F32)); break;
            case Opcode.F64Const: Push(ConstBitCast(_ir.Int64((long)reader.ReadF64Bits()), _ir.F64)); break;
            case Opcode.I32Eqz: EqualZero(_ir.Int32(0)); break;
            case Opcode.I32Eq: Compare(IntegerPredicate.Equal); break;
            case Opcode.I32Ne: Compare(IntegerPredicate.NotEqual); break;
            case Opcode.I32LtS: Compare(IntegerPredicate.Less); break;
            case Opcode.I32LtU: Compare(IntegerPredicate.Below); break;
            case Opcode.I32GtS: Compare(IntegerPredicate.Greater); break;
            case Opcode.I32GtU: Compare(IntegerPredicate.Above); break;
            case Opcode.I32LeS: Compare(IntegerPredicate.LessOrEqual); break;
            case Opcode.I32LeU: Compare(IntegerPredicate.BelowOrEqual); break;
            case Opcode.I32GeS: Compare(IntegerPredicate.GreaterOrEqual); break;
            case Opcode.I32GeU: Compare(IntegerPredicate.AboveOrEqual); break;
            case Opcode.I64Eqz: EqualZero(_ir.Int64(0)); break;
            case Opcode.I64Eq: Compare(IntegerPredicate.Equal); break;
            case Opcode.I64Ne: Compare(IntegerPredicate.NotEqual); break;
            case Opcode.I64LtS: Compare(IntegerPredicate.Less); break;
            case Opcode.I64LtU: Compare(IntegerPredicate.Below); break;
            case Opcode.I64GtS: Compare(IntegerPredicate.Greater); break;
            case Opcode.I64GtU: Compare(IntegerPredicate.Above); break;
            case Opcode.I64LeS: Compare(IntegerPredicate.LessOrEqual); break;
            case Opcode.I64LeU: Compare(IntegerPredicate.BelowOrEqual); break;
            case Opcode.I64GeS: Compare(IntegerPredicate.GreaterOrEqual); break;
            case Opcode.I64GeU: Compare(IntegerPredicate.AboveOrEqual); break;
            case Opcode.F32Eq: Compare(FloatPredicate.OrderedEqual); break;
            case Opcode.F32Ne: Compare(FloatPredicate.UnorderedNotEqual); break;
            case Opcode.F32Lt: Compare(FloatPredicate.OrderedLess); break;
            case Opcode.F32Gt: Compare(FloatPredicate.OrderedGreater); break;
            case Opcode.F32Le: Compare(FloatPredicate.OrderedLessOrEqual); break;
            case Opcode.F32Ge: Compare(FloatPredicate.OrderedGreaterOrEqual); break;
            case Opcode.F64Eq: Compare(FloatPredicate.OrderedEqual); break;
            case Opcode.F64Ne: Compare(FloatPredicate.UnorderedNotEqual); break;
            case Opcode.F64Lt: Compare(FloatPredicate.OrderedLess); break;
            case Opcode.F64Gt: Compare(FloatPredicate.OrderedGreater); break;
            case Opcode.F64Le: Compare(FloatPredicate.OrderedLessOrEqual); break;
            case Opcode.F64Ge: Compare(FloatPredicate.OrderedGreaterOrEqual); break;
            case Opcode.I32Clz: CountZeros("llvm.ctlz", _ir.I32); break;
            case Opcode.I32Ctz: CountZeros("llvm.cttz", _ir.I32); break;
            case Opcode.I32Popcnt: CountOnes(_ir.I32); break;
            case Opcode.I32Add: Binary(BinaryOperation.Add); break;
            case Opcode.I32Sub: Binary(BinaryOperation.Sub); break;
            case Opcode.I32Mul: Binary(BinaryOperation.Mul); break;
            case Opcode.I32And: Binary(BinaryOperation.And); break;
            case Opcode.I32Or: Binary(BinaryOperation.Or); break;
            case Opcode.I32Xor: Binary(BinaryOperation.Xor); break;
            case Opcode.I32DivS: Divide(BinaryOperation.SDiv, _ir.I32, int.MinValue); break;
            case Opcode.I32DivU: Divide(BinaryOperation.UDiv, _ir.I32, int.MinValue); break;
            case Opcode.I32RemS: Divide(BinaryOperation.SRem, _ir.I32, int.MinValue); break;
            case Opcode.I32RemU: Divide(BinaryOperation.URem, _ir.I32, int.MinValue); break;
            case Opcode.I32Shl: Shift(BinaryOperation.Shl, _ir.I32, 32); break;
            case Opcode.I32ShrS: Shift(BinaryOperation.AShr, _ir.I32, 32); break;
            case Opcode.I32ShrU: Shift(BinaryOperation.LShr, _ir.I32, 32); break;
            case Opcode.I32Rotl: Rotate("llvm.fshl", _ir.I32); break;
            case Opcode.I32Rotr: Rotate("llvm.fshr", _ir.I32); break;
            case Opcode.I64Clz: CountZeros("llvm.ctlz", _ir.I64); break;
            case Opcode.I64Ctz: CountZeros("llvm.cttz", _ir.I64); break;
            case Opcode.I64Popcnt: CountOnes(_ir.I64); break;
            case Opcode.I64Add: Binary(BinaryOperation.Add); break;
            case Opcode.I64Sub: Binary(BinaryOperation.Sub); break;
            case Opcode.I64Mul: Binary(BinaryOperation.Mul); break;
            case Opcode.I64And: Binary(BinaryOperation.And); break;
            case Opcode.I64Or: Binary(BinaryOperation.Or); break;
            case Opcode.I64Xor: Binary(BinaryOperation.Xor); break;
            case Opcode.I64DivS: Divide(BinaryOperation.SDiv, _ir.I64, long.MinValue); break;
            case Opcode.I64DivU: Divide(BinaryOperation.UDiv, _ir.I64, long.MinValue); break;
            case Opcode.I64RemS: Divide(BinaryOperation.SRem, _ir.I64, long.MinValue); break;
            case Opcode.I64RemU: Divide(BinaryOperation.URem, _ir.I64, long.MinValue); break;
            case Opcode.I64Shl: Shift(BinaryOperation.Shl, _ir.I64, 64); break;
            case Opcode.I64ShrS: Shift(BinaryOperation.AShr, _ir.I64, 64); break;
            case Opcode.I64ShrU: Shift(BinaryOperation.LShr, _ir.I64, 64); break;
            case Opcode.I64Rotl: Rotate("llvm.fshl", _ir.I64); break;
            case Opcode.I64Rotr: Rotate("llvm.fshr", _ir.I64); break;
            case Opcode.F32Abs: Unary("llvm.fabs", _ir.F32); break;
            case Opcode.F32Ceil: Unary("llvm.ceil", _ir.F32); break;
            case Opcode.F32Floor: Unary("llvm.floor", _ir.F32); break;
            case Opcode.F32Trunc: Unary("llvm.trunc", _ir.F32); break;
            case Opcode.F32Nearest: Unary("llvm.roundeven", _ir.F32); break;
            case Opcode.F32Sqrt: Unary("llvm.sqrt", _ir.F32); break;
            case Opcode.F32Neg: Push(_ir.FloatNegate(Pop())); break;
            case Opcode.F32Add: FloatBinary(BinaryOperation.FAdd); break;
            case Opcode.F32Sub: FloatBinary(BinaryOperation.FSub); break;
            case Opcode.F32Mul: FloatBinary(BinaryOperation.FMul); break;
            case Opcode.F32Div: FloatBinary(BinaryOperation.FDiv); break;
            case Opcode.F32Min: MinimumMaximum(_ir.F32, _ir.I32, isMaximum: false); break;
            case Opcode.F32Max: MinimumMaximum(_ir.F32, _ir.I32, isMaximum: true); break;
            case Opcode.F32Copysign: CopySign(_ir.F32); break;
            case Opcode.F64Abs: Unary("llvm.fabs", _ir.F64); break;
            case Opcode.F64Ceil: Unary("llvm.ceil", _ir.F64); break;
            case Opcode.F64Floor: Unary("llvm.floor", _ir.F64); break;
            case Opcode.F64Trunc: Unary("llvm.trunc", _ir.F64); break;
            case Opcode.F64Nearest: Unary("llvm.roundeven", _ir.F64); break;
            case Opcode.F64Sqrt: Unary("llvm.sqrt", _ir.F64); break;
            case Opcode.F64Neg: Push(_ir.FloatNegate(Pop())); break;
            case Opcode.F64Add: FloatBinary(BinaryOperation.FAdd); break;
            case Opcode.F64Sub: FloatBinary(BinaryOperation.FSub); break;
            case Opcode.F64Mul: FloatBinary(BinaryOperation.FMul); break;
            case Opcode.F64Div: FloatBinary(BinaryOperation.FDiv); break;
            case Opcode.F64Min: MinimumMaximum(_ir.F64, _ir.I64, isMaximum: false); break;
            case Opcode.F64Max: MinimumMaximum(_ir.F64, _ir.I64, isMaximum: true); break;
            case Opcode.F64Copysign: CopySign(_ir.F64); break;
            case Opcode.I32WrapI64: Cast(CastOperation.Trunc, _ir.I32); break;
            case Opcode.I32TruncF32S: TruncateFrom(_ir.F32, _ir.I32, -2147483648.0, 2147483648.0); break;
            case Opcode.I32TruncF32U: Truncate(_ir.F32, _ir.I32, isSigned: false, -1.0, 4294967296.0); break;
            case Opcode.I32TruncF64S: Truncate(_ir.F64, _ir.I32, isSigned: true, -2147483649.0, 2147483648.0); break;
            case Opcode.I32TruncF64U: Truncate(_ir.F64, _ir.I32, isSigned: false, -1.0, 4294967296.0); break;
            case Opcode.I64TruncF32S:
                TruncateFrom(_ir.F32, _ir.I64, -9223372036854775808.0, 9223372036854775808.0); break;
            case Opcode.I64TruncF32U: Truncate(_ir.F32, _ir.I64, isSigned: false, -1.0, 18446744073709551616.0); break;
            case Opcode.I64TruncF64S:
                TruncateFrom(_ir.F64, _ir.I64, -9223372036854775808.0, 9223372036854775808.0); break;
            case Opcode.I64TruncF64U: Truncate(_ir.F64, _ir.I64, isSigned: false, -1.0, 18446744073709551616.0); break;
            case Opcode.I64ExtendI32S: Cast(CastOperation.SExt, _ir.I64); break;
            case Opcode.I64ExtendI32U: Cast(CastOperation.ZExt, _ir.I64); break;
            case Opcode.F32ConvertI32S: Cast(CastOperation.SIToFP, _ir.F32); break;
            case Opcode.F32ConvertI32U: Cast(CastOperation.UIToFP, _ir.F32); break;
            case Opcode.F32ConvertI64S: Cast(CastOperation.SIToFP, _ir.F32); break;
            case Opcode.F32ConvertI64U: Cast(CastOperation.UIToFP, _ir.F32); break;
            case Opcode.F64ConvertI32S: Cast(CastOperation.SIToFP, _ir.F64); break;
            case Opcode.F64ConvertI32U: Cast(CastOperation.UIToFP, _ir.F64); break;
            case Opcode.F64ConvertI64S: Cast(CastOperation.SIToFP, _ir.F64); break;
            case Opcode.F64ConvertI64U: Cast(CastOperation.UIToFP, _ir.F64); break;
            case Opcode.F32DemoteF64: Cast(CastOperation.FPTrunc, _ir.F32); break;
            case Opcode.F64PromoteF32: Promote(); break;
            case Opcode.I32ReinterpretF32: Cast(CastOperation.BitCast, _ir.I32); break;
            case Opcode.I64ReinterpretF64: Cast(CastOperation.BitCast, _ir.I64); break;
            case Opcode.F32ReinterpretI32: Cast(CastOperation.BitCast, _ir.F32); break;
            case Opcode.F64ReinterpretI64: Cast(CastOperation.BitCast, _ir.F64); break;
            case Opcode.I32Extend8S: SignExtend(_ir.I8, _ir.I32); break;
            case Opcode.I32Extend16S: SignExtend(_ir.I16, _ir.I32); break;
            case Opcode.I64Extend8S: SignExtend(_ir.I8, _ir.I64); break;
            case Opcode.I64Extend16S: SignExtend(_ir.I16, _ir.I64); break;
            case Opcode.I64Extend32S: SignExtend(_ir.I32, _ir.I64); break;
            case Opcode.RefNull: ReferenceNull(ref reader); break;
            case Opcode.RefIsNull: Push(ZExt(IsNull(Pop()), _ir.I32)); break;
            case Opcode.RefFunc: ReferenceFunction(reader.ReadIndex()); break;
            case Opcode.RefEq: Compare(IntegerPredicate.Equal); break;
            case Opcode.RefAsNonNull: ReferenceAsNonNull(); break;
            case Opcode.BrOnNull: BranchOnNull(reader.ReadIndex()); break;
            case Opcode.BrOnNonNull: BranchOnNonNull(reader.ReadIndex()); break;
            default: TranslatePrefixed(opcode, ref reader); break;
        }
    }

    private void TranslatePrefixed(Opcode opcode, ref InstructionReader reader)
    {
        switch ((uint)opcode >> 16)
        {
            case 0xFC: TranslateBulk(opcode, ref reader); break;
            case 0xFD: TranslateVector(opcode, ref reader); break;
            case 0xFE: TranslateAtomic(opcode, ref reader); break;
            default: throw Unsupported(opcode);
        }
    }

    private void TranslateBulk(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            case Opcode.I32TruncSatF32S: Saturate(_ir.F32, _ir.I32, isSigned: true); break;
            case Opcode.I32TruncSatF32U: Saturate(_ir.F32, _ir.I32, isSigned: false); break;
            case Opcode.I32TruncSatF64S: Saturate(_ir.F64, _ir.I32, isSigned: true); break;
            case Opcode.I32TruncSatF64U: Saturate(_ir.F64, _ir.I32, isSigned: false); break;
            case Opcode.I64TruncSatF32S: Saturate(_ir.F32, _ir.I64, isSigned: true); break;
            case Opcode.I64TruncSatF32U: Saturate(_ir.F32, _ir.I64, isSigned: false); break;
            case Opcode.I64TruncSatF64S: Saturate(_ir.F64, _ir.I64, isSigned: true); break;
            case Opcode.I64TruncSatF64U: Saturate(_ir.F64, _ir.I64, isSigned: false); break;
            case Opcode.MemoryInit: MemoryInit(reader.ReadIndex(), reader.ReadIndex()); break;
            case Opcode.DataDrop: CallBuiltin(Builtin.DataDrop, _ir.Void, _ir.Int32(reader.ReadIndex())); break;
            case Opcode.MemoryCopy: MemoryCopy(reader.ReadIndex(), reader.ReadIndex()); break;
            case Opcode.MemoryFill: MemoryFill(reader.ReadIndex()); break;
            case Opcode.TableInit: TableInit(reader.ReadIndex(), reader.ReadIndex()); break;
            case Opcode.ElemDrop: CallBuiltin(Builtin.ElementDrop, _ir.Void, _ir.Int32(reader.ReadIndex())); break;
            case Opcode.TableCopy: TableCopy(reader.ReadIndex(), reader.ReadIndex()); break;
            case Opcode.TableGrow: TableGrow(reader.ReadIndex()); break;
            case Opcode.TableSize: TableSize(reader.ReadIndex()); break;
            case Opcode.TableFill: TableFill(reader.ReadIndex()); break;
            case Opcode.I64Add128: Binary128(BinaryOperation.Add); break;
            case Opcode.I64Sub128: Binary128(BinaryOperation.Sub); break;
            case Opcode.I64MulWideS: MultiplyWide(CastOperation.SExt); break;
            case Opcode.I64MulWideU: MultiplyWide(CastOperation.ZExt); break;
            default: throw Unsupported(opcode);
        }
    }
}
