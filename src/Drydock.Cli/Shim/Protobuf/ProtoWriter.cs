using System.Text;

namespace Drydock.Cli.Shim.Protobuf;

/// <summary>Writes a message. What has the default value of its type is left out, as proto3 wants.</summary>
internal sealed class ProtoWriter
{
    private const int Varint = 0, Delimited = 2;
    private const int LongestVarint = 10;

    private byte[] _buffer = new byte[64];
    private int _length;

    /// <summary>What was written.</summary>
    public ReadOnlySpan<byte> Written => _buffer.AsSpan(0, _length);

    /// <summary>A copy of what was written.</summary>
    public byte[] ToArray() => Written.ToArray();

    /// <summary>Writes a number.</summary>
    public ProtoWriter Number(int field, ulong value)
    {
        if (value == 0) return this;
        WriteTag(field, Varint);
        WriteVarint(value);
        return this;
    }

    /// <summary>Writes a truth value.</summary>
    public ProtoWriter Flag(int field, bool value) => Number(field, value ? 1u : 0);

    /// <summary>Writes text.</summary>
    public ProtoWriter Text(int field, string value)
    {
        if (value.Length == 0) return this;
        int size = Encoding.UTF8.GetByteCount(value);
        WriteTag(field, Delimited);
        WriteVarint((ulong)size);
        Encoding.UTF8.GetBytes(value, Take(size));
        return this;
    }

    /// <summary>Writes bytes.</summary>
    public ProtoWriter Bytes(int field, ReadOnlySpan<byte> value) => value.IsEmpty ? this : Message(field, value);

    /// <summary>Writes another message, which is there even if it has no fields.</summary>
    public ProtoWriter Message(int field, ReadOnlySpan<byte> message)
    {
        WriteTag(field, Delimited);
        WriteVarint((ulong)message.Length);
        message.CopyTo(Take(message.Length));
        return this;
    }

    /// <summary>Writes a <c>google.protobuf.Timestamp</c>.</summary>
    public ProtoWriter Time(int field, DateTime time)
    {
        long ticks = (time - DateTime.UnixEpoch).Ticks;
        var message = new ProtoWriter();
        message.Number(1, (ulong)(ticks / TimeSpan.TicksPerSecond));
        message.Number(2, (ulong)(ticks % TimeSpan.TicksPerSecond * TimeSpan.NanosecondsPerTick));
        return Message(field, message.Written);
    }

    /// <summary>Writes a <c>google.protobuf.Any</c>.</summary>
    public ProtoWriter Any(int field, string type, ReadOnlySpan<byte> value) =>
        Message(field, new ProtoWriter().Text(1, type).Bytes(2, value).Written);

    private void WriteTag(int field, int kind) => WriteVarint(((ulong)field << 3) | (uint)kind);

    private void WriteVarint(ulong value)
    {
        Span<byte> bytes = stackalloc byte[LongestVarint];
        int count = 0;
        for (; value >= 0x80; value >>= 7) bytes[count++] = (byte)(value | 0x80);
        bytes[count++] = (byte)value;
        bytes[..count].CopyTo(Take(count));
    }

    private Span<byte> Take(int size)
    {
        if (_buffer.Length - _length < size) Array.Resize(ref _buffer, Math.Max(_buffer.Length * 2, _length + size));
        _length += size;
        return _buffer.AsSpan(_length - size, size);
    }
}
