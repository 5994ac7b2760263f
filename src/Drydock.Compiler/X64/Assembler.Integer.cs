using System.Runtime.CompilerServices;
using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.X64;

/// <content>Integer instructions; <c>wide</c> chooses 64 bits over 32.</content>
internal sealed partial class Assembler
{
    public void Alu(AluOperation operation, bool wide, R d, R s) => Legacy(wide, (int)operation << 3 | 3, (int)d, s);
    public void Alu(AluOperation operation, bool wide, R d, Address m) =>
        Legacy(wide, (int)operation << 3 | 3, (int)d, m);
    public void Alu(AluOperation operation, bool wide, Address m, R s) =>
        Legacy(wide, (int)operation << 3 | 1, (int)s, m);

    public void Alu(AluOperation operation, bool wide, R d, int immediate)
    {
        bool isShort = immediate == (sbyte)immediate;
        Legacy(wide, isShort ? 0x83 : 0x81, (int)operation, d, immediate, isShort ? 1 : 4);
    }

    public void Alu(AluOperation operation, bool wide, Address m, int immediate)
    {
        bool isShort = immediate == (sbyte)immediate;
        Legacy(wide, isShort ? 0x83 : 0x81, (int)operation, m);
        Immediate(immediate, isShort);
    }

    public void Test(bool wide, R left, R right) => Legacy(wide, 0x85, (int)right, left);

    public void Test(bool wide, R left, int immediate)
    {
        Legacy(wide, 0xF7, 0, left, immediate, 4);
    }

    public void Mov(bool wide, R d, R s) => Legacy(wide, 0x8B, (int)d, s);
    public void Mov(bool wide, R d, Address m) => Legacy(wide, 0x8B, (int)d, m);
    public void Mov(bool wide, Address m, R s) => Legacy(wide, 0x89, (int)s, m);

    public void Mov(bool wide, Address m, int immediate)
    {
        Legacy(wide, 0xC7, 0, m);
        Int32(immediate);
    }

    /// <summary>Stores the low byte.</summary>
    public void MovByte(Address m, R s)
    {
        Bytes(RexOf(false, (int)s, m, (int)s >= 4), 0x88, 1);
        AppendMemory((int)s, m);
    }

    public void MovByte(Address m, int immediate)
    {
        Legacy(false, 0xC6, 0, m);
        Byte(immediate);
    }

    /// <summary>Stores the low two bytes.</summary>
    public void MovWord(Address m, R s)
    {
        Reserve();
        Byte(0x66);
        Legacy(false, 0x89, (int)s, m);
    }

    public void MovWord(Address m, int immediate)
    {
        Reserve();
        Byte(0x66);
        Legacy(false, 0xC7, 0, m);
        Byte(immediate);
        Byte(immediate >> 8);
    }

    /// <summary>Loads a constant, in the shortest form that leaves the flags alone.</summary>
    public void MovConstant(R d, long value)
    {
        if (value >= 0 && value <= uint.MaxValue)
        {
            Bytes(Rex(false, 0, 0, (int)d), (uint)(0xB8 | (int)d & 7) | (ulong)value << 8, 5);
        }
        else if (value == (int)value)
        {
            Legacy(true, 0xC7, 0, d);
            Int32((int)value);
        }
        else
        {
            Bytes(Rex(true, 0, 0, (int)d), (uint)(0xB8 | (int)d & 7), 1);
            Int64(value);
        }
    }

    public void Extend(ExtendOperation operation, bool wide, R d, R s)
    {
        bool isByte = operation is ExtendOperation.ZeroByte or ExtendOperation.SignByte;
        int rex = Rex(wide, (int)d, 0, (int)s, isByte && (int)s >= 4);
        Bytes(rex, (uint)(0x0F | (int)operation << 8 | ModRm((int)d, (int)s) << 16), 3);
    }

    public void Load(LoadOperation operation, bool wide, R d, Address m)
    {
        if ((int)operation <= byte.MaxValue) Legacy(wide, (int)operation, (int)d, m);
        else Legacy0F(wide, (int)operation >> 8, d, m);
    }

    public void Extend(ExtendOperation operation, bool wide, R d, Address m) => Legacy0F(wide, (int)operation, d, m);

    public void Movsxd(R d, R s) => Legacy(true, 0x63, (int)d, s);
    public void Movsxd(R d, Address m) => Legacy(true, 0x63, (int)d, m);
    public void Lea(bool wide, R d, Address m) => Legacy(wide, 0x8D, (int)d, m);
    public void Xchg(R left, R right) => Legacy(true, 0x87, (int)left, right);

    public void Imul(bool wide, R d, R s) => Legacy0F(wide, 0xAF, d, s);
    public void Imul(bool wide, R d, Address m) => Legacy0F(wide, 0xAF, d, m);

    public void Imul(bool wide, R d, R s, int immediate)
    {
        bool isShort = immediate == (sbyte)immediate;
        Legacy(wide, isShort ? 0x6B : 0x69, (int)d, s, immediate, isShort ? 1 : 4);
    }

    public void Unary(UnaryOperation operation, bool wide, R r) => Legacy(wide, 0xF7, (int)operation, r);

    /// <summary><c>cdq</c> or <c>cqo</c>.</summary>
    public void SignExtendAccumulator(bool wide)
    {
        Bytes(Rex(wide, 0, 0, 0), 0x99, 1);
    }

    public void Shift(ShiftOperation operation, bool wide, R d, int count)
    {
        Legacy(wide, 0xC1, (int)operation, d, count, 1);
    }

    /// <summary>Shifts by cl.</summary>
    public void Shift(ShiftOperation operation, bool wide, R d) => Legacy(wide, 0xD3, (int)operation, d);

    /// <summary><c>shlx</c>, <c>shrx</c>, <c>sarx</c>.</summary>
    public void ShiftBmi(ShiftOperation operation, bool wide, R d, R s, R count) =>
        Vex(2, BmiPrefix(operation), wide, 0xF7, (int)d, (int)count, (int)s);
    public void ShiftBmi(ShiftOperation operation, bool wide, R d, Address m, R count) =>
        Vex(2, BmiPrefix(operation), wide, 0xF7, (int)d, (int)count, m);

    public void Rorx(bool wide, R d, R s, int count)
    {
        Vex(3, 3, wide, 0xF0, (int)d, 0, (int)s);
        Byte(count);
    }

    private static int BmiPrefix(ShiftOperation operation) => operation switch
    {
        ShiftOperation.Left => 1,
        ShiftOperation.ArithmeticRight => 2,
        _ => 3,
    };

    public void Bsf(bool wide, R d, R s) => Legacy0F(wide, 0xBC, d, s);
    public void Bsr(bool wide, R d, R s) => Legacy0F(wide, 0xBD, d, s);
    public void Tzcnt(bool wide, R d, R s) => LegacyF3(wide, 0xBC, d, s);
    public void Lzcnt(bool wide, R d, R s) => LegacyF3(wide, 0xBD, d, s);
    public void Popcnt(bool wide, R d, R s) => LegacyF3(wide, 0xB8, d, s);

    /// <summary>Sets the low byte; the rest of the register stays.</summary>
    public void Setcc(Condition condition, R d)
    {
        int rex = Rex(false, 0, 0, (int)d, (int)d >= 4);
        Bytes(rex, (uint)(0x0F | (0x90 | (int)condition) << 8 | ModRm(0, (int)d) << 16), 3);
    }

    public void Cmov(Condition condition, bool wide, R d, R s) => Legacy0F(wide, 0x40 | (int)condition, d, s);
    public void Cmov(Condition condition, bool wide, R d, Address m) =>
        Legacy0F(wide, 0x40 | (int)condition, d, m);

    private void Immediate(int value, bool isShort)
    {
        if (isShort) Byte(value);
        else Int32(value);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RexOf(bool wide, int reg, Address m, bool force = false) =>
        Rex(RexW(wide) | reg >> 3 << 2 | m.Rex, force);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Legacy(bool wide, int opcode, int reg, R rm) => Legacy(wide, opcode, reg, rm, 0, 0);

    /// <summary>An instruction of two registers, or one, and the lowest bytes of an immediate.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Legacy(bool wide, int opcode, int reg, R rm, int immediate, int size)
    {
        // The highest bit of the register's number falls on one of ModRM that is set.
        int modRm = 0xC0 | reg << 3 | (int)rm & 7;
        ulong bytes = (uint)(opcode | modRm << 8) | (ulong)(uint)immediate << 16;
        PrefixedBytes(RexW(wide) | reg >> 1 & 4 | (int)rm >> 3, bytes, 2 + size);
    }

    private void Legacy(bool wide, int opcode, int reg, Address m)
    {
        if (m.IsConstant)
        {
            LegacyOfConstant(wide, opcode, reg, m);
            return;
        }
        ulong bytes = (uint)(opcode | (reg & 7) << 11) | m.LongBytes << 8;
        PrefixedBytes(RexW(wide) | reg >> 1 & 4 | m.Rex, bytes, m.Count + 1);
    }

    private void LegacyOfConstant(bool wide, int opcode, int reg, Address m)
    {
        Bytes(RexOf(wide, reg, m), (uint)opcode, 1);
        MemoryOfConstant(reg, m.ConstantIndex);
    }

    private void Legacy0F(bool wide, int opcode, R reg, R rm) =>
        Bytes(Rex(wide, (int)reg, 0, (int)rm), (uint)(0x0F | opcode << 8 | ModRm((int)reg, (int)rm) << 16), 3);

    private void Legacy0F(bool wide, int opcode, R reg, Address m)
    {
        Bytes(RexOf(wide, (int)reg, m), (uint)(0x0F | opcode << 8), 2);
        AppendMemory((int)reg, m);
    }

    private void LegacyF3(bool wide, int opcode, R reg, R rm)
    {
        Reserve();
        Byte(0xF3);
        Legacy0F(wide, opcode, reg, rm);
    }
}
