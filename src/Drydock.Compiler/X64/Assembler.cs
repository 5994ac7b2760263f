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

    /// <summary>Makes room for one instruction (or <paramref name="count"/> bytes); every instruction calls it first.</summary>
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

    /// <summary>REX prefix if needed; <paramref name="force"/> for byte registers spl to dil.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Rex(bool wide, int reg, int index, int rm, bool force = false)
    {
        int rex = (wide ? 8 : 0) | (reg >> 3 << 2) | (index >> 3 << 1) | (rm >> 3);
        if (rex != 0 || force) Byte(0x40 | rex);
    }

    /// <summary>ModRM of two registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void ModRm(int reg, int rm) => Byte(0xC0 | (reg & 7) << 3 | (rm & 7));

    /// <summary>ModRM, SIB and displacement of a register and a memory operand.</summary>
    private void ModRm(int reg, in Address address)
    {
        if (address.IsConstant)
        {
            ModRmOfConstant(reg, address.Displacement);
            return;
        }
        int @base = (int)address.Base & 7, displacement = address.Displacement;
        int mod = displacement == 0 && @base != 5 ? 0 : displacement == (sbyte)displacement ? 1 : 2;
        if (address.HasIndex || @base == 4)
        {
            Byte(mod << 6 | (reg & 7) << 3 | 4);
            Byte(address.ScaleLog2 << 6 | ((int)address.Index & 7) << 3 | @base);
        }
        else
        {
            Byte(mod << 6 | (reg & 7) << 3 | @base);
        }
        if (mod == 1) Byte(displacement);
        else if (mod == 2) Int32(displacement);
    }

    /// <summary>
    /// VEX prefix and opcode, 128 bits wide. <paramref name="map"/>: 1 = 0F, 2 = 0F38, 3 = 0F3A;
    /// <paramref name="prefix"/>: 0 = none, 1 = 66, 2 = F3, 3 = F2.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Vex(int map, int prefix, bool wide, int opcode, int reg, int operand, int index, int rm)
    {
        int inverted = (~operand & 15) << 3 | prefix;
        if (map == 1 && !wide && ((index | rm) & 8) == 0)
        {
            Byte(0xC5);
            Byte((~reg & 8) << 4 | inverted);
        }
        else
        {
            Byte(0xC4);
            Byte((~reg & 8) << 4 | (~index & 8) << 3 | (~rm & 8) << 2 | map);
            Byte((wide ? 0x80 : 0) | inverted);
        }
        Byte(opcode);
    }

    /// <summary>A VEX instruction of three registers (or two, with <paramref name="operand"/> 0).</summary>
    private void Vex(int map, int prefix, bool wide, int opcode, int reg, int operand, int rm)
    {
        Reserve();
        Vex(map, prefix, wide, opcode, reg, operand, 0, rm);
        ModRm(reg, rm);
    }

    /// <summary>A VEX instruction with a memory operand.</summary>
    private void Vex(int map, int prefix, bool wide, int opcode, int reg, int operand, in Address address)
    {
        Reserve();
        int index = address.HasIndex ? (int)address.Index : 0;
        Vex(map, prefix, wide, opcode, reg, operand, index, (int)address.Base);
        ModRm(reg, address);
    }
}
