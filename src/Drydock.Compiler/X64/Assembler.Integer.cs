using R = Drydock.Compiler.X64.Register;

namespace Drydock.Compiler.X64;

/// <content>Integer instructions; <c>wide</c> chooses 64 bits over 32.</content>
internal sealed partial class Assembler
{
    public void Alu(AluOperation operation, bool wide, R d, R s) => Legacy(wide, (int)operation << 3 | 3, (int)d, s);
    public void Alu(AluOperation operation, bool wide, R d, in Address m) =>
        Legacy(wide, (int)operation << 3 | 3, (int)d, m);
    public void Alu(AluOperation operation, bool wide, in Address m, R s) =>
        Legacy(wide, (int)operation << 3 | 1, (int)s, m);

    public void Alu(AluOperation operation, bool wide, R d, int immediate)
    {
        bool isShort = immediate == (sbyte)immediate;
        Legacy(wide, isShort ? 0x83 : 0x81, (int)operation, d);
        Immediate(immediate, isShort);
    }

    public void Alu(AluOperation operation, bool wide, in Address m, int immediate)
    {
        bool isShort = immediate == (sbyte)immediate;
        Legacy(wide, isShort ? 0x83 : 0x81, (int)operation, m);
        Immediate(immediate, isShort);
    }

    public void Test(bool wide, R left, R right) => Legacy(wide, 0x85, (int)right, left);

    public void Test(bool wide, R left, int immediate)
    {
        Legacy(wide, 0xF7, 0, left);
        Int32(immediate);
    }

    public void Mov(bool wide, R d, R s) => Legacy(wide, 0x8B, (int)d, s);
    public void Mov(bool wide, R d, in Address m) => Legacy(wide, 0x8B, (int)d, m);
    public void Mov(bool wide, in Address m, R s) => Legacy(wide, 0x89, (int)s, m);

    public void Mov(bool wide, in Address m, int immediate)
    {
        Legacy(wide, 0xC7, 0, m);
        Int32(immediate);
    }

    /// <summary>Stores the low byte.</summary>
    public void MovByte(in Address m, R s)
    {
        Reserve();
        RexOf(false, (int)s, m, (int)s >= 4);
        Byte(0x88);
        ModRm((int)s, m);
    }

    public void MovByte(in Address m, int immediate)
    {
        Legacy(false, 0xC6, 0, m);
        Byte(immediate);
    }

    /// <summary>Stores the low two bytes.</summary>
    public void MovWord(in Address m, R s)
    {
        Reserve();
        Byte(0x66);
        Legacy(false, 0x89, (int)s, m);
    }

    public void MovWord(in Address m, int immediate)
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
            Reserve();
            Rex(false, 0, 0, (int)d);
            Byte(0xB8 | (int)d & 7);
            Int32((int)value);
        }
        else if (value == (int)value)
        {
            Legacy(true, 0xC7, 0, d);
            Int32((int)value);
        }
        else
        {
            Reserve();
            Rex(true, 0, 0, (int)d);
            Byte(0xB8 | (int)d & 7);
            Int64(value);
        }
    }

    public void Extend(ExtendOperation operation, bool wide, R d, R s)
    {
        Reserve();
        bool isByte = operation is ExtendOperation.ZeroByte or ExtendOperation.SignByte;
        Rex(wide, (int)d, 0, (int)s, isByte && (int)s >= 4);
        Byte(0x0F);
        Byte((int)operation);
        ModRm((int)d, (int)s);
    }

    public void Extend(ExtendOperation operation, bool wide, R d, in Address m) => Legacy0F(wide, (int)operation, d, m);

    public void Movsxd(R d, R s) => Legacy(true, 0x63, (int)d, s);
    public void Movsxd(R d, in Address m) => Legacy(true, 0x63, (int)d, m);
    public void Lea(bool wide, R d, in Address m) => Legacy(wide, 0x8D, (int)d, m);
    public void Xchg(R left, R right) => Legacy(true, 0x87, (int)left, right);

    public void Imul(bool wide, R d, R s) => Legacy0F(wide, 0xAF, d, s);
    public void Imul(bool wide, R d, in Address m) => Legacy0F(wide, 0xAF, d, m);

    public void Imul(bool wide, R d, R s, int immediate)
    {
        bool isShort = immediate == (sbyte)immediate;
        Legacy(wide, isShort ? 0x6B : 0x69, (int)d, s);
        Immediate(immediate, isShort);
    }

    public void Unary(UnaryOperation operation, bool wide, R r) => Legacy(wide, 0xF7, (int)operation, r);

    /// <summary><c>cdq</c> or <c>cqo</c>.</summary>
    public void SignExtendAccumulator(bool wide)
    {
        Reserve();
        Rex(wide, 0, 0, 0);
        Byte(0x99);
    }

    public void Shift(ShiftOperation operation, bool wide, R d, int count)
    {
        Legacy(wide, 0xC1, (int)operation, d);
        Byte(count);
    }

    /// <summary>Shifts by cl.</summary>
    public void Shift(ShiftOperation operation, bool wide, R d) => Legacy(wide, 0xD3, (int)operation, d);

    /// <summary><c>shlx</c>, <c>shrx</c>, <c>sarx</c>.</summary>
    public void ShiftBmi(ShiftOperation operation, bool wide, R d, R s, R count) =>
        Vex(2, BmiPrefix(operation), wide, 0xF7, (int)d, (int)count, (int)s);
    public void ShiftBmi(ShiftOperation operation, bool wide, R d, in Address m, R count) =>
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
        Reserve();
        Rex(false, 0, 0, (int)d, (int)d >= 4);
        Byte(0x0F);
        Byte(0x90 | (int)condition);
        ModRm(0, (int)d);
    }

    public void Cmov(Condition condition, bool wide, R d, R s) => Legacy0F(wide, 0x40 | (int)condition, d, s);
    public void Cmov(Condition condition, bool wide, R d, in Address m) =>
        Legacy0F(wide, 0x40 | (int)condition, d, m);

    private void Immediate(int value, bool isShort)
    {
        if (isShort) Byte(value);
        else Int32(value);
    }

    private void RexOf(bool wide, int reg, in Address m, bool force = false) =>
        Rex(wide, reg, m.HasIndex ? (int)m.Index : 0, (int)m.Base, force);

    private void Legacy(bool wide, int opcode, int reg, R rm)
    {
        Reserve();
        Rex(wide, reg, 0, (int)rm);
        Byte(opcode);
        ModRm(reg, (int)rm);
    }

    private void Legacy(bool wide, int opcode, int reg, in Address m)
    {
        Reserve(24);
        RexOf(wide, reg, m);
        Byte(opcode);
        ModRm(reg, m);
    }

    private void Legacy0F(bool wide, int opcode, R reg, R rm)
    {
        Reserve();
        Rex(wide, (int)reg, 0, (int)rm);
        Byte(0x0F);
        Byte(opcode);
        ModRm((int)reg, (int)rm);
    }

    private void Legacy0F(bool wide, int opcode, R reg, in Address m)
    {
        Reserve();
        RexOf(wide, (int)reg, m);
        Byte(0x0F);
        Byte(opcode);
        ModRm((int)reg, m);
    }

    private void LegacyF3(bool wide, int opcode, R reg, R rm)
    {
        Reserve();
        Byte(0xF3);
        Legacy0F(wide, opcode, reg, rm);
    }
}
