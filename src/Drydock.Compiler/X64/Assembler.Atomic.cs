using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.X64;

/// <content>Atomic instructions on memory; <c>size</c> is 1, 2, 4 or 8 bytes.</content>
internal sealed partial class Assembler
{
    public void Mfence()
    {
        Reserve();
        Byte(0x0F);
        Byte(0xAE);
        Byte(0xF0);
    }

    /// <summary>Exchanges; implies a lock.</summary>
    public void Xchg(int size, Address m, R r)
    {
        Reserve(24);
        if (size == 2) Byte(0x66);
        Bytes(RexOf(size == 8, (int)r, m, size == 1 && (int)r >= 4), size == 1 ? 0x86u : 0x87u, 1);
        AppendMemory((int)r, m);
    }

    /// <summary>Adds to memory, leaving in the register what was there.</summary>
    public void LockXadd(int size, Address m, R r) => Locked(size, 0xC0, m, r);

    /// <summary>Stores the register if memory holds what rax does, else loads rax; the zero flag tells which.</summary>
    public void LockCmpxchg(int size, Address m, R r) => Locked(size, 0xB0, m, r);

    private void Locked(int size, int opcode, Address m, R r)
    {
        Reserve(24);
        Byte(0xF0);
        if (size == 2) Byte(0x66);
        int rex = RexOf(size == 8, (int)r, m, size == 1 && (int)r >= 4);
        Bytes(rex, (uint)(0x0F | (size == 1 ? opcode : opcode | 1) << 8), 2);
        AppendMemory((int)r, m);
    }
}
