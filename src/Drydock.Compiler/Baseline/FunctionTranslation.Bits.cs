using Drydock.Compiler.X64;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.Baseline;

/// <content>Counts of bits, with and without instructions for them.</content>
internal sealed partial class FunctionTranslation
{
    private void CountLeadingZeros(bool wide)
    {
        R s = PopRegister();
        Free(s);
        R d = Allocate();
        if ((_features & CpuFeatures.Lzcnt) != 0)
        {
            _assembler.Lzcnt(wide, d, s);
        }
        else
        {
            int bits = wide ? 64 : 32;
            _assembler.MovConstant(Scratch, 2 * bits - 1);
            _assembler.Bsr(wide, d, s);
            _assembler.Cmov(Condition.Equal, wide, d, Scratch);
            _assembler.Alu(AluOperation.Xor, false, d, bits - 1);
        }
        Push(IntegerType(wide), d);
    }

    private void CountTrailingZeros(bool wide)
    {
        R s = PopRegister();
        Free(s);
        R d = Allocate();
        if ((_features & CpuFeatures.Bmi) != 0)
        {
            _assembler.Tzcnt(wide, d, s);
        }
        else
        {
            _assembler.MovConstant(Scratch, wide ? 64 : 32);
            _assembler.Bsf(wide, d, s);
            _assembler.Cmov(Condition.Equal, wide, d, Scratch);
        }
        Push(IntegerType(wide), d);
    }

    private void CountOnes(bool wide)
    {
        if ((_features & CpuFeatures.Popcnt) == 0)
        {
            CountOnesByAdding(wide);
            return;
        }
        R s = PopRegister();
        Free(s);
        R d = Allocate();
        _assembler.Popcnt(wide, d, s);
        Push(IntegerType(wide), d);
    }

    /// <summary>Adds bits in pairs, nibbles and bytes (Warren, Hacker's Delight, 5-1).</summary>
    private void CountOnesByAdding(bool wide)
    {
        R d = ToTemporary(Pop()), t = Allocate();
        void Mask(R r, ulong mask) => ApplyWideConstant(AluOperation.And, r, (long)(wide ? mask : (uint)mask));
        _assembler.Mov(wide, t, d);
        _assembler.Shift(ShiftOperation.LogicalRight, wide, t, 1);
        Mask(t, 0x5555555555555555);
        _assembler.Alu(AluOperation.Sub, wide, d, t);
        _assembler.Mov(wide, t, d);
        _assembler.Shift(ShiftOperation.LogicalRight, wide, t, 2);
        Mask(t, 0x3333333333333333);
        Mask(d, 0x3333333333333333);
        _assembler.Alu(AluOperation.Add, wide, d, t);
        _assembler.Mov(wide, t, d);
        _assembler.Shift(ShiftOperation.LogicalRight, wide, t, 4);
        _assembler.Alu(AluOperation.Add, wide, d, t);
        Mask(d, 0x0F0F0F0F0F0F0F0F);
        _assembler.MovConstant(t, wide ? 0x0101010101010101 : 0x01010101);
        _assembler.Imul(wide, d, t);
        _assembler.Shift(ShiftOperation.LogicalRight, wide, d, wide ? 56 : 24);
        Free(t);
        Push(IntegerType(wide), d);
    }
}
