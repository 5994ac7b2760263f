using Drydock.Cli.Shim.Protobuf;

namespace Drydock.Cli.Shim.Ttrpc;

/// <summary>A call (containerd/ttrpc, request.proto).</summary>
/// <param name="Service">Full name of the service.</param>
/// <param name="Method">Name of the method.</param>
/// <param name="Payload">The method's own message.</param>
internal sealed record Request(string Service, string Method, byte[] Payload)
{
    /// <summary>Reads a call.</summary>
    /// <exception cref="ProtobufException">The bytes are none.</exception>
    public static Request Read(ReadOnlySpan<byte> message)
    {
        string service = "", method = "";
        byte[] payload = [];
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) service = reader.Text;
            else if (reader.Field == 2) method = reader.Text;
            else if (reader.Field == 3) payload = reader.Bytes.ToArray();
        }
        return new(service, method, payload);
    }

    /// <summary>The frame of this call.</summary>
    /// <param name="stream">The call's number, odd.</param>
    /// <param name="timeout">After which the caller does not wait any longer.</param>
    /// <param name="metadata">A name and a value that go with the call.</param>
    public byte[] ToFrame(uint stream, TimeSpan timeout, (string Name, string Value) metadata) => Frames.Write(
        stream, FrameKind.Request, new ProtoWriter().Text(1, Service).Text(2, Method).Bytes(3, Payload)
            .Number(4, (ulong)timeout.Ticks * TimeSpan.NanosecondsPerTick)
            .Message(5, new ProtoWriter().Text(1, metadata.Name).Text(2, metadata.Value).Written));
}

/// <summary>Codes of answers, as gRPC numbers them.</summary>
internal enum StatusCode
{
    Ok = 0,
    Unknown = 2,
    InvalidArgument = 3,
    NotFound = 5,
    AlreadyExists = 6,
    ResourceExhausted = 8,
    FailedPrecondition = 9,
    Unimplemented = 12,
    Internal = 13,
    Unavailable = 14,
}

/// <summary>An answer.</summary>
internal static class Response
{
    /// <summary>The frame of an answer without an error.</summary>
    public static byte[] Success(uint stream, ReadOnlySpan<byte> payload) =>
        Frames.Write(stream, FrameKind.Response, new ProtoWriter().Bytes(2, payload));

    /// <summary>The frame of an answer that is an error.</summary>
    public static byte[] Failure(uint stream, StatusCode code, string message) => Frames.Write(
        stream, FrameKind.Response, new ProtoWriter()
            .Message(1, new ProtoWriter().Number(1, (ulong)code).Text(2, message).Written));

    /// <summary>Reads the error of an answer; null where it has none.</summary>
    /// <exception cref="ProtobufException">The bytes are no answer.</exception>
    public static string? ReadError(ReadOnlySpan<byte> message)
    {
        var reader = new ProtoReader(message);
        while (reader.Next())
            if (reader.Field == 1) return ReadStatus(reader.Bytes);
        return null;
    }

    private static string? ReadStatus(ReadOnlySpan<byte> message)
    {
        (ulong code, string text) = (0, "");
        var reader = new ProtoReader(message);
        while (reader.Next())
        {
            if (reader.Field == 1) code = reader.Number;
            else if (reader.Field == 2) text = reader.Text;
        }
        return code == 0 ? null : text;
    }
}

/// <summary>Header and message in one piece.</summary>
internal static class Frames
{
    public static byte[] Write(uint stream, FrameKind kind, ProtoWriter message)
    {
        ReadOnlySpan<byte> bytes = message.Written;
        var frame = new byte[FrameHeader.Size + bytes.Length];
        new FrameHeader((uint)bytes.Length, stream, kind, 0).Write(frame);
        bytes.CopyTo(frame.AsSpan(FrameHeader.Size));
        return frame;
    }
}
