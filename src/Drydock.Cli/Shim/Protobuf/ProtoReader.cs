using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Unicode;

namespace Drydock.Cli.Shim.Protobuf;

/// <summary>
/// Reads the fields of one message in the order they come (protobuf.dev, "Encoding"). A field that the caller does not
/// ask for is passed over; a value is checked against the bytes that are left before it is believed.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    private const int Varint = 0, Fixed64 = 1, Delimited = 2, Fixed32 = 5, None = -1;
    private const int LastShift = 63;

    private ReadOnlySpan<byte> _rest = message;
    private ReadOnlySpan<byte> _bytes;
    private ulong _number;
    private int _kind = None;

    /// <summary>Number of the field that was read last.</summary>
    public int Field { get; private set; }

    /// <summary>The field's value, of a field that holds a number or a truth value.</summary>
    public readonly ulong Number => _kind is Varint or Fixed64 or Fixed32 ? _number : Fail<ulong>("a number");

    /// <summary>The field's value, of a field that holds bytes or another message.</summary>
    public readonly ReadOnlySpan<byte> Bytes
    {
        get
        {
            if (_kind != Delimited) Fail<int>("bytes");
            return _bytes;
        }
    }

    /// <summary>The field's value, of a field that holds text.</summary>
    public readonly string Text => Utf8.IsValid(Bytes) ? Encoding.UTF8.GetString(Bytes) : Fail<string>("text");

    /// <summary>Reads the next field; false at the end of the message.</summary>
    /// <exception cref="ProtobufException">The bytes are no message.</exception>
    public bool Next()
    {
        if (_rest.IsEmpty) return false;
        ulong tag = ReadVarint();
        if (tag >> 3 is 0 or > (1 << 29) - 1) throw new ProtobufException("a field has no number");
        Field = (int)(tag >> 3);
        _kind = (int)(tag & 7);
        switch (_kind)
        {
            case Varint: _number = ReadVarint(); break;
            case Fixed64: _number = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong))); break;
            case Fixed32: _number = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint))); break;
            case Delimited: _bytes = Take(ReadVarint()); break;
            default: throw new ProtobufException($"field {Field} is of an unknown kind");
        }
        return true;
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift <= LastShift; shift += 7)
        {
            byte part = Take(1)[0];
            value |= (ulong)(part & 0x7f) << shift;
            if (part < 0x80) return value;
        }
        throw new ProtobufException("a number has more than ten bytes");
    }

    private ReadOnlySpan<byte> Take(ulong count)
    {
        if (count > (ulong)_rest.Length) throw new ProtobufException("the message ends early");
        ReadOnlySpan<byte> taken = _rest[..(int)count];
        _rest = _rest[(int)count..];
        return taken;
    }

    [DoesNotReturn]
    private readonly T Fail<T>(string wanted) => throw new ProtobufException($"field {Field} does not hold {wanted}");
}
