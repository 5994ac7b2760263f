using Drydock.Cli.Shim.Protobuf;
using Drydock.Cli.Shim.Ttrpc;

namespace Drydock.Cli.Tests.Shim;

public class FrameTests
{
    [Fact]
    public void A_call_is_framed_as_containerd_frames_it()
    {
        byte[] frame = new Request("s", "m", [9]).ToFrame(3, TimeSpan.FromSeconds(5), ("k", "v"));
        Assert.Equal("00000017" + "00000003" + "01" + "00", Convert.ToHexString(frame.AsSpan(0, FrameHeader.Size)));
        Assert.Equal("0A0173" + "12016D" + "1A0109" + "2080E497D012" + "2A060A016B120176",
            Convert.ToHexString(frame.AsSpan(FrameHeader.Size)));
    }

    [Fact]
    public void A_call_is_read_as_it_was_written()
    {
        byte[] frame = new Request("containerd.task.v2.Task", "Create", [1, 2, 3]).ToFrame(1, default, ("a", "b"));
        Request request = Request.Read(frame.AsSpan(FrameHeader.Size));
        Assert.Equal(("containerd.task.v2.Task", "Create"), (request.Service, request.Method));
        Assert.Equal([1, 2, 3], request.Payload);
    }

    [Fact]
    public void Answers_say_what_went_wrong()
    {
        byte[] failure = Response.Failure(5, StatusCode.NotFound, "no container"),
            success = Response.Success(5, [8, 1]);
        Assert.Equal("no container", Response.ReadError(failure.AsSpan(FrameHeader.Size)));
        Assert.Null(Response.ReadError(success.AsSpan(FrameHeader.Size)));
        Assert.Equal("0A10" + "0805" + "120C6E6F20636F6E7461696E6572",
            Convert.ToHexString(failure.AsSpan(FrameHeader.Size)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(1000)]
    public void Frames_come_in_pieces_of_any_size(int piece)
    {
        byte[] bytes = [.. Response.Success(1, new byte[2000]), .. Response.Success(3, []),
            .. Response.Success(5, new byte[70_000])];
        Assert.Equal([(1u, 2003), (3u, 0), (5u, 70_004)], Read(new FrameReader(), bytes, piece));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(1 << 20)]
    public void A_message_that_is_too_tooLongis_passed_over(int piece)
    {
        var tooLong = new byte[FrameHeader.Size + FrameHeader.MaxLength + 1];
        new FrameHeader(FrameHeader.MaxLength + 1, 7, FrameKind.Request, 0).Write(tooLong);
        Assert.Equal([(7u, 0), (9u, 3)], Read(new FrameReader(), [.. tooLong, .. Response.Success(9, [1])], piece));
    }

    [Fact]
    public void A_header_alone_takes_no_memory()
    {
        var readers = new FrameReader[100];
        var header = new byte[FrameHeader.Size];
        new FrameHeader(FrameHeader.MaxLength, 1, FrameKind.Request, 0).Write(header);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < readers.Length; i++) (readers[i] = new()).Append(header);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 1 << 20);
    }

    [Fact]
    public void A_call_that_is_none_is_refused() =>
        Assert.Throws<ProtobufException>(() => Request.Read([0x0a, 0x7f, 1]));

    private static List<(uint, int)> Read(FrameReader reader, byte[] bytes, int piece)
    {
        var frames = new List<(uint, int)>();
        for (int at = 0; at < bytes.Length; at += piece)
        {
            reader.Append(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));
            while (reader.TryRead(out FrameHeader header, out ReadOnlySpan<byte> message))
                frames.Add((header.Stream, message.Length));
        }
        return frames;
    }
}
