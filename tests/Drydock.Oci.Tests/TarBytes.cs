using System.Text;

namespace Drydock.Oci.Tests;

/// <summary>Archives written byte by byte, with everything in them that a decent tool would not write.</summary>
public sealed class TarBytes
{
    private readonly List<byte> _bytes = [];

    /// <summary>The archive with its end.</summary>
    public byte[] Whole => [.. _bytes, .. new byte[1024]];

    /// <summary>The archive as far as it was written.</summary>
    public byte[] Torn => [.. _bytes];

    public TarBytes File(string name, string content = "x") => Entry(name, '0', Encoding.UTF8.GetBytes(content));

    public TarBytes File(string name, byte[] content) => Entry(name, '0', content);

    public TarBytes Directory(string name) => Entry(name, '5', []);

    public TarBytes Link(string name, string target) => Entry(name, '2', [], target);

    public TarBytes HardLink(string name, string target) => Entry(name, '1', [], target);

    /// <summary>A pax header of records, each <c>name=value</c>.</summary>
    public TarBytes Pax(params string[] records) =>
        Entry("pax", 'x', Encoding.UTF8.GetBytes(string.Concat(records.Select(Record))));

    public TarBytes Entry(string name, char type, byte[] content, string link = "", long? length = null,
        string? lengthField = null)
    {
        var header = new byte[512];
        Encoding.UTF8.GetBytes(name).AsSpan(0, Math.Min(100, Encoding.UTF8.GetByteCount(name))).CopyTo(header);
        Encoding.ASCII.GetBytes("0000644\0" + "0000000\0" + "0000000\0").CopyTo(header, 100);
        Encoding.ASCII.GetBytes(lengthField ?? Convert.ToString(length ?? content.Length, 8).PadLeft(11, '0') + "\0")
            .CopyTo(header, 124);
        Encoding.ASCII.GetBytes("00000000000\0").CopyTo(header, 136);
        header[156] = (byte)type;
        Encoding.UTF8.GetBytes(link).CopyTo(header, 157);
        Encoding.ASCII.GetBytes("ustar\000").CopyTo(header, 257);
        header.AsSpan(148, 8).Fill((byte)' ');
        var sum = header.Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(header, 148);
        _bytes.AddRange(header);
        _bytes.AddRange(content);
        _bytes.AddRange(new byte[-content.Length & 511]);
        return this;
    }

    private static string Record(string text)
    {
        var length = text.Length + 3;
        while ($"{length} {text}\n".Length != length)
            length++;
        return $"{length} {text}\n";
    }
}
