using Drydock.Compiler.X64;
using static Drydock.Compiler.X64.Register;

namespace Drydock.Runtime.Native;

/// <summary>
/// The handful of instructions that thunks and the fault handler consist of. Displacements are always four bytes: these
/// pieces are short and written once.
/// </summary>
internal static class ThunkInstructions
{
    public static void Push(this Assembler code, Register register) => code.Short(0x50, register);
    public static void Pop(this Assembler code, Register register) => code.Short(0x58, register);

    /// <summary>Pushes eight bytes of memory.</summary>
    public static void PushMemory(this Assembler code, Register @base, int displacement) =>
        code.Memory(0, 0xFF, 6, @base, displacement);

    /// <summary><c>mov destination, source</c>, 64 bits.</summary>
    public static void Copy(this Assembler code, Register destination, Register source) =>
        code.Registers(8, 0x8B, destination, source);

    /// <summary><c>mov destination, [base + displacement]</c>, 64 bits.</summary>
    public static void Load(this Assembler code, Register destination, Register @base, int displacement) =>
        code.Memory(8, 0x8B, (int)destination, @base, displacement);

    /// <summary><c>mov destination, [base + displacement]</c>, 32 bits, clearing the upper half.</summary>
    public static void Load32(this Assembler code, Register destination, Register @base, int displacement) =>
        code.Memory(0, 0x8B, (int)destination, @base, displacement);

    /// <summary><c>mov [base + displacement], source</c>, 64 bits.</summary>
    public static void Store(this Assembler code, Register @base, int displacement, Register source) =>
        code.Memory(8, 0x89, (int)source, @base, displacement);

    /// <summary><c>lea destination, [base + displacement]</c>.</summary>
    public static void AddressOf(this Assembler code, Register destination, Register @base, int displacement) =>
        code.Memory(8, 0x8D, (int)destination, @base, displacement);

    /// <summary><c>vmovups destination, [base + displacement]</c>, 16 bytes.</summary>
    public static void LoadVector(this Assembler code, int destination, Register @base, int displacement) =>
        code.Vector(0x10, destination, @base, displacement);

    /// <summary><c>vmovups [base + displacement], source</c>, 16 bytes.</summary>
    public static void StoreVector(this Assembler code, Register @base, int displacement, int source) =>
        code.Vector(0x11, source, @base, displacement);

    /// <summary><c>mov destination, imm64</c>.</summary>
    public static void Immediate(this Assembler code, Register destination, nint value)
    {
        code.Reserve();
        code.Byte(0x48 | (int)destination >> 3);
        code.Byte(0xB8 | (int)destination & 7);
        code.Int64(value);
    }

    /// <summary><c>rdgsbase destination</c>: see <see cref="Drydock.Compiler.MemorySegment"/>.</summary>
    public static void ReadSegment(this Assembler code, Register destination) => code.Segment(1, destination);

    /// <summary>
    /// <c>wrgsbase source</c> unless <paramref name="current"/> holds the same: it takes as long as some ten calls.
    /// </summary>
    public static void SetSegment(this Assembler code, Register source, Register current)
    {
        code.Compare(source, current);
        int isSame = code.JumpIf(Equal);
        code.Segment(3, source);
        code.Bind(isSame);
    }

    private static void Segment(this Assembler code, int operation, Register register) => code.Raw(
        0xF3, (byte)(0x48 | (int)register >> 3), 0x0F, 0xAE, (byte)(0xC0 | operation << 3 | (int)register & 7));

    /// <summary><c>cmp left, [base + displacement]</c>, 64 bits.</summary>
    public static void CompareMemory(this Assembler code, Register left, Register @base, int displacement) =>
        code.Memory(8, 0x3B, (int)left, @base, displacement);

    /// <summary><c>cmp left, right</c>, 64 bits.</summary>
    public static void Compare(this Assembler code, Register left, Register right) =>
        code.Registers(8, 0x3B, left, right);

    /// <summary>
    /// An instruction of group 83 on 64 bits: 0 add, 4 and, 5 sub, 7 cmp; or of group 81 when it does not fit.
    /// </summary>
    public static void Arithmetic(this Assembler code, int operation, Register register, int value)
    {
        bool isShort = value == (sbyte)value;
        code.Registers(8, isShort ? 0x83 : 0x81, (Register)operation, register);
        if (isShort) code.Byte(value);
        else code.Int32(value);
    }

    /// <summary>Shifts a 64-bit register: operation 4 left, 5 right.</summary>
    public static void Shift(this Assembler code, int operation, Register register, int count)
    {
        code.Registers(8, 0xC1, (Register)operation, register);
        code.Byte(count);
    }

    /// <summary><c>test register, register</c>, 64 bits.</summary>
    public static void Test(this Assembler code, Register register) => code.Registers(8, 0x85, register, register);

    /// <summary><c>xor register, register</c>.</summary>
    public static void Clear(this Assembler code, Register register) => code.Registers(0, 0x33, register, register);

    /// <summary><c>call register</c>.</summary>
    public static void CallRegister(this Assembler code, Register register) =>
        code.Registers(0, 0xFF, (Register)2, register);

    /// <summary><c>jmp register</c>.</summary>
    public static void JumpRegister(this Assembler code, Register register) =>
        code.Registers(0, 0xFF, (Register)4, register);

    /// <summary>Bytes as they are.</summary>
    public static void Raw(this Assembler code, params ReadOnlySpan<byte> bytes)
    {
        code.Reserve(bytes.Length);
        foreach (byte value in bytes) code.Byte(value);
    }

    public static void Return(this Assembler code) => code.Raw(0xC3);
    public static void Undefined(this Assembler code) => code.Raw(0x0F, 0x0B);

    /// <summary>
    /// A conditional jump forwards, by the low four bits of its opcode; answers what <see cref="Bind"/> takes.
    /// </summary>
    public static int JumpIf(this Assembler code, int condition)
    {
        code.Raw(0x0F, (byte)(0x80 | condition));
        code.Reserve();
        code.Int32(0);
        return code.Length;
    }

    /// <summary>A conditional jump back to <paramref name="target"/>.</summary>
    public static void JumpBackIf(this Assembler code, int condition, int target) =>
        code.PatchInt32(code.JumpIf(condition) - 4, target - code.Length);

    /// <summary>A jump back to <paramref name="target"/>.</summary>
    public static void JumpBack(this Assembler code, int target)
    {
        code.Raw(0xE9);
        code.Reserve();
        code.Int32(target - code.Length - 4);
    }

    /// <summary>Makes a forward jump end here.</summary>
    public static void Bind(this Assembler code, int jump) => code.PatchInt32(jump - 4, code.Length - jump);

    public const int Below = 2, AboveOrEqual = 3, Equal = 4, NotEqual = 5, BelowOrEqual = 6;

    private static void Short(this Assembler code, int opcode, Register register)
    {
        code.Reserve();
        if (register >= R8) code.Byte(0x41);
        code.Byte(opcode | (int)register & 7);
    }

    private static void Registers(this Assembler code, int wide, int opcode, Register reg, Register rm)
    {
        code.Reserve();
        int prefix = wide | (int)reg >> 3 << 2 | (int)rm >> 3;
        if (prefix != 0) code.Byte(0x40 | prefix);
        code.Byte(opcode);
        code.Byte(0xC0 | ((int)reg & 7) << 3 | (int)rm & 7);
    }

    private static void Memory(this Assembler code, int wide, int opcode, int reg, Register @base, int displacement)
    {
        code.Reserve();
        int prefix = wide | reg >> 3 << 2 | (int)@base >> 3;
        if (prefix != 0) code.Byte(0x40 | prefix);
        code.Byte(opcode);
        code.Operand(reg, @base, displacement);
    }

    private static void Vector(this Assembler code, int opcode, int reg, Register @base, int displacement)
    {
        code.Reserve();
        code.Byte(0xC4);
        code.Byte((~reg & 8) << 4 | 0x40 | (~(int)@base & 8) << 2 | 1);
        code.Byte(0x78);
        code.Byte(opcode);
        code.Operand(reg, @base, displacement);
    }

    private static void Operand(this Assembler code, int reg, Register @base, int displacement)
    {
        code.Byte(0x80 | (reg & 7) << 3 | (int)@base & 7);
        if (((int)@base & 7) == (int)Rsp) code.Byte(0x24);
        code.Int32(displacement);
    }
}
