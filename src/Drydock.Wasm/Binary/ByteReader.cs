using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Unicode;

namespace Drydock.Wasm.Binary;

/// <summary>
/// The cursor through which all untrusted bytes are read: it checks, then advances. Positions count from the start of
/// the binary whatever part of it the cursor is bounded to.
/// </summary>
internal ref struct ByteReader
{
    private readonly ReadOnlySpan<byte> _bytes;
    private readonly string? _section;
    private readonly int _function;
    private int _position;

    /// <summary>
    /// A cursor over <paramref name="bytes"/> from <paramref name="start"/> to <paramref name="end"/>.
    /// </summary>
    public ByteReader(ReadOnlySpan<byte> bytes, int start, int end, string? section, int function = -1)
    {
        _bytes = bytes[..end];
        _position = start;
        _section = section;
        _function = function;
    }

    public int Position
    {
        readonly get => _position;
        set => _position = value;
    }

    /// <summary>The bytes from the start of the binary to where the cursor is bounded.</summary>
    public readonly ReadOnlySpan<byte> Bytes => _bytes;
    public readonly int Remaining => _bytes.Length - _position;
    public readonly bool AtEnd => _position >= _bytes.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public byte ReadByte()
    {
        var position = _position;
        var bytes = _bytes;
        if ((uint)position >= (uint)bytes.Length) FailAtEnd();
        _position = position + 1;
        return bytes[position];
    }

    /// <summary>The byte <paramref name="ahead"/> of the next.</summary>
    public readonly byte PeekByte(int ahead = 0)
    {
        var position = _position + ahead;
        var bytes = _bytes;
        if ((uint)position >= (uint)bytes.Length) FailAtEnd();
        return bytes[position];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public uint ReadU32()
    {
        uint first = ReadByte();
        return first < 0x80 ? first : (uint)ReadUnsigned(first, 32);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ulong ReadU64()
    {
        uint first = ReadByte();
        return first < 0x80 ? first : ReadUnsigned(first, 64);
    }

    /// <summary>Reads an index; one that no index space can hold comes back as <see cref="int.MaxValue"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadIndex() => (int)Math.Min(ReadU32(), int.MaxValue);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int ReadS32()
    {
        var position = _position;
        var bytes = _bytes;
        if ((uint)position >= (uint)bytes.Length || bytes[position] >= 0x80) return (int)ReadSigned(32);
        _position = position + 1;
        return (sbyte)(bytes[position] << 1) >> 1;
    }

    /// <summary>Reads a number of 33 bits: a type index, or a negative code.</summary>
    public long ReadS33() => ReadSigned(33);

    public long ReadS64() => ReadSigned(64);

    private ulong ReadUnsigned(ulong first, int bits)
    {
        var value = first & 0x7F;
        for (var shift = 7; ; shift += 7)
        {
            ulong next = ReadByte();
            if (bits - shift < 7) CheckLastUnsigned((uint)next, bits - shift);
            value |= (next & 0x7F) << shift;
            if (next < 0x80) return value;
        }
    }

    private readonly void CheckLastUnsigned(uint last, int bitsLeft)
    {
        if (last >= 0x80) FailMalformed("integer representation too long");
        if (last >> bitsLeft != 0) FailMalformed("integer too large");
    }

    private long ReadSigned(int bits)
    {
        long value = 0;
        for (var shift = 0; ; shift += 7)
        {
            int next = ReadByte();
            if (bits - shift < 7) CheckLastSigned(next, bits - shift);
            value |= (long)(next & 0x7F) << shift;
            if (next < 0x80) return shift >= 57 ? value : value << (57 - shift) >> (57 - shift);
        }
    }

    private readonly void CheckLastSigned(int last, int bitsLeft)
    {
        if (last >= 0x80) FailMalformed("integer representation too long");
        // The bits beyond the number have to repeat its sign.
        var rest = (sbyte)(last << 1) >> bitsLeft;
        if (rest is not (0 or -1)) FailMalformed("integer too large");
    }

    /// <summary>Reads a count of items that take at least a byte each.</summary>
    public int ReadCount(int limit, string what)
    {
        var at = _position;
        var count = ReadU32();
        if (count > (uint)Remaining)
            FailMalformed($"unexpected end of section or function: {count} {what} in {Remaining} bytes");
        CheckLimit(count, limit, what, at);
        return (int)count;
    }

    /// <summary>Refuses what is beyond an implementation limit, and names the limit.</summary>
    public readonly void CheckLimit(long count, int limit, string what, int at)
    {
        if (count > limit) FailMalformed($"too many {what}: {count}, at most {limit} are supported", at);
    }

    /// <summary>Reads a length and the range of that many bytes.</summary>
    public ByteRange ReadSizedRange()
    {
        var length = ReadU32();
        if (length > (uint)Remaining) FailMalformed("length out of bounds");
        return TakeRange((int)length);
    }

    /// <summary>Moves over the next bytes and returns their range.</summary>
    public ByteRange TakeRange(int length)
    {
        if ((uint)length > (uint)Remaining) FailAtEnd();
        var range = new ByteRange(_position, length);
        _position += length;
        return range;
    }

    public readonly ReadOnlySpan<byte> BytesOf(ByteRange range) => _bytes.Slice(range.Offset, range.Length);

    /// <summary>Moves over a fixed number of bytes, such as the bits of a float.</summary>
    public void Skip(int count)
    {
        if (count > Remaining) FailAtEnd();
        _position += count;
    }

    /// <summary>Reads a name (spec: 5.2.4).</summary>
    public string ReadName()
    {
        var at = _position;
        var length = ReadU32();
        if (length > (uint)Remaining)
            FailMalformed(AtEnd ? "unexpected end of section or function" : "length out of bounds", at);
        var bytes = BytesOf(TakeRange((int)length));
        if (!Utf8.IsValid(bytes)) FailMalformed("malformed UTF-8 encoding", at);
        return Encoding.UTF8.GetString(bytes);
    }

    [DoesNotReturn]
    private readonly void FailAtEnd() => FailMalformed("unexpected end of section or function");

    [DoesNotReturn]
    public readonly void FailMalformed(string phrase) => FailMalformed(phrase, _position);

    [DoesNotReturn]
    public readonly void FailMalformed(string phrase, int offset) =>
        throw new WasmFormatException(WasmFormatErrorKind.Malformed, phrase, offset, _section, _function);

    [DoesNotReturn]
    public readonly void FailInvalid(string phrase, int offset) =>
        throw new WasmFormatException(WasmFormatErrorKind.Invalid, phrase, offset, _section, _function);
}
