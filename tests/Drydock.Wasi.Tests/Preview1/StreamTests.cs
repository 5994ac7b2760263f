using System.Diagnostics;
using System.IO.Pipes;
using Drydock.Wasi.Preview1;

namespace Drydock.Wasi.Tests.Preview1;

/// <summary>Standard streams that are pipes, and waiting for them.</summary>
public sealed class StreamTests : IDisposable
{
    private const uint Subscriptions = 4096, Events = 32768;
    private readonly AnonymousPipeServerStream _input = new(PipeDirection.Out);
    private readonly AnonymousPipeServerStream _output = new(PipeDirection.In);
    private readonly Guest _guest;

    public StreamTests() => _guest = new Guest(new WasiOptions
    {
        StandardInput = int.Parse(_input.GetClientHandleAsString()),
        StandardOutput = int.Parse(_output.GetClientHandleAsString()),
        StandardError = -1,
    });

    public void Dispose()
    {
        _guest.Dispose();
        _input.Dispose();
        _output.Dispose();
    }

    [Fact]
    public void Streams_pass_bytes_through_at_once()
    {
        _input.Write("ping"u8);
        Assert.Equal((Errno.Success, "ping"), (_guest.Read(0, out var text), text));
        Assert.Equal(Errno.Success, _guest.Write(1, "pong"));
        var buffer = new byte[10];
        Assert.Equal(4, _output.Read(buffer));
        Assert.Equal("pong"u8.ToArray(), buffer[..4]);
    }

    [Fact]
    public void The_end_of_input_reads_as_nothing()
    {
        _input.Dispose();
        Assert.Equal((Errno.Success, ""), (_guest.Read(0, out var text), text));
    }

    [Fact]
    public void Writing_to_a_closed_pipe_is_an_error_and_no_signal()
    {
        _output.Dispose();
        Assert.Equal(Errno.Pipe, _guest.Write(1, "x"));
    }

    [Fact]
    public void Directions_are_rights()
    {
        Assert.Equal(Errno.NotCapable, _guest.Write(0, "x"));
        Assert.Equal(Errno.NotCapable, _guest.Read(1, out _));
        Assert.Equal(Errno.NotCapable, _guest.Functions.FdSeek(_guest.Memory, 1, 0, 0, 0));
        Assert.Equal(Errno.BadF, _guest.Write(2, "x"));
    }

    [Fact]
    public void Closing_a_stream_leaves_the_hosts_open()
    {
        Assert.Equal(Errno.Success, _guest.Functions.FdClose(0));
        Assert.Equal(Errno.BadF, _guest.Read(0, out _));
        Assert.True(Drydock.Wasi.Host.Files.GetFlags(int.Parse(_input.GetClientHandleAsString())) >= 0);
    }

    [Fact]
    public void Non_blocking_is_the_guests_alone()
    {
        Assert.Equal(Errno.Success, _guest.Functions.FdFdstatSetFlags(0, (uint)FdFlags.NonBlock));
        Assert.Equal(Errno.Again, _guest.Read(0, out _));
        var hostFlags = Drydock.Wasi.Host.Files.GetFlags(int.Parse(_input.GetClientHandleAsString()));
        Assert.Equal(0, hostFlags & Drydock.Wasi.Host.Libc.NonBlock);
        _input.WriteByte((byte)'x');
        Assert.Equal((Errno.Success, "x"), (_guest.Read(0, out var text), text));
    }

    private void SubscribeClock(uint index, uint clock, ulong timeout, ushort flags = 0)
    {
        var at = Subscribe(index, EventType.Clock);
        _guest.Put(at + 16, clock);
        _guest.Put(at + 24, timeout);
        _guest.Put(at + 40, (uint)flags);
    }

    private uint Subscribe(uint index, EventType type, uint fd = 0)
    {
        var at = Subscriptions + index * 48;
        _guest.Bytes.Slice((int)at, 48).Clear();
        _guest.Put(at, 1000ul + index);
        _guest.Bytes[(int)at + 8] = (byte)type;
        _guest.Put(at + 16, fd);
        return at;
    }

    private Errno Poll(uint count) =>
        _guest.Functions.PollOneoff(_guest.Memory, Subscriptions, Events, count, Guest.Result);

    private (ulong User, Errno Error, EventType Type, ulong Bytes, ushort Flags) Event(uint index)
    {
        var at = Events + index * 32;
        return (_guest.U64(at), (Errno)_guest.U16(at + 8), (EventType)_guest.Bytes[(int)at + 10], _guest.U64(at + 16),
            _guest.U16(at + 24));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    public void A_clock_waits_at_least_its_time(uint clock)
    {
        SubscribeClock(0, clock, 30_000_000);
        SubscribeClock(1, clock, 3_600_000_000_000);
        var start = Stopwatch.GetTimestamp();
        Assert.Equal(Errno.Success, Poll(2));
        Assert.True(Stopwatch.GetElapsedTime(start) >= TimeSpan.FromMilliseconds(30));
        Assert.Equal(1u, _guest.U32(Guest.Result));
        Assert.Equal((1000ul, Errno.Success, EventType.Clock, 0ul, (ushort)0), Event(0));
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(1u)]
    public void An_absolute_time_in_the_past_has_come(uint clock)
    {
        SubscribeClock(0, clock, 1, flags: 1);
        Assert.Equal(Errno.Success, Poll(1));
        Assert.Equal(1u, _guest.U32(Guest.Result));
    }

    [Fact]
    public void An_absolute_time_in_the_future_is_waited_for()
    {
        var wanted = Drydock.Wasi.Host.Clocks.Now(1) + 30_000_000;
        SubscribeClock(0, 1, wanted, flags: 1);
        Assert.Equal(Errno.Success, Poll(1));
        Assert.True(Drydock.Wasi.Host.Clocks.Now(1) >= wanted);
        Assert.Equal(1u, _guest.U32(Guest.Result));
    }

    [Fact]
    public void Input_that_has_come_is_told_with_its_size()
    {
        _input.Write("four"u8);
        SubscribeClock(0, 1, 10_000_000_000);
        Subscribe(1, EventType.FdRead, 0);
        Subscribe(2, EventType.FdWrite, 1);
        Assert.Equal(Errno.Success, Poll(3));
        Assert.Equal(2u, _guest.U32(Guest.Result));
        Assert.Equal((1001ul, Errno.Success, EventType.FdRead, 4ul, (ushort)0), Event(0));
        Assert.Equal((1002ul, Errno.Success, EventType.FdWrite, 0ul, (ushort)0), Event(1));
    }

    [Fact]
    public void Input_that_comes_later_ends_the_wait()
    {
        Subscribe(0, EventType.FdRead, 0);
        using var timer = new Timer(_ => _input.WriteByte(1), null, 30, Timeout.Infinite);
        Assert.Equal(Errno.Success, Poll(1));
        Assert.Equal((1000ul, Errno.Success, EventType.FdRead, 1ul, (ushort)0), Event(0));
    }

    [Fact]
    public void The_end_of_input_is_a_hang_up()
    {
        _input.Dispose();
        Subscribe(0, EventType.FdRead, 0);
        Assert.Equal(Errno.Success, Poll(1));
        Assert.Equal((1000ul, Errno.Success, EventType.FdRead, 0ul, (ushort)1), Event(0));
    }

    [Fact]
    public void What_cannot_be_waited_for_is_an_event_with_an_error()
    {
        Subscribe(0, EventType.FdRead, 77);
        Subscribe(1, EventType.FdWrite, 0);
        SubscribeClock(2, 2, 1);
        SubscribeClock(3, 9, 1);
        Assert.Equal(Errno.Success, Poll(4));
        Assert.Equal(4u, _guest.U32(Guest.Result));
        Assert.Equal([Errno.BadF, Errno.NotCapable, Errno.NotSup, Errno.Inval],
            Enumerable.Range(0, 4).Select(index => Event((uint)index).Error));
    }

    [Fact]
    public void Malformed_subscriptions_are_refused()
    {
        Assert.Equal(Errno.Inval, Poll(0));
        Assert.Equal(Errno.Inval, Poll(uint.MaxValue));
        Assert.Equal(Errno.Fault, Poll(60000));
        Subscribe(0, (EventType)3);
        Assert.Equal(Errno.Inval, Poll(1));
        Subscribe(0, EventType.FdRead);
        Assert.Equal(Errno.Fault,
            _guest.Functions.PollOneoff(_guest.Memory, Subscriptions, Guest.OutOfBounds, 1, Guest.Result));
    }

    [Fact]
    public void The_older_snapshot_has_wider_clocks()
    {
        using var guest = new Guest(snapshot: Snapshot.Unstable);
        guest.Put(Subscriptions, 5ul);
        guest.Put(Subscriptions + 24, 1u);
        guest.Put(Subscriptions + 32, 1_000_000ul);
        Assert.Equal(Errno.Success, guest.Functions.PollOneoff(guest.Memory, Subscriptions, Events, 1, Guest.Result));
        Assert.Equal((1u, 5ul, 0), (guest.U32(Guest.Result), guest.U64(Events), guest.U16(Events + 8)));
    }
}
