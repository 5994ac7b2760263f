using System.Runtime.CompilerServices;
using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Compiler.Baseline;

/// <content>The tables from opcodes with a prefix to what translates them.</content>
internal sealed partial class FunctionTranslation
{
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void TranslatePrefixed(Opcode opcode, ref InstructionReader reader)
    {
        switch ((uint)opcode >> 16)
        {
            case 0xFB: TranslateAggregate(opcode, ref reader); break;
            case 0xFC: TranslateMiscellaneous(opcode, ref reader); break;
            case 0xFD: TranslateVector(opcode, ref reader); break;
            case 0xFE: TranslateAtomic(opcode, ref reader); break;
            default: throw Unsupported(opcode);
        }
    }

    /// <summary>Prefix 0xFB: structs, arrays, i31 and casts.</summary>
    private void TranslateAggregate(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            case Opcode.StructNew: StructNew(reader.ReadIndex()); break;
            case Opcode.StructNewDefault: StructNewDefault(reader.ReadIndex()); break;
            case Opcode.StructGet: StructGet(ref reader, isSigned: false); break;
            case Opcode.StructGetS: StructGet(ref reader, isSigned: true); break;
            case Opcode.StructGetU: StructGet(ref reader, isSigned: false); break;
            case Opcode.StructSet: StructSet(ref reader); break;
            case Opcode.ArrayNew: ArrayNew(reader.ReadIndex()); break;
            case Opcode.ArrayNewDefault: FinishNew(Builtin.ArrayNew, [reader.ReadIndex()], 1); break;
            case Opcode.ArrayNewFixed: ArrayNewFixed(ref reader); break;
            case Opcode.ArrayNewData: ArrayNewFrom(ref reader, Builtin.ArrayNewData); break;
            case Opcode.ArrayNewElem: ArrayNewFrom(ref reader, Builtin.ArrayNewElements); break;
            case Opcode.ArrayGet: ArrayGet(ref reader, isSigned: false); break;
            case Opcode.ArrayGetS: ArrayGet(ref reader, isSigned: true); break;
            case Opcode.ArrayGetU: ArrayGet(ref reader, isSigned: false); break;
            case Opcode.ArraySet: ArraySet(ref reader); break;
            case Opcode.ArrayLen: ArrayLength(ref reader); break;
            case Opcode.ArrayFill: reader.ReadIndex(); ArrayFill(); break;
            case Opcode.ArrayCopy: reader.ReadIndex(); reader.ReadIndex(); CallChecked(Builtin.ArrayCopy, [], 5); break;
            case Opcode.ArrayInitData: ArrayInit(ref reader, Builtin.ArrayInitData); break;
            case Opcode.ArrayInitElem: ArrayInit(ref reader, Builtin.ArrayInitElements); break;
            case Opcode.RefTest: ReferenceTest(ref reader, acceptsNull: false); break;
            case Opcode.RefTestNull: ReferenceTest(ref reader, acceptsNull: true); break;
            case Opcode.RefCast: ReferenceCast(ref reader, acceptsNull: false); break;
            case Opcode.RefCastNull: ReferenceCast(ref reader, acceptsNull: true); break;
            case Opcode.BrOnCast: BranchOnCast(ref reader, branchesOnFailure: false); break;
            case Opcode.BrOnCastFail: BranchOnCast(ref reader, branchesOnFailure: true); break;
            case Opcode.AnyConvertExtern or Opcode.ExternConvertAny: break;
            case Opcode.RefI31: ReferenceI31(); break;
            case Opcode.I31GetS: I31Get(isSigned: true); break;
            case Opcode.I31GetU: I31Get(isSigned: false); break;
            default: throw Unsupported(opcode);
        }
    }

    /// <summary>Prefix 0xFC: saturating conversions, bulk operations and wide arithmetic.</summary>
    private void TranslateMiscellaneous(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            case Opcode.I32TruncSatF32S: TruncateSaturating(false, wide: false, isSigned: true); break;
            case Opcode.I32TruncSatF32U: TruncateSaturating(false, wide: false, isSigned: false); break;
            case Opcode.I32TruncSatF64S: TruncateSaturating(true, wide: false, isSigned: true); break;
            case Opcode.I32TruncSatF64U: TruncateSaturating(true, wide: false, isSigned: false); break;
            case Opcode.I64TruncSatF32S: TruncateSaturating(false, wide: true, isSigned: true); break;
            case Opcode.I64TruncSatF32U: TruncateSaturating(false, wide: true, isSigned: false); break;
            case Opcode.I64TruncSatF64S: TruncateSaturating(true, wide: true, isSigned: true); break;
            case Opcode.I64TruncSatF64U: TruncateSaturating(true, wide: true, isSigned: false); break;
            case Opcode.MemoryInit: Bulk(ref reader, Builtin.MemoryInit); break;
            case Opcode.DataDrop: CallBuiltin(Builtin.DataDrop, [reader.ReadIndex()], 0); break;
            case Opcode.MemoryCopy: Bulk(ref reader, Builtin.MemoryCopy); break;
            case Opcode.MemoryFill: CallChecked(Builtin.MemoryFill, [reader.ReadIndex()], 3); break;
            case Opcode.TableInit: Bulk(ref reader, Builtin.TableInit); break;
            case Opcode.ElemDrop: CallBuiltin(Builtin.ElementDrop, [reader.ReadIndex()], 0); break;
            case Opcode.TableCopy: Bulk(ref reader, Builtin.TableCopy); break;
            case Opcode.TableGrow: TableGrow(reader.ReadIndex()); break;
            case Opcode.TableSize: TableSize(reader.ReadIndex()); break;
            case Opcode.TableFill: CallChecked(Builtin.TableFill, [reader.ReadIndex()], 3); break;
            case Opcode.I64Add128: AddWide(AluOperation.Add, AluOperation.Adc); break;
            case Opcode.I64Sub128: AddWide(AluOperation.Sub, AluOperation.Sbb); break;
            case Opcode.I64MulWideS: MultiplyWide(UnaryOperation.Imul); break;
            case Opcode.I64MulWideU: MultiplyWide(UnaryOperation.Mul); break;
            default: throw Unsupported(opcode);
        }
    }

    /// <summary>Prefix 0xFE: atomic accesses.</summary>
    private void TranslateAtomic(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            case Opcode.MemoryAtomicNotify: CallWaiting(ref reader, Builtin.AtomicNotify, 2); break;
            case Opcode.MemoryAtomicWait32: CallWaiting(ref reader, Builtin.AtomicWait32, 3); break;
            case Opcode.MemoryAtomicWait64: CallWaiting(ref reader, Builtin.AtomicWait64, 3); break;
            case Opcode.AtomicFence: Fence(ref reader); break;
            case Opcode.I32AtomicLoad: AtomicLoad(ref reader, ValueKind.I32, 4); break;
            case Opcode.I64AtomicLoad: AtomicLoad(ref reader, ValueKind.I64, 8); break;
            case Opcode.I32AtomicLoad8U: AtomicLoad(ref reader, ValueKind.I32, 1); break;
            case Opcode.I32AtomicLoad16U: AtomicLoad(ref reader, ValueKind.I32, 2); break;
            case Opcode.I64AtomicLoad8U: AtomicLoad(ref reader, ValueKind.I64, 1); break;
            case Opcode.I64AtomicLoad16U: AtomicLoad(ref reader, ValueKind.I64, 2); break;
            case Opcode.I64AtomicLoad32U: AtomicLoad(ref reader, ValueKind.I64, 4); break;
            case Opcode.I32AtomicStore: AtomicStore(ref reader, 4); break;
            case Opcode.I64AtomicStore: AtomicStore(ref reader, 8); break;
            case Opcode.I32AtomicStore8: AtomicStore(ref reader, 1); break;
            case Opcode.I32AtomicStore16: AtomicStore(ref reader, 2); break;
            case Opcode.I64AtomicStore8: AtomicStore(ref reader, 1); break;
            case Opcode.I64AtomicStore16: AtomicStore(ref reader, 2); break;
            case Opcode.I64AtomicStore32: AtomicStore(ref reader, 4); break;
            case Opcode.I32AtomicRmwAdd: AtomicAdd(ref reader, ValueKind.I32, 4, negate: false); break;
            case Opcode.I64AtomicRmwAdd: AtomicAdd(ref reader, ValueKind.I64, 8, negate: false); break;
            case Opcode.I32AtomicRmw8AddU: AtomicAdd(ref reader, ValueKind.I32, 1, negate: false); break;
            case Opcode.I32AtomicRmw16AddU: AtomicAdd(ref reader, ValueKind.I32, 2, negate: false); break;
            case Opcode.I64AtomicRmw8AddU: AtomicAdd(ref reader, ValueKind.I64, 1, negate: false); break;
            case Opcode.I64AtomicRmw16AddU: AtomicAdd(ref reader, ValueKind.I64, 2, negate: false); break;
            case Opcode.I64AtomicRmw32AddU: AtomicAdd(ref reader, ValueKind.I64, 4, negate: false); break;
            case Opcode.I32AtomicRmwSub: AtomicAdd(ref reader, ValueKind.I32, 4, negate: true); break;
            case Opcode.I64AtomicRmwSub: AtomicAdd(ref reader, ValueKind.I64, 8, negate: true); break;
            case Opcode.I32AtomicRmw8SubU: AtomicAdd(ref reader, ValueKind.I32, 1, negate: true); break;
            case Opcode.I32AtomicRmw16SubU: AtomicAdd(ref reader, ValueKind.I32, 2, negate: true); break;
            case Opcode.I64AtomicRmw8SubU: AtomicAdd(ref reader, ValueKind.I64, 1, negate: true); break;
            case Opcode.I64AtomicRmw16SubU: AtomicAdd(ref reader, ValueKind.I64, 2, negate: true); break;
            case Opcode.I64AtomicRmw32SubU: AtomicAdd(ref reader, ValueKind.I64, 4, negate: true); break;
            case Opcode.I32AtomicRmwAnd: AtomicLoop(ref reader, ValueKind.I32, 4, AluOperation.And); break;
            case Opcode.I64AtomicRmwAnd: AtomicLoop(ref reader, ValueKind.I64, 8, AluOperation.And); break;
            case Opcode.I32AtomicRmw8AndU: AtomicLoop(ref reader, ValueKind.I32, 1, AluOperation.And); break;
            case Opcode.I32AtomicRmw16AndU: AtomicLoop(ref reader, ValueKind.I32, 2, AluOperation.And); break;
            case Opcode.I64AtomicRmw8AndU: AtomicLoop(ref reader, ValueKind.I64, 1, AluOperation.And); break;
            case Opcode.I64AtomicRmw16AndU: AtomicLoop(ref reader, ValueKind.I64, 2, AluOperation.And); break;
            case Opcode.I64AtomicRmw32AndU: AtomicLoop(ref reader, ValueKind.I64, 4, AluOperation.And); break;
            case Opcode.I32AtomicRmwOr: AtomicLoop(ref reader, ValueKind.I32, 4, AluOperation.Or); break;
            case Opcode.I64AtomicRmwOr: AtomicLoop(ref reader, ValueKind.I64, 8, AluOperation.Or); break;
            case Opcode.I32AtomicRmw8OrU: AtomicLoop(ref reader, ValueKind.I32, 1, AluOperation.Or); break;
            case Opcode.I32AtomicRmw16OrU: AtomicLoop(ref reader, ValueKind.I32, 2, AluOperation.Or); break;
            case Opcode.I64AtomicRmw8OrU: AtomicLoop(ref reader, ValueKind.I64, 1, AluOperation.Or); break;
            case Opcode.I64AtomicRmw16OrU: AtomicLoop(ref reader, ValueKind.I64, 2, AluOperation.Or); break;
            case Opcode.I64AtomicRmw32OrU: AtomicLoop(ref reader, ValueKind.I64, 4, AluOperation.Or); break;
            case Opcode.I32AtomicRmwXor: AtomicLoop(ref reader, ValueKind.I32, 4, AluOperation.Xor); break;
            case Opcode.I64AtomicRmwXor: AtomicLoop(ref reader, ValueKind.I64, 8, AluOperation.Xor); break;
            case Opcode.I32AtomicRmw8XorU: AtomicLoop(ref reader, ValueKind.I32, 1, AluOperation.Xor); break;
            case Opcode.I32AtomicRmw16XorU: AtomicLoop(ref reader, ValueKind.I32, 2, AluOperation.Xor); break;
            case Opcode.I64AtomicRmw8XorU: AtomicLoop(ref reader, ValueKind.I64, 1, AluOperation.Xor); break;
            case Opcode.I64AtomicRmw16XorU: AtomicLoop(ref reader, ValueKind.I64, 2, AluOperation.Xor); break;
            case Opcode.I64AtomicRmw32XorU: AtomicLoop(ref reader, ValueKind.I64, 4, AluOperation.Xor); break;
            case Opcode.I32AtomicRmwXchg: AtomicExchange(ref reader, ValueKind.I32, 4); break;
            case Opcode.I64AtomicRmwXchg: AtomicExchange(ref reader, ValueKind.I64, 8); break;
            case Opcode.I32AtomicRmw8XchgU: AtomicExchange(ref reader, ValueKind.I32, 1); break;
            case Opcode.I32AtomicRmw16XchgU: AtomicExchange(ref reader, ValueKind.I32, 2); break;
            case Opcode.I64AtomicRmw8XchgU: AtomicExchange(ref reader, ValueKind.I64, 1); break;
            case Opcode.I64AtomicRmw16XchgU: AtomicExchange(ref reader, ValueKind.I64, 2); break;
            case Opcode.I64AtomicRmw32XchgU: AtomicExchange(ref reader, ValueKind.I64, 4); break;
            case Opcode.I32AtomicRmwCmpxchg: AtomicCompareExchange(ref reader, ValueKind.I32, 4); break;
            case Opcode.I64AtomicRmwCmpxchg: AtomicCompareExchange(ref reader, ValueKind.I64, 8); break;
            case Opcode.I32AtomicRmw8CmpxchgU: AtomicCompareExchange(ref reader, ValueKind.I32, 1); break;
            case Opcode.I32AtomicRmw16CmpxchgU: AtomicCompareExchange(ref reader, ValueKind.I32, 2); break;
            case Opcode.I64AtomicRmw8CmpxchgU: AtomicCompareExchange(ref reader, ValueKind.I64, 1); break;
            case Opcode.I64AtomicRmw16CmpxchgU: AtomicCompareExchange(ref reader, ValueKind.I64, 2); break;
            case Opcode.I64AtomicRmw32CmpxchgU: AtomicCompareExchange(ref reader, ValueKind.I64, 4); break;
            default: throw Unsupported(opcode);
        }
    }
}
