using System.Buffers;

namespace Drydock.Runtime.Snapshots;

/// <summary>Bytes of a binary that is being written (spec: 5.2).</summary>
internal sealed class BinaryOutput
{
    private readonly ArrayBufferWriter<byte> _bytes = new();

    public ReadOnlySpan<byte> Span => _bytes.WrittenSpan;

    public void Byte(int value) => Raw([(byte)value]);
    public void Raw(ReadOnlySpan<byte> bytes) => _bytes.Write(bytes);

    public void Unsigned(ulong value)
    {
        for (; value >= 0x80; value >>= 7) Byte((int)value | 0x80);
        Byte((int)value);
    }

    public void Signed(long value)
    {
        for (; value is < -64 or > 63; value >>= 7) Byte((int)value | 0x80);
        Byte((int)value & 0x7F);
    }

    /// <summary>A length and bytes.</summary>
    public void Sized(ReadOnlySpan<byte> bytes)
    {
        Unsigned((ulong)bytes.Length);
        Raw(bytes);
    }

    public void Section(byte id, BinaryOutput content)
    {
        Byte(id);
        Sized(content.Span);
    }
}
