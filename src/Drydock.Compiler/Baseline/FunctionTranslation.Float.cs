using Drydock.Compiler.X64;
using Drydock.Wasm;
using Drydock.Wasm.Binary;
using V = Drydock.Compiler.X64.VectorRegister;

namespace Drydock.Compiler.Baseline;

/// <content>Float arithmetic. The flag of these methods chooses f64 over f32.</content>
internal sealed partial class FunctionTranslation
{
    private enum FloatOperation : byte { Add, Subtract, Multiply, Divide }

    private static ValueKind FloatType(bool isDouble) => isDouble ? ValueKind.F64 : ValueKind.F32;

    private void FloatBinary(ref InstructionReader reader, FloatOperation operation, bool isDouble)
    {
        Operand right = Pop(), left = Pop();
        V l = ToVector(left);
        V target = PeekVectorTarget(ref reader);
        Free(l);
        Release(right);
        V d = target != NoVector ? target : AllocateResult(l, VectorOf(right));
        Emit(operation, isDouble, d, l, ToVectorOperand(right));
        PushOrSet(ref reader, FloatType(isDouble), d);
    }

    /// <summary>A temporary for a result; an operand's own if there is one, which needs no spilling.</summary>
    private V AllocateResult(V left, V right)
    {
        V d = IsTemporary(left) ? left : right != NoVector && IsTemporary(right) ? right : NoVector;
        if (d == NoVector) return AllocateVector();
        _freeVectors &= ~(1u << (int)d);
        return d;
    }

    private void Emit(FloatOperation operation, bool isDouble, V d, V l, VectorOperand r)
    {
        switch (operation, isDouble)
        {
            case (FloatOperation.Add, false): _assembler.Vaddss(d, l, r); break;
            case (FloatOperation.Add, true): _assembler.Vaddsd(d, l, r); break;
            case (FloatOperation.Subtract, false): _assembler.Vsubss(d, l, r); break;
            case (FloatOperation.Subtract, true): _assembler.Vsubsd(d, l, r); break;
            case (FloatOperation.Multiply, false): _assembler.Vmulss(d, l, r); break;
            case (FloatOperation.Multiply, true): _assembler.Vmulsd(d, l, r); break;
            case (FloatOperation.Divide, false): _assembler.Vdivss(d, l, r); break;
            default: _assembler.Vdivsd(d, l, r); break;
        }
    }

    /// <summary>
    /// The machine's minimum and maximum return the second operand when one is NaN or both are zero; the sum of NaNs
    /// and the union (or intersection) of signs of zeros are what the specification asks for (4.3.3, fmin and fmax).
    /// </summary>
    private void MinimumMaximum(bool isDouble, bool isMaximum)
    {
        Operand right = Pop(), left = Pop();
        V r = ToVector(right), l = ToTemporaryVector(left);
        if (isDouble) _assembler.Vucomisd(l, r);
        else _assembler.Vucomiss(l, r);
        int different = _assembler.JccShort(Condition.NotEqual);
        int unordered = _assembler.JccShort(Condition.Parity);
        if (isMaximum) _assembler.Vandps(l, l, r);
        else _assembler.Vorps(l, l, r);
        int done = _assembler.JmpShort();
        _assembler.BindShort(unordered);
        Emit(FloatOperation.Add, isDouble, l, l, r);
        int doneToo = _assembler.JmpShort();
        _assembler.BindShort(different);
        EmitMinimumMaximum(isDouble, isMaximum, l, r);
        _assembler.BindShort(done);
        _assembler.BindShort(doneToo);
        Free(r);
        Push(FloatType(isDouble), l);
    }

    private void EmitMinimumMaximum(bool isDouble, bool isMaximum, V l, V r)
    {
        if (isDouble && isMaximum) _assembler.Vmaxsd(l, l, r);
        else if (isDouble) _assembler.Vminsd(l, l, r);
        else if (isMaximum) _assembler.Vmaxss(l, l, r);
        else _assembler.Vminss(l, l, r);
    }

    private static ulong SignMask(bool isDouble) => isDouble ? 1ul << 63 : 0x8000000080000000;

    private void Absolute(bool isDouble)
    {
        V v = ToTemporaryVector(Pop());
        _assembler.Vandps(v, v, _assembler.Constant16(~SignMask(isDouble)));
        Push(FloatType(isDouble), v);
    }

    private void Negate(bool isDouble)
    {
        V v = ToTemporaryVector(Pop());
        _assembler.Vxorps(v, v, _assembler.Constant16(SignMask(isDouble)));
        Push(FloatType(isDouble), v);
    }

    private void CopySign(bool isDouble)
    {
        Operand right = Pop(), left = Pop();
        V r = ToTemporaryVector(right), l = ToTemporaryVector(left);
        _assembler.Vandps(r, r, _assembler.Constant16(SignMask(isDouble)));
        _assembler.Vandps(l, l, _assembler.Constant16(~SignMask(isDouble)));
        _assembler.Vorps(l, l, r);
        Free(r);
        Push(FloatType(isDouble), l);
    }

    private void Round(bool isDouble, VectorRounding mode)
    {
        V v = ToTemporaryVector(Pop());
        if (isDouble) _assembler.Vroundsd(v, v, v, mode);
        else _assembler.Vroundss(v, v, v, mode);
        Push(FloatType(isDouble), v);
    }

    private void SquareRoot(bool isDouble)
    {
        V v = ToTemporaryVector(Pop());
        if (isDouble) _assembler.Vsqrtsd(v, v, v);
        else _assembler.Vsqrtss(v, v, v);
        Push(FloatType(isDouble), v);
    }
}
