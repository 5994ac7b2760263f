using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Drydock.Compiler.X64;

/// <summary>
/// Writes x86-64 instructions into a growing buffer. This part holds the encodings themselves (Intel SDM volume 2,
/// chapter 2); the instructions are in the other parts, one method per mnemonic, destination first.
/// </summary>
internal sealed partial class Assembler
{
    private const int LongestInstruction = 16;
    private const int Room = 2 * LongestInstruction;
    private const int FirstSize = 1024;
    private byte[] _buffer = new byte[FirstSize];
    private int _length;
    /// <summary>The last place behind whose eight bytes <see cref="Room"/> is left.</summary>
    private int _limit = LimitOf(FirstSize);

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

    /// <summary>Overwrites the four bytes of a number, for displacements that become known later.</summary>
    public void PatchInt32(int offset, int value) => Unsafe.WriteUnaligned(ref _buffer[offset], value);

    /// <summary>The number that was written at <paramref name="offset"/>.</summary>
    public int Int32At(int offset) => Unsafe.ReadUnaligned<int>(ref _buffer[offset]);

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
        _limit = LimitOf(_buffer.Length);
    }

    private static int LimitOf(int size) => size - sizeof(ulong) - Room;

    /// <summary>
    /// Appends the lowest <paramref name="count"/> of eight bytes. All eight are stored, which is quicker than one at a
    /// time; the next instruction overwrites the rest. There is room for them, and what may follow of the same
    /// instruction and the next is left room for: last, so that no register has to be kept for after that call.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Bytes(ulong bytes, int count)
    {
        int at = _length;
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), at), bytes);
        _length = at + count;
        if (at > _limit) Grow(sizeof(ulong) + Room);
    }

    /// <summary>
    /// Appends a REX prefix of these four bits, unless they say nothing: then the bytes behind are stored over it.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void PrefixedBytes(int rexBits, ulong bytes, int count)
    {
        int at = _length, prefixes = rexBits + 15 >> 4;
        ref byte place = ref Unsafe.Add(ref MemoryMarshal.GetArrayDataReference(_buffer), at);
        place = (byte)(0x40 | rexBits);
        Unsafe.WriteUnaligned(ref Unsafe.Add(ref place, prefixes), bytes);
        _length = at + prefixes + count;
        if (at > _limit) Grow(sizeof(ulong) + Room);
    }

    /// <summary>Appends a REX prefix, unless it is 0, and then bytes as <see cref="Bytes(ulong, int)"/> does.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Bytes(int rex, ulong bytes, int count) =>
        Bytes((uint)rex | bytes << (rex >> 3 & 8), count + (rex >> 6));

    /// <summary>
    /// The REX prefix, or 0 if none is needed; <paramref name="force"/> for byte registers spl to dil.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Rex(bool wide, int reg, int index, int rm, bool force = false) =>
        Rex(RexW(wide) | reg >> 3 << 2 | index >> 3 << 1 | rm >> 3, force);

    /// <summary>The REX prefix of these four bits, or 0 if it says nothing and nobody forces it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Rex(int bits, bool force) => force ? 0x40 | bits : bits + 15 >> 4 << 6 | bits;

    /// <summary>The bit of a REX prefix that makes an instruction work on 64 bits.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int RexW(bool wide) => Unsafe.BitCast<bool, byte>(wide) << 3;

    /// <summary>ModRM of two registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int ModRm(int reg, int rm) => 0xC0 | (reg & 7) << 3 | (rm & 7);

    /// <summary>ModRM, SIB and displacement of a register and a memory operand, <c>Count</c> bytes of it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Memory(int reg, Address address) => address.Bytes | (uint)((reg & 7) << 3);

    /// <summary>Appends ModRM, SIB and displacement of a register and a memory operand.</summary>
    private void AppendMemory(int reg, Address address)
    {
        if (address.IsConstant) MemoryOfConstant(reg, address.ConstantIndex);
        else Bytes(Memory(reg, address), address.Count);
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
        int index = address.Rex << 2, @base = address.Rex << 3;
        Bytes(Vex(map, prefix, wide, opcode, reg, operand, index, @base), VexLength(map, wide, index, @base));
        AppendMemory(reg, address);
    }
}
