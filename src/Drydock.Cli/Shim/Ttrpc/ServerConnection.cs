using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers;
using Drydock.Containers.Tasks;
using Drydock.Oci;

namespace Drydock.Cli.Shim.Ttrpc;

/// <summary>A caller's connection. Its calls are answered as they are done, in any order.</summary>
internal sealed class ServerConnection(EventLoop loop, int descriptor, Func<Request, Task<ProtoWriter>> service)
    : Connection(loop, descriptor)
{
    private readonly FrameReader _frames = new();

    protected override void Received(ReadOnlySpan<byte> bytes)
    {
        _frames.Append(bytes);
        while (!IsClosed && _frames.TryRead(out FrameHeader header, out ReadOnlySpan<byte> message))
            Handle(header, message);
    }

    protected override void Ended()
    {
        // What is being done goes on: the task does not depend on who asked.
    }

    private void Handle(FrameHeader header, ReadOnlySpan<byte> message)
    {
        if (header.Kind != FrameKind.Request) return;
        if (header.Length > FrameHeader.MaxLength)
        {
            Send(Response.Failure(header.Stream, StatusCode.ResourceExhausted,
                $"a message of {header.Length} bytes is longer than {FrameHeader.MaxLength}"));
            return;
        }
        try
        {
            _ = Answer(header.Stream, Request.Read(message));
        }
        catch (ProtobufException e)
        {
            Send(Response.Failure(header.Stream, StatusCode.InvalidArgument, $"cannot read the request: {e.Message}"));
        }
    }

    private async Task Answer(uint stream, Request request)
    {
        try
        {
            Send(Response.Success(stream, (await service(request)).Written));
        }
        catch (Exception e)
        {
            Send(Response.Failure(stream, CodeOf(e), Reason.OfUncaught(e)));
        }
    }

    private static StatusCode CodeOf(Exception e) => e switch
    {
        TaskException { Error: TaskError.InvalidArgument } or ProtobufException => StatusCode.InvalidArgument,
        TaskException { Error: TaskError.NotFound } => StatusCode.NotFound,
        TaskException { Error: TaskError.AlreadyExists } => StatusCode.AlreadyExists,
        TaskException { Error: TaskError.FailedPrecondition } => StatusCode.FailedPrecondition,
        TaskException { Error: TaskError.NotImplemented } => StatusCode.Unimplemented,
        TaskException or ContainerException => StatusCode.Unknown,
        _ => StatusCode.Internal,
    };
}
