using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Compiler.Baseline;

/// <content>The tables from opcodes with a prefix to what translates them.</content>
internal sealed partial class FunctionTranslation
{
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
            default: throw Unsupported(opcode);
        }
    }

    /// <summary>Prefix 0xFE: atomic accesses.</summary>
    private void TranslateAtomic(Opcode opcode, ref InstructionReader reader)
    {
        switch (opcode)
        {
            default: throw Unsupported(opcode);
        }
    }
}
