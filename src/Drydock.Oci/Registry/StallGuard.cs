namespace Drydock.Oci.Registry;

/// <summary>
/// Gives up on a peer that has stopped, or nearly: within each stretch of time some bytes must move. A fixed limit for
/// the whole would punish slow lines, and one for each read would let a peer drip for ever.
/// </summary>
internal sealed class StallGuard : IDisposable
{
    private readonly TransferLimits _limits;
    private readonly CancellationToken _outer;
    private readonly CancellationTokenSource _source;
    private long _windowStart = Environment.TickCount64;
    private long _windowBytes;

    public StallGuard(TransferLimits limits, CancellationToken outer)
    {
        (_limits, _outer) = (limits, outer);
        _source = CancellationTokenSource.CreateLinkedTokenSource(outer);
        _source.CancelAfter(limits.Stall);
    }

    /// <summary>Is cancelled when the peer stalls, or when the caller gives up.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Whether it was the peer that stalled.</summary>
    public bool HasStalled => _source.IsCancellationRequested && !_outer.IsCancellationRequested;

    /// <summary>Notes that bytes have moved.</summary>
    public void Advance(long bytes)
    {
        _windowBytes += bytes;
        if (_windowBytes < _limits.MinimumBytes)
            return;
        var now = Environment.TickCount64;
        // A timer is set a few times a second at most, however small the reads are.
        if (now - _windowStart < _limits.Stall.TotalMilliseconds / 16)
            return;
        (_windowStart, _windowBytes) = (now, 0);
        _source.CancelAfter(_limits.Stall);
    }

    /// <summary>Does a step under the guard; a stall becomes a <see cref="TimeoutException"/>.</summary>
    public async Task<T> RunAsync<T>(Task<T> step)
    {
        try
        {
            return await step.ConfigureAwait(false);
        }
        catch (OperationCanceledException e) when (HasStalled)
        {
            throw Stalled(e);
        }
    }

    /// <summary>Reads under the guard.</summary>
    public async ValueTask<int> ReadAsync(Stream stream, Memory<byte> buffer)
    {
        try
        {
            var read = await stream.ReadAsync(buffer, Token).ConfigureAwait(false);
            Advance(read);
            return read;
        }
        catch (OperationCanceledException e) when (HasStalled)
        {
            throw Stalled(e);
        }
    }

    public void Dispose() => _source.Dispose();

    private TimeoutException Stalled(Exception inner) =>
        new($"it sent next to nothing for {_limits.Stall.TotalSeconds:0.#} s", inner);
}
