using System.Buffers.Binary;
using System.Text;

namespace Drydock.Wasm.Text;

/// <summary>A growing run of bytes with the number formats of the binary format (spec: 5.2).</summary>
internal sealed class ModuleEmitter
{
    private byte[] _bytes = new byte[64];

    public int Length { get; private set; }
    public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, Length);

    public void Byte(int value) => Take(1)[0] = (byte)value;

    public void Bytes(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Take(bytes.Length));

    public void Unsigned(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Byte((int)(value & 0x7F) | 0x80);
        Byte((int)value);
    }

    public void Signed(long value)
    {
        for (; value is < -64 or > 63; value >>= 7) Byte((int)(value & 0x7F) | 0x80);
        Byte((int)(value & 0x7F));
    }

    public void Fixed32(uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Take(4), value);

    public void Fixed64(ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Take(8), value);

    /// <summary>A vector of bytes: the length, then the bytes.</summary>
    public void Vector(ReadOnlySpan<byte> bytes)
    {
        Unsigned((ulong)bytes.Length);
        Bytes(bytes);
    }

    public void Name(string name) => Vector(Encoding.UTF8.GetBytes(name));

    public void Instruction(Opcode opcode)
    {
        var prefix = (uint)opcode >> 16;
        if (prefix == 0)
        {
            Byte((int)opcode);
            return;
        }

        Byte((int)prefix);
        Unsigned((uint)opcode & 0xFFFF);
    }

    public void Type(ValueType type)
    {
        if (type.IsNullable && type.Heap.IsAbstract)
        {
            Heap(type.Heap);
            return;
        }

        Byte((int)type.Kind);
        if (type.IsReference) Heap(type.Heap);
    }

    public void Heap(HeapType heap) => Signed(heap.Code);

    public void Types(ReadOnlySpan<ValueType> types)
    {
        Unsigned((ulong)types.Length);
        foreach (var type in types) Type(type);
    }

    public void Limits(Limits limits, bool isShared, int pageSizeLog2 = 16)
    {
        var hasPageSize = pageSizeLog2 != 16;
        Byte((limits.Maximum is null ? 0 : 1) | (isShared ? 2 : 0) | (limits.Is64Bit ? 4 : 0) | (hasPageSize ? 8 : 0));
        Unsigned(limits.Minimum);
        if (limits.Maximum is { } maximum) Unsigned(maximum);
        if (hasPageSize) Unsigned((ulong)pageSizeLog2);
    }

    /// <summary>Drops everything from <paramref name="length"/> on.</summary>
    public void Truncate(int length) => Length = length;

    public byte[] ToArray() => Written.ToArray();

    private Span<byte> Take(int count)
    {
        var start = Length;
        Length = checked(start + count);
        if (Length > _bytes.Length)
            Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max(Length, _bytes.Length * 2L)));
        return _bytes.AsSpan(start, count);
    }
}
