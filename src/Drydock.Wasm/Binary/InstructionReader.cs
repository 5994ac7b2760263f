using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Drydock.Wasm.Binary;

/// <summary>
/// Reads the instructions of validated code (spec: 5.4). It trusts the validator: numbers are not checked for length or
/// range. It stays within its span all the same: code that was never validated gives nonsense or an
/// <see cref="IndexOutOfRangeException"/> or <see cref="ArgumentException"/>, never memory that is not the module's.
/// </summary>
public ref struct InstructionReader
{
    private readonly ReadOnlySpan<byte> _code;
    private int _position;

    /// <summary>A reader at <paramref name="position"/> of <paramref name="code"/>.</summary>
    public InstructionReader(ReadOnlySpan<byte> code, int position = 0)
    {
        _code = code;
        _position = position;
    }

    /// <summary>Offset of the next byte from the start of the span.</summary>
    public int Position
    {
        readonly get => _position;
        set => _position = value;
    }

    /// <summary>Whether every byte has been read.</summary>
    public readonly bool AtEnd => (uint)_position >= (uint)_code.Length;

    /// <summary>The next byte, or 0x0B (<c>end</c>) after the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly byte PeekByte()
    {
        var code = _code;
        var position = _position;
        return (uint)position < (uint)code.Length ? code[position] : (byte)Opcode.End;
    }

    /// <summary>The index that the next instruction names, whose opcode takes one byte.</summary>
    public readonly int PeekIndexBehindOpcode()
    {
        uint first = _code[_position + 1];
        if (first < 0x80) return (int)first;
        var ahead = new InstructionReader(_code, _position + 1);
        return ahead.ReadIndex();
    }

    /// <summary>Moves over <paramref name="count"/> bytes.</summary>
    public void Skip(int count) => _position += count;

    /// <summary>Reads one byte, as for a lane index.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte ReadByte() => _code[_position++];

    /// <summary>Reads an opcode with its prefix, if it has one.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Opcode ReadOpcode()
    {
        uint first = _code[_position++];
        return WholeOpcode(first);
    }

    /// <summary>The opcode whose first byte has been read: reads the rest of it, if there is any.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Opcode WholeOpcode(uint first) => first < 0xFB ? (Opcode)first : ReadPrefixed(first);

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Opcode ReadPrefixed(uint prefix) => (Opcode)(prefix << 16 | ReadU32());

    /// <summary>Reads an unsigned LEB128 number: an index, a count, a label.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadU32()
    {
        uint first = _code[_position++];
        return first < 0x80 ? first : (uint)ReadUnsigned(first);
    }

    /// <summary>Reads an index of one of the module's index spaces.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadIndex() => (int)ReadU32();

    /// <summary>Reads an unsigned 64-bit LEB128 number.</summary>
    public ulong ReadU64()
    {
        uint first = _code[_position++];
        return first < 0x80 ? first : ReadUnsigned(first);
    }

    private ulong ReadUnsigned(uint first)
    {
        if (TryReadWord(_position - 1, out var word, out _)) return word;
        ulong value = first & 0x7F;
        for (var shift = 7; shift < 70; shift += 7)
        {
            ulong next = _code[_position++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80) break;
        }
        return value;
    }

    /// <summary>
    /// Reads a number that ends within eight bytes, without branches that depend on where. Fails, moving nowhere, where
    /// there are no eight bytes or it does not.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadWord(int position, out ulong value, out int bits)
    {
        var code = _code;
        (value, bits) = (0, 0);
        if (position > code.Length - sizeof(ulong)) return false;
        var word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref MemoryMarshal.GetReference(code), position));
        var end = ~word & 0x8080_8080_8080_8080;
        if (end == 0) return false;
        // All bits up to the one that ends the number, of which each byte gives seven.
        word &= end ^ end - 1;
        word = word & 0x007F_007F_007F_007F | (word & 0x7F00_7F00_7F00_7F00) >> 1;
        word = word & 0x0000_3FFF_0000_3FFF | (word & 0x3FFF_0000_3FFF_0000) >> 2;
        value = word & 0x0FFF_FFFF | (word & 0x0FFF_FFFF_0000_0000) >> 4;
        var length = BitOperations.PopCount(end ^ end - 1) >> 3;
        bits = 7 * length;
        _position = position + length;
        return true;
    }

    /// <summary>Reads the operand of <c>i32.const</c>.</summary>
    public int ReadS32() => (int)ReadS64();

    /// <summary>Reads the operand of <c>i64.const</c>.</summary>
    public long ReadS64()
    {
        int first = _code[_position];
        if (first >= 0x80) return ReadSigned();
        _position++;
        return first << 25 >> 25;
    }

    private long ReadSigned()
    {
        if (TryReadWord(_position, out var word, out var bits)) return (long)word << 64 - bits >> 64 - bits;
        long value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            long next = _code[_position++];
            value |= (next & 0x7F) << shift;
            if (next < 0x80) return shift >= 57 ? value : value << (57 - shift) >> (57 - shift);
        }
        return value;
    }

    /// <summary>Reads the bits of the operand of <c>f32.const</c>.</summary>
    public uint ReadF32Bits()
    {
        var value = BinaryPrimitives.ReadUInt32LittleEndian(_code[_position..]);
        _position += sizeof(uint);
        return value;
    }

    /// <summary>Reads the bits of the operand of <c>f64.const</c>; also either half of a vector.</summary>
    public ulong ReadF64Bits()
    {
        var value = BinaryPrimitives.ReadUInt64LittleEndian(_code[_position..]);
        _position += sizeof(ulong);
        return value;
    }

    /// <summary>Reads the 16 bytes of <c>v128.const</c> or the 16 lanes of <c>i8x16.shuffle</c>.</summary>
    public ReadOnlySpan<byte> ReadV128()
    {
        var bytes = _code.Slice(_position, 16);
        _position += 16;
        return bytes;
    }

    /// <summary>
    /// Reads the argument of an access to the first memory whose offset takes a byte, as most do; of others, nothing.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadShortOffset(out int offset)
    {
        var code = _code;
        var position = _position;
        offset = 0;
        if (position + 1 >= code.Length) return false;
        uint pair = Unsafe.ReadUnaligned<ushort>(ref Unsafe.Add(ref MemoryMarshal.GetReference(code), position));
        if ((pair & (0x8000 | 0x80 | MemoryIndexFlag)) != 0) return false;
        offset = (int)(pair >> 8);
        _position = position + 2;
        return true;
    }

    /// <summary>Reads the alignment, memory and offset of a memory access (spec: 5.4.6).</summary>
    public void ReadMemoryArgument(out uint alignLog2, out int memoryIndex, out ulong offset)
    {
        var flags = ReadU32();
        alignLog2 = flags & ~MemoryIndexFlag;
        memoryIndex = (flags & MemoryIndexFlag) != 0 ? ReadIndex() : 0;
        offset = ReadU64();
    }

    private const uint MemoryIndexFlag = 0x40;

    /// <summary>Passes over the type of a block if that takes and gives nothing.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public bool TryReadEmptyBlockType()
    {
        if (PeekByte() != EmptyBlockType) return false;
        _position++;
        return true;
    }

    private const byte EmptyBlockType = 0x40;

    /// <summary>Reads the type of a block.</summary>
    public BlockType ReadBlockType()
    {
        if (TryReadEmptyBlockType()) return BlockType.Empty;
        uint first = _code[_position];
        // A single byte with bit 6 set is a negative number, and so a value type.
        return (first & 0xC0) == 0x40 ? BlockType.Of(ReadValueType()) : BlockType.OfIndex((int)ReadS64());
    }

    /// <summary>Reads a value type.</summary>
    public ValueType ReadValueType()
    {
        var code = _code[_position++];
        return (ValueKind)code switch
        {
            ValueKind.I32 => ValueType.I32,
            ValueKind.I64 => ValueType.I64,
            ValueKind.F32 => ValueType.F32,
            ValueKind.F64 => ValueType.F64,
            ValueKind.V128 => ValueType.V128,
            ValueKind.Reference => ValueType.Reference(ReadHeapType(), nullable: false),
            ValueKind.NullableReference => ValueType.Reference(ReadHeapType(), nullable: true),
            _ => ValueType.Reference(new HeapType(code - 0x80), nullable: true),
        };
    }

    /// <summary>Reads a heap type.</summary>
    public HeapType ReadHeapType() => new((int)ReadS64());

    /// <summary>Moves over whatever follows an opcode.</summary>
    public void SkipImmediate(Immediate immediate)
    {
        switch (immediate)
        {
            case Immediate.None: break;
            case Immediate.BlockType: ReadBlockType(); break;
            case Immediate.BranchOnCast: Skip(1); ReadU32(); ReadHeapType(); ReadHeapType(); break;
            case Immediate.BranchTable: SkipNumbers(ReadU32() + 1); break;
            case Immediate.F32: Skip(4); break;
            case Immediate.F64: Skip(8); break;
            case Immediate.HeapType or Immediate.I32 or Immediate.I64: ReadS64(); break;
            case Immediate.Lane or Immediate.ZeroByte: Skip(1); break;
            case Immediate.MemoryArgument: ReadMemoryArgument(out _, out _, out _); break;
            case Immediate.MemoryArgumentAndLane: ReadMemoryArgument(out _, out _, out _); Skip(1); break;
            case Immediate.SelectTypes: SkipValueTypes(ReadU32()); break;
            case Immediate.Shuffle or Immediate.V128: Skip(16); break;
            case Immediate.TryTable: ReadBlockType(); SkipCatches(ReadU32()); break;
            case Immediate.CallIndirect or Immediate.DataAndMemory or Immediate.ElementAndTable
                or Immediate.MemoryAndMemory or Immediate.TableAndTable or Immediate.TypeAndCount
                or Immediate.TypeAndData or Immediate.TypeAndElement or Immediate.TypeAndField
                or Immediate.TypeAndType:
                SkipNumbers(2); break;
            default: SkipNumbers(1); break;
        }
    }

    private void SkipNumbers(uint count)
    {
        for (; count > 0; count--) ReadU64();
    }

    private void SkipValueTypes(uint count)
    {
        for (; count > 0; count--) ReadValueType();
    }

    private void SkipCatches(uint count)
    {
        for (; count > 0; count--) SkipNumbers(ReadByte() < 2 ? 2u : 1u);
    }
}
