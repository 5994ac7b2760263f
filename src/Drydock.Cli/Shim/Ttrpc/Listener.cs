using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers.Native;
using Drydock.Containers.Tasks;

namespace Drydock.Cli.Shim.Ttrpc;

/// <summary>Takes callers' connections.</summary>
internal sealed class Listener : IReadyHandler
{
    private readonly EventLoop _loop;
    private readonly int _socket;
    private readonly Func<Request, Task<ProtoWriter>> _service;

    public Listener(EventLoop loop, int socket, Func<Request, Task<ProtoWriter>> service)
    {
        (_loop, _socket, _service) = (loop, socket, service);
        loop.AddReader(socket, this);
    }

    public void OnReady()
    {
        while (UnixSocket.Accept(_socket) is { } connection) _ = new ServerConnection(_loop, connection, _service);
    }
}
