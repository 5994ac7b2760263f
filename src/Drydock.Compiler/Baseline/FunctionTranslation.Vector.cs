using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using R = Drydock.Compiler.X64.Register;
using V = Drydock.Compiler.X64.VectorRegister;

namespace Drydock.Compiler.Baseline;

/// <content>
/// Vector instructions, told apart by their operands and results; <see cref="VectorLowering"/> knows the rest.
/// </content>
internal sealed partial class FunctionTranslation
{
    private const uint VectorPrefix = 0xFD;
    private static readonly VectorShape[] VectorShapes = ListVectorShapes();
    private VectorLowering? _vectorLowering;

    /// <summary>Made for the functions that need it, since the features may change from one to the next.</summary>
    private VectorLowering Vectors => _vectorLowering ??= new VectorLowering(_assembler, _features);

    /// <summary>What an instruction takes and gives, and so how it is translated.</summary>
    private enum VectorShape : byte
    {
        None, Constant, Shuffle, Unary, Binary, Ternary, Shift, SplatInteger, SplatFloat, Test, ExtractIntegerI32,
        ExtractIntegerI64, ExtractFloatF32, ExtractFloatF64, ReplaceInteger, ReplaceFloat, Load, Store, LoadLane,
        StoreLane,
    }

    private static VectorShape[] ListVectorShapes()
    {
        var shapes = new VectorShape[Opcode.I32x4RelaxedDotI8x16I7x16AddS - Opcode.V128Load + 1];
        foreach (OpcodeInfo info in OpcodeTable.All)
            if ((uint)info.Opcode >> 16 == VectorPrefix) shapes[info.Opcode - Opcode.V128Load] = ShapeOf(info);
        return shapes;
    }

    private static VectorShape ShapeOf(OpcodeInfo info) => (info.Immediate, info.Signature) switch
    {
        (Immediate.V128, _) => VectorShape.Constant,
        (Immediate.Shuffle, _) => VectorShape.Shuffle,
        (Immediate.None, "v:v") => VectorShape.Unary,
        (Immediate.None, "vv:v") => VectorShape.Binary,
        (Immediate.None, "vvv:v") => VectorShape.Ternary,
        (Immediate.None, "vi:v") => VectorShape.Shift,
        (Immediate.None, "i:v" or "I:v") => VectorShape.SplatInteger,
        (Immediate.None, "f:v" or "d:v") => VectorShape.SplatFloat,
        (Immediate.None, "v:i") => VectorShape.Test,
        (Immediate.Lane, "v:i") => VectorShape.ExtractIntegerI32,
        (Immediate.Lane, "v:I") => VectorShape.ExtractIntegerI64,
        (Immediate.Lane, "v:f") => VectorShape.ExtractFloatF32,
        (Immediate.Lane, "v:d") => VectorShape.ExtractFloatF64,
        (Immediate.Lane, "vi:v" or "vI:v") => VectorShape.ReplaceInteger,
        (Immediate.Lane, "vf:v" or "vd:v") => VectorShape.ReplaceFloat,
        (Immediate.MemoryArgument, "a:v") => VectorShape.Load,
        (Immediate.MemoryArgument, "av:") => VectorShape.Store,
        (Immediate.MemoryArgumentAndLane, "av:v") => VectorShape.LoadLane,
        (Immediate.MemoryArgumentAndLane, "av:") => VectorShape.StoreLane,
        _ => VectorShape.None,
    };

    private void TranslateVector(Opcode opcode, ref InstructionReader reader)
    {
        uint number = opcode - Opcode.V128Load;
        switch (number < VectorShapes.Length ? VectorShapes[number] : VectorShape.None)
        {
            case VectorShape.Constant: VectorConstant(ref reader); break;
            case VectorShape.Shuffle: Shuffle(ref reader); break;
            case VectorShape.Unary: VectorUnary(opcode, ref reader); break;
            case VectorShape.Binary: VectorBinary(opcode, ref reader); break;
            case VectorShape.Ternary: VectorTernary(opcode, ref reader); break;
            case VectorShape.Shift: VectorShift(opcode, ref reader); break;
            case VectorShape.SplatInteger: SplatInteger(opcode, ref reader); break;
            case VectorShape.SplatFloat: SplatFloat(opcode, ref reader); break;
            case VectorShape.Test: VectorTest(opcode, ref reader); break;
            case VectorShape.ExtractIntegerI32: ExtractInteger(opcode, ref reader, ValueKind.I32); break;
            case VectorShape.ExtractIntegerI64: ExtractInteger(opcode, ref reader, ValueKind.I64); break;
            case VectorShape.ExtractFloatF32: ExtractFloat(opcode, ref reader, ValueKind.F32); break;
            case VectorShape.ExtractFloatF64: ExtractFloat(opcode, ref reader, ValueKind.F64); break;
            case VectorShape.ReplaceInteger: ReplaceInteger(opcode, ref reader); break;
            case VectorShape.ReplaceFloat: ReplaceFloat(opcode, ref reader); break;
            case VectorShape.Load: VectorLoad(opcode, ref reader); break;
            case VectorShape.Store: StoreFloat(ref reader, ValueKind.V128); break;
            case VectorShape.LoadLane: LoadLane(opcode, ref reader); break;
            case VectorShape.StoreLane: StoreLane(opcode, ref reader); break;
            default: throw Unsupported(opcode);
        }
    }

    private void VectorConstant(ref InstructionReader reader)
    {
        ulong low = reader.ReadF64Bits(), high = reader.ReadF64Bits();
        V d = VectorTarget(ref reader);
        Vectors.Constant(d, low, high);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    /// <summary>The register of a result whose operands have been freed; one of theirs if possible.</summary>
    private V VectorResult(ref InstructionReader reader, V first, V second = NoVector)
    {
        V target = PeekVectorTarget(ref reader);
        Free(first);
        if (second != NoVector) Free(second);
        return target != NoVector ? target : AllocateResult(first, second);
    }

    private void VectorUnary(Opcode opcode, ref InstructionReader reader)
    {
        V s = PopVector(), d = VectorResult(ref reader, s);
        Vectors.Unary(opcode, d, s);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    private void VectorBinary(Opcode opcode, ref InstructionReader reader)
    {
        Operand right = Pop(), left = Pop();
        V x = ToVector(left), y = ToVector(right), d = VectorResult(ref reader, x, y);
        Vectors.Binary(opcode, d, x, y);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    private void VectorTernary(Opcode opcode, ref InstructionReader reader)
    {
        Operand third = Pop(), second = Pop(), first = Pop();
        V x = ToVector(first), y = ToVector(second), z = ToVector(third), d = VectorResult(ref reader, x, y);
        if (d != z) Free(z);
        Vectors.Ternary(opcode, d, x, y, z);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    private void Shuffle(ref InstructionReader reader)
    {
        ReadOnlySpan<byte> lanes = reader.ReadV128();
        Operand right = Pop(), left = Pop();
        V x = ToVector(left), y = ToVector(right), d = VectorResult(ref reader, x, y);
        Vectors.Shuffle(d, x, y, lanes);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    private void VectorShift(Opcode opcode, ref InstructionReader reader)
    {
        Operand count = Pop();
        V s = PopVector();
        R r = count.Kind == OperandKind.Constant ? None : ToRegister(count);
        V d = VectorResult(ref reader, s);
        if (r == None) Vectors.Shift(opcode, d, s, (int)count.Bits);
        else Vectors.Shift(opcode, d, s, r);
        if (r != None) Free(r);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    private V VectorTarget(ref InstructionReader reader)
    {
        V target = PeekVectorTarget(ref reader);
        return target != NoVector ? target : AllocateVector();
    }

    private void SplatInteger(Opcode opcode, ref InstructionReader reader)
    {
        R s = PopRegister();
        V d = VectorTarget(ref reader);
        Vectors.Splat(opcode, d, s);
        Free(s);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    private void SplatFloat(Opcode opcode, ref InstructionReader reader)
    {
        V s = PopVector(), d = VectorResult(ref reader, s);
        Vectors.Splat(opcode, d, s);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    private void VectorTest(Opcode opcode, ref InstructionReader reader)
    {
        V s = PopVector();
        if (opcode is Opcode.I8x16Bitmask or Opcode.I16x8Bitmask or Opcode.I32x4Bitmask or Opcode.I64x2Bitmask)
        {
            R d = Allocate();
            Vectors.Bitmask(opcode, d, s);
            Free(s);
            Push(ValueKind.I32, d);
            return;
        }
        bool ofZero = Vectors.Test(opcode, s);
        Free(s);
        PushFlags(ref reader, ofZero ? Condition.Equal : Condition.NotEqual);
    }

    private void ExtractInteger(Opcode opcode, ref InstructionReader reader, ValueKind type)
    {
        int lane = reader.ReadByte();
        V s = PopVector();
        R d = Allocate();
        Vectors.ExtractLane(opcode, d, s, lane);
        if (opcode == Opcode.I8x16ExtractLaneS) _assembler.Extend(ExtendOperation.SignByte, false, d, d);
        else if (opcode == Opcode.I16x8ExtractLaneS) _assembler.Extend(ExtendOperation.SignWord, false, d, d);
        Free(s);
        Push(type, d);
    }

    private void ExtractFloat(Opcode opcode, ref InstructionReader reader, ValueKind type)
    {
        int lane = reader.ReadByte();
        V s = PopVector(), d = VectorResult(ref reader, s);
        Vectors.ExtractLane(opcode, d, s, lane);
        Push(type, d);
    }

    private void ReplaceInteger(Opcode opcode, ref InstructionReader reader)
    {
        int lane = reader.ReadByte();
        R value = PopRegister();
        V s = PopVector(), d = VectorResult(ref reader, s);
        Vectors.ReplaceLane(opcode, d, s, value, lane);
        Free(value);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    private void ReplaceFloat(Opcode opcode, ref InstructionReader reader)
    {
        int lane = reader.ReadByte();
        Operand value = Pop(), vector = Pop();
        V x = ToVector(vector), y = ToVector(value), d = VectorResult(ref reader, x, y);
        Vectors.ReplaceLane(opcode, d, x, y, lane);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    /// <summary>Bytes that a vector load, or an access of a lane, touches.</summary>
    private static int AccessSize(Opcode opcode) => opcode switch
    {
        Opcode.V128Load8Splat or Opcode.V128Load8Lane or Opcode.V128Store8Lane => 1,
        Opcode.V128Load16Splat or Opcode.V128Load16Lane or Opcode.V128Store16Lane => 2,
        Opcode.V128Load32Splat or Opcode.V128Load32Lane or Opcode.V128Store32Lane or Opcode.V128Load32Zero => 4,
        Opcode.V128Load => 16,
        _ => 8,
    };

    private void VectorLoad(Opcode opcode, ref InstructionReader reader)
    {
        Address m = PopAddress(ref reader, AccessSize(opcode), out R index);
        V d = VectorTarget(ref reader);
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        Vectors.Load(opcode, d, m);
        if (index != None) Free(index);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    private void LoadLane(Opcode opcode, ref InstructionReader reader)
    {
        V s = PopVector();
        Address m = PopAddress(ref reader, AccessSize(opcode), out R index);
        int lane = reader.ReadByte();
        V d = VectorResult(ref reader, s);
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        Vectors.LoadLane(opcode, d, s, m, lane);
        if (index != None) Free(index);
        PushOrSet(ref reader, ValueKind.V128, d);
    }

    private void StoreLane(Opcode opcode, ref InstructionReader reader)
    {
        V s = PopVector();
        Address m = PopAddress(ref reader, AccessSize(opcode), out R index);
        int lane = reader.ReadByte();
        AddSite(TrapCode.OutOfBoundsMemoryAccess);
        Vectors.StoreLane(opcode, m, s, lane);
        Free(s);
        if (index != None) Free(index);
    }
}
