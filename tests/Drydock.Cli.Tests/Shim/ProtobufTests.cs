using System.Text;
using Drydock.Cli.Shim.Protobuf;

namespace Drydock.Cli.Tests.Shim;

public class ProtobufTests
{
    [Fact]
    public void Numbers_and_text_are_read_as_they_were_written()
    {
        byte[] message = new ProtoWriter().Number(1, 150).Text(2, "testing").Number(3, ulong.MaxValue).Flag(4, true)
            .ToArray();
        Assert.Equal("089601120774657374696E6718FFFFFFFFFFFFFFFFFF012001", Convert.ToHexString(message));
        var reader = new ProtoReader(message);
        Assert.True(reader.Next());
        Assert.Equal((1, 150ul), (reader.Field, reader.Number));
        Assert.True(reader.Next());
        Assert.Equal((2, "testing"), (reader.Field, reader.Text));
        Assert.True(reader.Next());
        Assert.Equal(ulong.MaxValue, reader.Number);
        Assert.True(reader.Next());
        Assert.False(reader.Next());
    }

    [Fact]
    public void Defaults_are_left_out_but_an_empty_message_is_there() =>
        Assert.Equal("1A00", Convert.ToHexString(new ProtoWriter().Number(1, 0).Text(2, "").Message(3, []).Bytes(4,
            []).ToArray()));

    [Fact]
    public void A_time_has_seconds_and_nanoseconds()
    {
        DateTime time = DateTime.UnixEpoch.AddSeconds(5).AddTicks(7);
        Assert.Equal("0A05080510BC05", Convert.ToHexString(new ProtoWriter().Time(1, time).ToArray()));
    }

    [Fact]
    public void A_long_message_is_kept_whole()
    {
        string text = new('x', 100_000);
        byte[] message = new ProtoWriter().Message(7, new ProtoWriter().Text(1, text).Written).ToArray();
        var outer = new ProtoReader(message);
        Assert.True(outer.Next());
        var inner = new ProtoReader(outer.Bytes);
        Assert.True(inner.Next());
        Assert.Equal(text, inner.Text);
    }

    [Theory]
    [InlineData("08")]                       // a number that does not come
    [InlineData("0880")]                     // that does not end
    [InlineData("08FFFFFFFFFFFFFFFFFFFF01")] // that is too long
    [InlineData("12057465")]                 // text that is shorter than said
    [InlineData("12FFFFFFFFFFFFFFFFFF01")]   // longer than memory
    [InlineData("0001")]                     // no field has the number 0
    [InlineData("0B0C")]                     // groups
    [InlineData("0F")]
    [InlineData("0900")]                     // eight bytes of which one is there
    [InlineData("0D000000")]
    public void What_is_no_message_is_refused(string hex) =>
        Assert.Throws<ProtobufException>(() => ReadAll(Convert.FromHexString(hex)));

    [Theory]
    [InlineData("0801", false)]     // a number where bytes are wanted
    [InlineData("0A01FF", true)]    // text that is none
    public void A_value_of_another_kind_is_refused(string hex, bool asText) => Assert.Throws<ProtobufException>(() =>
    {
        var reader = new ProtoReader(Convert.FromHexString(hex));
        reader.Next();
        return asText ? reader.Text : Encoding.UTF8.GetString(reader.Bytes);
    });

    [Fact]
    public void Random_bytes_are_read_or_refused()
    {
        var random = new Random(1);
        var bytes = new byte[64];
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            random.NextBytes(bytes);
            try
            {
                ReadAll(bytes.AsSpan(0, random.Next(bytes.Length)));
            }
            catch (ProtobufException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 10_000, 19_999);
    }

    private static int ReadAll(ReadOnlySpan<byte> message)
    {
        int fields = 0;
        for (var reader = new ProtoReader(message); reader.Next();) fields++;
        return fields;
    }
}
