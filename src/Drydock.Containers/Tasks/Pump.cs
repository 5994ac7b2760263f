using System.Runtime.InteropServices;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>
/// Carries bytes from one descriptor to another as they come, at the pace of the slower one. It owns both, and closes
/// them when the first has ended. A buffer is kept only while bytes wait in it.
/// </summary>
internal sealed unsafe class Pump : IReadyHandler, IDisposable
{
    private const int Size = 4096, SplicedAtOnce = 1 << 16;
    private static readonly byte[] Scratch = new byte[Size];

    private readonly EventLoop _loop;
    private readonly int _from, _to;
    private byte[] _waiting = [];
    private bool _isClosed, _isFull, _canSplice = true;

    /// <param name="loop">The loop that runs it.</param>
    /// <param name="from">What is read; must not block.</param>
    /// <param name="to">What is written; must not block.</param>
    public Pump(EventLoop loop, int from, int to)
    {
        (_loop, _from, _to) = (loop, from, to);
        loop.AddReader(from, this);
    }

    /// <inheritdoc/>
    public void OnReady()
    {
        if (!(_waiting.Length > 0 ? Flush() : _canSplice ? Splice() : Carry())) Dispose();
    }

    /// <summary>Carries what is there already, without waiting for more, and closes both ends.</summary>
    public void Finish()
    {
        while (!_isClosed && _waiting.Length == 0 && Available() > 0 && Carry())
        {
        }
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_isClosed) return;
        _isClosed = true;
        _loop.Remove(_from);
        _loop.Remove(_to);
        _ = Kernel.Close(_from);
        _ = Kernel.Close(_to);
    }

    private nint Available()
    {
        const nuint BytesToRead = 0x541b;
        int count;
        return Kernel.Control(_from, BytesToRead, &count) == 0 ? count : 0;
    }

    /// <summary>
    /// Lets the kernel move the bytes; false at the end. It does not say which side is not ready, so each is waited for
    /// in turn.
    /// </summary>
    private bool Splice()
    {
        const uint WithoutBlocking = 2;
        nint count = Kernel.Splice(_from, null, _to, null, SplicedAtOnce, WithoutBlocking);
        if (count < 0 && Marshal.GetLastPInvokeError() == Kernel.InvalidArgument)
        {
            _canSplice = false;
            return Carry();
        }
        if (count < 0 && Marshal.GetLastPInvokeError() is not (Kernel.TryAgain or Kernel.Interrupted)) return false;
        if (_isFull != (count < 0 && !_isFull)) WaitForOtherSide();
        return count != 0;
    }

    private void WaitForOtherSide()
    {
        _isFull = !_isFull;
        _loop.Remove(_isFull ? _from : _to);
        if (_isFull) _loop.AddWriter(_to, this);
        else _loop.AddReader(_from, this);
    }

    /// <summary>One piece; false at the end.</summary>
    private bool Carry()
    {
        fixed (byte* buffer = Scratch)
        {
            nint count = Kernel.Read(_from, buffer, Size);
            if (count < 0) return Marshal.GetLastPInvokeError() is Kernel.TryAgain or Kernel.Interrupted;
            if (count == 0) return false;
            nint written = Write(buffer, count);
            if (written < 0) return false;
            if (written < count) Wait(Scratch.AsSpan((int)written, (int)(count - written)));
            return true;
        }
    }

    private bool Flush()
    {
        fixed (byte* bytes = _waiting)
        {
            nint written = Write(bytes, _waiting.Length);
            if (written < 0) return false;
            _waiting = _waiting[(int)written..];
        }
        if (_waiting.Length > 0) return true;
        _loop.Remove(_to);
        _loop.AddReader(_from, this);
        return true;
    }

    private void Wait(ReadOnlySpan<byte> rest)
    {
        _waiting = rest.ToArray();
        _loop.Remove(_from);
        _loop.AddWriter(_to, this);
    }

    /// <summary>How much could be written; -1 where nothing ever will.</summary>
    private nint Write(byte* bytes, nint count)
    {
        nint written = Kernel.Write(_to, bytes, count);
        return written >= 0 ? written : Marshal.GetLastPInvokeError() is Kernel.TryAgain or Kernel.Interrupted ? 0 : -1;
    }
}
