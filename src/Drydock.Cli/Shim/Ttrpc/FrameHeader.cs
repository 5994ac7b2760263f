using System.Buffers.Binary;

namespace Drydock.Cli.Shim.Ttrpc;

/// <summary>
/// What comes before each message (containerd/ttrpc, PROTOCOL.md): ten bytes, numbers with the highest byte first.
/// </summary>
/// <param name="Length">Bytes of the message that follows.</param>
/// <param name="Stream">The call it belongs to; odd for calls of the client.</param>
/// <param name="Kind">What the message is.</param>
/// <param name="Flags">State of the stream; calls with one request and one answer need none.</param>
internal readonly record struct FrameHeader(uint Length, uint Stream, FrameKind Kind, byte Flags)
{
    /// <summary>Size of a header.</summary>
    public const int Size = 10;
    /// <summary>The largest message that either side may send.</summary>
    public const int MaxLength = 4 << 20;

    /// <summary>Reads a header from the first ten bytes.</summary>
    public static FrameHeader Read(ReadOnlySpan<byte> bytes) => new(
        BinaryPrimitives.ReadUInt32BigEndian(bytes), BinaryPrimitives.ReadUInt32BigEndian(bytes[4..]),
            (FrameKind)bytes[8], bytes[9]);

    /// <summary>Writes the header to the first ten bytes.</summary>
    public void Write(Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt32BigEndian(bytes, Length);
        BinaryPrimitives.WriteUInt32BigEndian(bytes[4..], Stream);
        bytes[8] = (byte)Kind;
        bytes[9] = Flags;
    }
}

/// <summary>What a message is.</summary>
internal enum FrameKind : byte
{
    Request = 1,
    Response = 2,
    Data = 3,
}
