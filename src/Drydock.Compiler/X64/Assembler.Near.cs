using System.Runtime.CompilerServices;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.X64;

/// <content>
/// Loads and stores at <c>[base + index + displacement]</c>, the displacement from 0 to 127. They are so many that they
/// have an encoding of their own, of few operations: the base is one of those from r8 up that may go without a
/// displacement, so that there is a REX prefix always.
/// </content>
internal sealed partial class Assembler
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void LoadNear(LoadOperation operation, bool wide, R d, R @base, R index, int displacement)
    {
        int isLong = byte.MaxValue - (int)operation >>> 31;
        Near(RexW(wide), (uint)operation, 1 + isLong, d, @base, index, displacement);
    }

    /// <summary>Stores the low <paramref name="size"/> bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void StoreNear(int size, R s, R @base, R index, int displacement)
    {
        if (size == 2) OperandSize();
        Near(size & 8, size == 1 ? 0x88u : 0x89, 1, s, @base, index, displacement);
    }

    private void OperandSize() => Bytes(0x66, 1);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Near(int rexW, uint opcode, int opcodeSize, R reg, R @base, R index, int displacement)
    {
        int displacementSize = displacement + sbyte.MaxValue >> 7;
        int rex = 0x41 | rexW | (int)reg >> 1 & 4 | (int)index >> 2 & 2;
        int modRm = 4 | ((int)reg & 7) << 3 | displacementSize << 6;
        int sib = (int)@base & 7 | ((int)index & 7) << 3;
        ulong place = (uint)(modRm | sib << 8 | displacement << 16);
        Bytes((uint)rex | opcode << 8 | place << 8 + 8 * opcodeSize, 3 + opcodeSize + displacementSize);
    }
}
