using System.Buffers.Binary;
using System.Runtime.CompilerServices;

namespace Drydock.Compiler.X64;

/// <summary>
/// Writes x86-64 instructions into a growing buffer. This part holds the encodings themselves (Intel SDM volume 2,
/// chapter 2); the instructions are in the other parts, one method per mnemonic, destination first.
/// </summary>
internal sealed partial class Assembler
{
    private const int LongestInstruction = 16;
    private const int Room = 2 * LongestInstruction;
    private byte[] _buffer = new byte[4096];
    private int _length;

    /// <summary>Bytes that may be written; a little more may be.</summary>
    public int MostText { get; set; } = int.MaxValue;

    /// <summary>Offset of the next byte.</summary>
    public int Length => _length;

    /// <summary>What has been written.</summary>
    public ReadOnlySpan<byte> Text => _buffer.AsSpan(0, _length);

    /// <summary>Forgets everything written, keeping the buffer.</summary>
    public void Reset()
    {
        _length = 0;
        ResetConstants();
    }

    /// <summary>Appends a byte of data or of an instruction.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Byte(int value) => _buffer[_length++] = (byte)value;

    /// <summary>Appends a little-endian 32-bit number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Int32(int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(_length), value);
        _length += 4;
    }

    /// <summary>Appends a little-endian 64-bit number.</summary>
    public void Int64(long value)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_buffer.AsSpan(_length), value);
        _length += 8;
    }

    /// <summary>Overwrites four bytes, for displacements that become known later.</summary>
    public void PatchInt32(int offset, int value) =>
        BinaryPrimitives.WriteInt32LittleEndian(_buffer.AsSpan(offset), value);

    /// <summary>Pads with zeros until the length is a multiple of <paramref name="alignment"/>.</summary>
    public void Align(int alignment)
    {
        Reserve(alignment);
        while (_length % alignment != 0) Byte(0);
    }

    /// <summary>
    /// Makes room for <paramref name="count"/> bytes that are appended one by one, or by fours and eights.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Reserve(int count = LongestInstruction)
    {
        if (_buffer.Length - _length < count) Grow(count);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void Grow(int count)
    {
        if (_length + count > MostText) throw new CompilationException($"a function's code exceeds {MostText} bytes");
        Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + count));
    }

    /// <summary>
    /// Appends the lowest <paramref name="count"/> of eight bytes. All eight are stored, which is quicker than one at a
    /// time; the next instruction overwrites the rest. Leaves room for what may follow of the same instruction, and the
    /// next.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Bytes(ulong bytes, int count)
    {
        int at = _length;
        byte[] buffer = _buffer;
        BinaryPrimitives.WriteUInt64LittleEndian(new Span<byte>(buffer, at, sizeof(ulong)), bytes);
        _length = at + count;
        if (buffer.Length - at < sizeof(ulong) + Room) Grow(sizeof(ulong) + Room);
    }

    /// <summary>Appends a REX prefix, unless it is 0, and then bytes as <see cref="Bytes(ulong, int)"/> does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Bytes(int rex, ulong bytes, int count)
    {
        int prefix = rex != 0 ? 1 : 0;
        Bytes((uint)rex | bytes << 8 * prefix, count + prefix);
    }

    /// <summary>
    /// The REX prefix, or 0 if none is needed; <paramref name="force"/> for byte registers spl to dil.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Rex(bool wide, int reg, int index, int rm, bool force = false)
    {
        int rex = (wide ? 8 : 0) | (reg >> 3 << 2) | (index >> 3 << 1) | (rm >> 3);
        return rex != 0 || force ? 0x40 | rex : 0;
    }

    /// <summary>ModRM of two registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ModRm(int reg, int rm) => 0xC0 | (reg & 7) << 3 | (rm & 7);

    /// <summary>
    /// ModRM, SIB and displacement of a register and a memory operand, in the lowest <paramref name="count"/> bytes,
    /// which are six at most.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Memory(int reg, Address address, out int count)
    {
        int rm = (int)address.Base & 7, displacement = address.Displacement;
        int size = displacement == 0 && rm != 5 ? 0 : displacement == (sbyte)displacement ? 1 : 4;
        bool hasSib = address.HasIndex || rm == 4;
        int sib = address.ScaleLog2 << 6 | ((int)address.Index & 7) << 3 | rm;
        int mode = (size + 1 >> 1) << 6 | (reg & 7) << 3;
        int start = hasSib ? 2 : 1;
        count = start + size;
        return (uint)(mode | (hasSib ? 4 | sib << 8 : rm)) | (ulong)(uint)displacement << 8 * start;
    }

    /// <summary>Appends ModRM, SIB and displacement of a register and a memory operand.</summary>
    private void Memory(int reg, Address address)
    {
        if (address.IsConstant) MemoryOfConstant(reg, address.Displacement);
        else Bytes(Memory(reg, address, out int count), count);
    }

    /// <summary>
    /// VEX prefix and opcode, 128 bits wide, in three bytes or four as <see cref="VexLength"/> tells.
    /// <paramref name="map"/>: 1 = 0F, 2 = 0F38, 3 = 0F3A; <paramref name="prefix"/>: 0 = none, 1 = 66, 2 = F3, 3 = F2.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Vex(int map, int prefix, bool wide, int opcode, int reg, int operand, int index, int rm)
    {
        int inverted = (~operand & 15) << 3 | prefix;
        if (VexLength(map, wide, index, rm) == 3)
            return (uint)(0xC5 | ((~reg & 8) << 4 | inverted) << 8 | opcode << 16);
        int registers = (~reg & 8) << 4 | (~index & 8) << 3 | (~rm & 8) << 2;
        return (uint)(0xC4 | (registers | map) << 8 | ((wide ? 0x80 : 0) | inverted) << 16 | opcode << 24);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int VexLength(int map, bool wide, int index, int rm) =>
        map == 1 && !wide && ((index | rm) & 8) == 0 ? 3 : 4;

    /// <summary>A VEX instruction of three registers (or two, with <paramref name="operand"/> 0).</summary>
    private void Vex(int map, int prefix, bool wide, int opcode, int reg, int operand, int rm)
    {
        int length = VexLength(map, wide, 0, rm);
        ulong modRm = (uint)ModRm(reg, rm);
        Bytes(Vex(map, prefix, wide, opcode, reg, operand, 0, rm) | modRm << 8 * length, length + 1);
    }

    /// <summary>A VEX instruction with a memory operand.</summary>
    private void Vex(int map, int prefix, bool wide, int opcode, int reg, int operand, Address address)
    {
        int index = address.HasIndex ? (int)address.Index : 0, @base = (int)address.Base;
        Bytes(Vex(map, prefix, wide, opcode, reg, operand, index, @base), VexLength(map, wide, index, @base));
        Memory(reg, address);
    }
}
