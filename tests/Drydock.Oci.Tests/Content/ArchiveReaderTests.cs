using System.Formats.Tar;
using System.Text;

namespace Drydock.Oci.Tests;

public sealed class ArchiveReaderTests
{
    private static List<(string Name, ArchiveKind Kind, string Content)> Read(byte[] bytes)
    {
        List<(string, ArchiveKind, string)> entries = [];
        using var reader = new ArchiveReader(new MemoryStream(bytes));
        while (reader.Next() is { } entry)
        {
            using var content = new MemoryStream();
            entry.Content.CopyTo(content);
            entries.Add((entry.Name, entry.Kind, Encoding.UTF8.GetString(content.ToArray())));
        }
        return entries;
    }

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Reads_every_format(TarEntryFormat format)
    {
        var name = format is TarEntryFormat.Pax or TarEntryFormat.Gnu ? new string('d', 90) + "/" + new string('ü', 90)
            : "d/plain";
        using var stream = new MemoryStream();
        using (var tar = new TarWriter(stream, format, leaveOpen: true))
        {
            var type = format == TarEntryFormat.V7 ? TarEntryType.V7RegularFile : TarEntryType.RegularFile;
            TarEntry entry = format switch
            {
                TarEntryFormat.V7 => new V7TarEntry(type, name),
                TarEntryFormat.Ustar => new UstarTarEntry(type, name),
                TarEntryFormat.Pax => new PaxTarEntry(type, name),
                _ => new GnuTarEntry(type, name),
            };
            entry.DataStream = new MemoryStream("content"u8.ToArray());
            tar.WriteEntry(entry);
        }
        Assert.Equal([(name, ArchiveKind.File, "content")], Read(stream.ToArray()));
    }

    [Fact]
    public void A_pax_header_says_more_than_the_fields()
    {
        var bytes = new TarBytes().Pax("path=a/long/name", "size=3", "mtime=1.5", "SCHILY.xattr.user.x=y")
            .Entry("short", '0', "abc"u8.ToArray(), length: 0).Whole;
        Assert.Equal([("a/long/name", ArchiveKind.File, "abc")], Read(bytes));
    }

    [Fact]
    public void Large_numbers_come_in_binary()
    {
        var field = "\u0080\0\0\0\0\0\0\0\0\0\0\u0003";
        var bytes = new TarBytes().Entry("x", '0', "abc"u8.ToArray(), lengthField: "00000000000\0").Torn;
        Encoding.Latin1.GetBytes(field).CopyTo(bytes, 124);
        Assert.Contains("checksum", Assert.Throws<InvalidDataException>(() => Read(bytes)).Message);
        Encoding.ASCII.GetBytes("        ").CopyTo(bytes, 148);
        var sum = bytes.Take(512).Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(bytes, 148);
        Assert.Equal("abc", Assert.Single(Read(bytes)).Content);
    }

    [Theory]
    [InlineData("17777777777\0")] // 2 GiB and more
    [InlineData("00004000001\0")]
    public void A_header_that_claims_too_much_is_refused_before_it_is_believed(string length) =>
        Assert.Contains("at most", Assert.Throws<InvalidDataException>(
            () => Read(new TarBytes().Entry("x", 'x', [], lengthField: length).File("a").Whole)).Message);

    [Fact]
    public void Damage_is_told()
    {
        Assert.Contains("no tar archive",
            Assert.Throws<InvalidDataException>(() => Read(new byte[600].Select(_ => (byte)'a').ToArray())).Message);
        Assert.Throws<EndOfStreamException>(() => Read(new TarBytes().File("a").Torn[..100]));
        Assert.Contains("in the middle of a", Assert.Throws<EndOfStreamException>(() =>
            Read(new TarBytes().Entry("a", '0', [], length: 10L << 30).Torn)).Message);
        Assert.Contains("sparse", Assert.Throws<InvalidDataException>(() =>
            Read(new TarBytes().Entry("a", 'S', []).Whole)).Message);
        Assert.Contains("sparse", Assert.Throws<InvalidDataException>(() =>
            Read(new TarBytes().Pax("GNU.sparse.major=1").File("a").Whole)).Message);
        Assert.Contains("malformed", Assert.Throws<InvalidDataException>(() =>
            Read(new TarBytes().Entry("p", 'x', "99 path=x\n"u8.ToArray()).File("a").Whole)).Message);
        Assert.Contains("negative", Assert.Throws<InvalidDataException>(() =>
            Read(new TarBytes().Pax("size=-1").File("a").Whole)).Message);
        Assert.Contains("zero byte", Assert.Throws<InvalidDataException>(() =>
            Read(new TarBytes().Pax("path=a\0b").File("a").Whole)).Message);
        var headers = new TarBytes();
        for (var i = 0; i < 100; i++)
            headers.Pax("path=x");
        Assert.Contains("headers stand before",
            Assert.Throws<InvalidDataException>(() => Read(headers.File("a").Whole)).Message);
    }

    /// <summary>Whatever the bytes are: entries, or one of two exceptions, and soon.</summary>
    [Fact]
    public void Damaged_archives_never_do_anything_else()
    {
        var random = new Random(1);
        var sound = new TarBytes().Pax("path=some/name", "size=1").File("a").Directory("d/").Link("l", "a")
            .HardLink("h", "a").File("b", new string('x', 2000)).Whole;
        for (var round = 0; round < 20_000; round++)
        {
            var bytes = (byte[])sound.Clone();
            for (var i = random.Next(1, 4); i > 0; i--)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                Read(bytes[..random.Next(bytes.Length)]);
            }
            catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
            {
            }
        }
    }
}
