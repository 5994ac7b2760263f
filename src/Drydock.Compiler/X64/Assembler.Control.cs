namespace Drydock.Compiler.X64;

/// <content>Jumps, calls and the stack.</content>
internal sealed partial class Assembler
{
    public void Push(Register r) => Short(0x50, r);
    public void Pop(Register r) => Short(0x58, r);
    public void Ret() => Single(0xC3);
    public void Leave() => Single(0xC9);
    public void Nop() => Single(0x90);

    public void Ud2()
    {
        Reserve();
        Byte(0x0F);
        Byte(0x0B);
    }

    /// <summary><c>rep stosq</c>: fills rcx quadwords at rdi with rax.</summary>
    public void RepStosq()
    {
        Reserve();
        Byte(0xF3);
        Byte(0x48);
        Byte(0xAB);
    }

    /// <summary>A forward jump; the displacement's offset is returned, for <see cref="BindForward"/>.</summary>
    public int Jmp()
    {
        Bytes(0xE9, 5);
        return _length - 4;
    }

    /// <summary>A forward jump on a hardware condition.</summary>
    public int Jcc(Condition condition)
    {
        Bytes((uint)(0x0F | (0x80 | (int)condition) << 8), 6);
        return _length - 4;
    }

    /// <summary>
    /// A jump over less than 128 bytes; the displacement's offset is returned, for <see cref="BindShort"/>.
    /// </summary>
    public int JccShort(Condition condition)
    {
        Reserve();
        Byte(0x70 | (int)condition);
        Byte(0);
        return _length - 1;
    }

    /// <summary>A jump over less than 128 bytes.</summary>
    public int JmpShort()
    {
        Reserve();
        Byte(0xEB);
        Byte(0);
        return _length - 1;
    }

    /// <summary>A jump to an offset already passed.</summary>
    public void JmpBack(int target)
    {
        Reserve();
        if (target - (_length + 2) >= sbyte.MinValue)
        {
            Byte(0xEB);
            Byte(target - (_length + 1));
            return;
        }
        Byte(0xE9);
        Int32(target - (_length + 4));
    }

    /// <summary>A jump on a hardware condition to an offset already passed.</summary>
    public void JccBack(Condition condition, int target)
    {
        Reserve();
        if (target - (_length + 2) >= sbyte.MinValue)
        {
            Byte(0x70 | (int)condition);
            Byte(target - (_length + 1));
            return;
        }
        Byte(0x0F);
        Byte(0x80 | (int)condition);
        Int32(target - (_length + 4));
    }

    /// <summary>
    /// Makes the jump whose displacement is at <paramref name="patch"/> lead here; returns what was in its place.
    /// </summary>
    public int BindForward(int patch)
    {
        int before = Int32At(patch);
        PatchInt32(patch, _length - (patch + 4));
        return before;
    }

    /// <summary>Makes the short jump whose displacement is at <paramref name="patch"/> lead here.</summary>
    public void BindShort(int patch)
    {
        int distance = _length - (patch + 1);
        if (distance > sbyte.MaxValue) throw new InvalidOperationException($"short jump over {distance} bytes");
        _buffer[patch] = (byte)distance;
    }

    public void JmpIndirect(Register r) => Legacy(false, 0xFF, 4, r);
    public void CallIndirect(Address m) => Legacy(false, 0xFF, 2, m);

    /// <summary>The six bytes of a direct call, which the linker fills in.</summary>
    public void CallSlot() => Slot(0x15);

    /// <summary>The six bytes of a direct tail call, which the linker fills in.</summary>
    public void JumpSlot() => Slot(0x25);

    private void Slot(int operation)
    {
        Bytes((uint)(0xFF | operation << 8), 6);
    }

    /// <summary><c>lea d, [rip + displacement]</c>; the displacement's offset is returned.</summary>
    public int LeaForward(Register d)
    {
        Bytes(Rex(true, (int)d, 0, 0), (uint)(0x8D | (((int)d & 7) << 3 | 5) << 8), 6);
        return _length - 4;
    }

    /// <summary>
    /// <c>sub rsp, imm32</c> or <c>lea d, [rsp - imm32]</c> with an operand that becomes known later.
    /// </summary>
    public int SubRspLater()
    {
        Bytes(0xEC8148, 7);
        return _length - 4;
    }

    /// <summary><c>lea d, [rsp + disp32]</c> with a displacement that becomes known later.</summary>
    public int LeaRspLater(Register d)
    {
        Bytes(Rex(true, (int)d, 0, 0), (uint)(0x24008D | (0x84 | ((int)d & 7) << 3) << 8), 7);
        return _length - 4;
    }

    private void Short(int opcode, Register r)
    {
        Bytes(Rex(false, 0, 0, (int)r), (uint)(opcode | (int)r & 7), 1);
    }

    private void Single(int opcode)
    {
        Reserve();
        Byte(opcode);
    }
}
