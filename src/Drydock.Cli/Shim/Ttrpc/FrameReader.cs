namespace Drydock.Cli.Shim.Ttrpc;

/// <summary>
/// Puts frames together from bytes as they arrive. Memory grows with what has come, not with what a header promises,
/// and a message that is too long is passed over, so that the calls beside it go on.
/// </summary>
internal sealed class FrameReader
{
    private const int LeastCapacity = 512, KeptCapacity = 16 << 10;

    private byte[] _buffer = [];
    private int _start, _end;
    private uint _toDiscard;

    /// <summary>Takes bytes that have come.</summary>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        int discarded = (int)Math.Min(_toDiscard, (uint)bytes.Length);
        _toDiscard -= (uint)discarded;
        bytes = bytes[discarded..];
        MakeRoom(bytes.Length);
        bytes.CopyTo(_buffer.AsSpan(_end));
        _end += bytes.Length;
    }

    /// <summary>Takes the next frame that is complete.</summary>
    /// <param name="header">Its header.</param>
    /// <param name="message">Its message, valid until the next call; empty for one longer than allowed.</param>
    /// <returns>False where more bytes have to come first.</returns>
    public bool TryRead(out FrameHeader header, out ReadOnlySpan<byte> message)
    {
        header = default;
        message = default;
        ReadOnlySpan<byte> present = _buffer.AsSpan(_start, _end - _start);
        if (present.Length < FrameHeader.Size) return false;
        header = FrameHeader.Read(present);
        if (header.Length > FrameHeader.MaxLength) return Discard(header.Length);
        int size = FrameHeader.Size + (int)header.Length;
        if (present.Length < size) return false;
        message = present[FrameHeader.Size..size];
        _start += size;
        return true;
    }

    private bool Discard(uint length)
    {
        _start += FrameHeader.Size;
        uint present = Math.Min(length, (uint)(_end - _start));
        _start += (int)present;
        _toDiscard = length - present;
        return true;
    }

    private void MakeRoom(int size)
    {
        int used = _end - _start;
        if (_buffer.Length - _end >= size) return;
        bool isTooLarge = _buffer.Length > KeptCapacity && used + size <= KeptCapacity;
        byte[] target = used + size > _buffer.Length || isTooLarge
            ? new byte[Math.Max(LeastCapacity,
                Math.Max(used + size, isTooLarge ? 0 : Math.Min(_buffer.Length * 2, FrameHeader.MaxLength)))]
            : _buffer;
        _buffer.AsSpan(_start, used).CopyTo(target);
        (_buffer, _start, _end) = (target, 0, used);
    }
}
