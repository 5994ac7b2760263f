using Drydock.Cli.Shim.Protobuf;
using Drydock.Cli.Shim.Ttrpc;
using Drydock.Containers;
using Drydock.Containers.Native;
using Drydock.Containers.Tasks;

namespace Drydock.Cli.Shim;

/// <summary>
/// Hands events to containerd (<c>containerd.services.events.ttrpc.v1.Events</c>), each after the one before it has
/// been taken. While containerd is away they wait, the oldest giving way when there are very many.
/// </summary>
internal sealed class EventPublisher(EventLoop loop, string address, string @namespace)
{
    private const int MostWaiting = 4096;
    private const string Service = "containerd.services.events.ttrpc.v1.Events";
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1), Patience = TimeSpan.FromSeconds(5);

    private readonly Queue<byte[]> _waiting = [];
    private Client? _client;
    private bool _isRetrying;
    private Action? _whenEmpty;

    /// <summary>Hands an event on.</summary>
    /// <param name="topic">Its topic, as <c>/tasks/start</c>.</param>
    /// <param name="type">Its type, as <c>containerd.events.TaskStart</c>.</param>
    /// <param name="message">The event.</param>
    public void Publish(string topic, string type, ProtoWriter message)
    {
        if (address.Length == 0) return;
        ProtoWriter envelope = new ProtoWriter().Time(1, DateTime.UtcNow).Text(2, @namespace).Text(3, topic)
            .Any(4, type, message.Written);
        if (_waiting.Count == MostWaiting) _waiting.Dequeue();
        _waiting.Enqueue(new ProtoWriter().Message(1, envelope.Written).ToArray());
        Continue();
    }

    /// <summary>Calls <paramref name="action"/> when all events have been taken.</summary>
    public void WhenEmpty(Action action)
    {
        _whenEmpty = action;
        if (_waiting.Count == 0) action();
    }

    private void Continue()
    {
        if (_isRetrying || _waiting.Count == 0 || _client is { IsBusy: true }) return;
        _client ??= Connect();
        if (_client is null) RetryLater();
        else
            _client.Call(new(Service, "Forward", _waiting.Peek()), Patience,
                ("containerd-namespace-ttrpc", @namespace));
    }

    private Client? Connect()
    {
        try
        {
            return UnixSocket.TryConnect(address) is { } socket ? new(loop, socket, Taken, Lost) : null;
        }
        catch (ContainerException)
        {
            return null;
        }
    }

    private void RetryLater()
    {
        _isRetrying = true;
        loop.After(Pause, () =>
        {
            _isRetrying = false;
            Continue();
        });
    }

    /// <summary>An event that containerd refuses is not offered again: it would be in the way of the next.</summary>
    private void Taken()
    {
        _waiting.Dequeue();
        if (_waiting.Count == 0) _whenEmpty?.Invoke();
        Continue();
    }

    private void Lost()
    {
        _client = null;
        if (_waiting.Count > 0) RetryLater();
    }

    /// <summary>One call at a time.</summary>
    private sealed class Client(EventLoop loop, int descriptor, Action taken, Action lost) : Connection(loop,
        descriptor)
    {
        private readonly EventLoop _timers = loop;
        private readonly FrameReader _frames = new();
        private uint _stream = 1;

        public bool IsBusy { get; private set; }

        public void Call(Request request, TimeSpan timeout, (string, string) metadata)
        {
            IsBusy = true;
            uint stream = _stream;
            Send(request.ToFrame(stream, timeout, metadata));
            // A containerd that hangs is like one that is away.
            if (!IsClosed) _timers.After(timeout, () => GiveUp(stream));
        }

        protected override void Received(ReadOnlySpan<byte> bytes)
        {
            _frames.Append(bytes);
            while (!IsClosed && _frames.TryRead(out FrameHeader header, out _))
            {
                if (header.Kind != FrameKind.Response || header.Stream != _stream) continue;
                _stream += 2;
                IsBusy = false;
                taken();
            }
        }

        protected override void Ended() => lost();

        private void GiveUp(uint stream)
        {
            if (IsBusy && _stream == stream) Close();
        }
    }
}
