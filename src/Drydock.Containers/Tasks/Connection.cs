using System.Runtime.InteropServices;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>
/// A connection on a loop: what comes is handed on, what is sent waits in a queue while the other side does not read.
/// </summary>
public abstract unsafe class Connection : IReadyHandler
{
    private const int Piece = 8192;
    /// <summary>Who lets more than this pile up is not reading.</summary>
    private const int MostWaiting = 16 << 20;
    private static readonly byte[] Scratch = new byte[Piece];

    private readonly EventLoop _loop;
    private readonly int _descriptor;
    private readonly Queue<byte[]> _waiting = [];
    private int _sent, _waitingBytes;

    /// <param name="loop">The loop that runs it.</param>
    /// <param name="descriptor">The connection, which must not block.</param>
    protected Connection(EventLoop loop, int descriptor)
    {
        (_loop, _descriptor) = (loop, descriptor);
        loop.AddReader(descriptor, this);
    }

    /// <summary>Whether it has ended.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Takes bytes that have come.</summary>
    protected abstract void Received(ReadOnlySpan<byte> bytes);

    /// <summary>Hears, once, that the connection has ended.</summary>
    protected abstract void Ended();

    /// <summary>Sends bytes.</summary>
    public void Send(byte[] bytes)
    {
        if (IsClosed) return;
        _waiting.Enqueue(bytes);
        _waitingBytes += bytes.Length;
        if (_waiting.Count == 1) Write();
        if (_waitingBytes > MostWaiting) Close();
    }

    /// <inheritdoc/>
    public void OnReady()
    {
        if (_waiting.Count > 0) Write();
        Read();
    }

    /// <summary>Ends the connection.</summary>
    public void Close()
    {
        if (IsClosed) return;
        IsClosed = true;
        _loop.Remove(_descriptor);
        _ = Kernel.Close(_descriptor);
        Ended();
    }

    private void Read()
    {
        while (!IsClosed)
        {
            nint count;
            fixed (byte* buffer = Scratch) count = Kernel.Read(_descriptor, buffer, Piece);
            if (count < 0 && Marshal.GetLastPInvokeError() is Kernel.TryAgain or Kernel.Interrupted) return;
            if (count <= 0) Close();
            else Received(Scratch.AsSpan(0, (int)count));
            if (count < Piece) return;
        }
    }

    private void Write()
    {
        while (!IsClosed && _waiting.TryPeek(out byte[]? bytes))
        {
            nint count;
            fixed (byte* start = bytes) count = Kernel.Write(_descriptor, start + _sent, bytes.Length - _sent);
            if (count < 0)
            {
                if (Marshal.GetLastPInvokeError() is Kernel.TryAgain or Kernel.Interrupted)
                    _loop.AwaitWriting(_descriptor, true);
                else Close();
                return;
            }
            _sent += (int)count;
            if (_sent < bytes.Length) continue;
            _waiting.Dequeue();
            _waitingBytes -= bytes.Length;
            _sent = 0;
        }
        if (!IsClosed) _loop.AwaitWriting(_descriptor, false);
    }
}
