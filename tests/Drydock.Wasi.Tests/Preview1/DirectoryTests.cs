using System.Buffers.Binary;
using System.Text;
using Drydock.Wasi.Preview1;

namespace Drydock.Wasi.Tests.Preview1;

public sealed class DirectoryTests : IDisposable
{
    private readonly Guest _guest = new();

    public void Dispose() => _guest.Dispose();

    private sealed record Entry(ulong Next, ulong Inode, byte Type, string Name);

    private List<Entry> Read(ulong cookie, uint length, out bool isEnd)
    {
        var error = _guest.Functions.FdReaddir(_guest.Memory, Guest.Root, Guest.Data, length, cookie, Guest.Result);
        Assert.Equal(Errno.Success, error);
        var used = _guest.U32(Guest.Result);
        isEnd = used < length;
        var entries = new List<Entry>();
        var rest = _guest.Bytes.Slice((int)Guest.Data, (int)used);
        while (rest.Length >= 24 && BinaryPrimitives.ReadInt32LittleEndian(rest[16..]) is var size
            && rest.Length >= 24 + size)
        {
            entries.Add(new Entry(BinaryPrimitives.ReadUInt64LittleEndian(rest),
                BinaryPrimitives.ReadUInt64LittleEndian(rest[8..]),
                rest[20], Encoding.UTF8.GetString(rest.Slice(24, size))));
            rest = rest[(24 + size)..];
        }
        return entries;
    }

    private List<Entry> ReadAll(uint length)
    {
        var all = new List<Entry>();
        var cookie = 0ul;
        while (true)
        {
            var entries = Read(cookie, length, out var isEnd);
            all.AddRange(entries);
            if (isEnd) return all;
            Assert.NotEmpty(entries);
            cookie = entries[^1].Next;
        }
    }

    [Theory]
    [InlineData(64u)]
    [InlineData(100u)]
    [InlineData(40000u)]
    public void A_thousand_entries_are_each_read_once_whatever_the_buffer(uint length)
    {
        for (var i = 0; i < 1000; i++) File.Create(Path.Combine(_guest.Box, $"file{i}")).Dispose();
        var names = ReadAll(length).Select(entry => entry.Name).ToList();
        Assert.Equal(1002, names.Count);
        Assert.Equal(1002, names.Distinct().Count());
        Assert.Contains(".", names);
        Assert.Contains("..", names);
        Assert.Contains("file999", names);
    }

    [Fact]
    public void A_cookie_stays_valid_while_entries_before_it_are_removed()
    {
        for (var i = 0; i < 300; i++) File.Create(Path.Combine(_guest.Box, $"file{i}")).Dispose();
        var expected = ReadAll(20000).Select(entry => entry.Name).ToHashSet();
        var first = Read(0, 4000, out _);
        foreach (var entry in first.Where(entry => entry.Name.StartsWith("file", StringComparison.Ordinal)))
            File.Delete(Path.Combine(_guest.Box, entry.Name));
        var rest = Read(first[^1].Next, 40000, out var isEnd);
        Assert.True(isEnd);
        Assert.Equal(expected, first.Concat(rest).Select(entry => entry.Name).ToHashSet());
        Assert.Equal(expected.Count, first.Count + rest.Count);
    }

    [Fact]
    public void Entries_tell_their_type_and_file_number()
    {
        File.WriteAllText(Path.Combine(_guest.Box, "f"), "");
        Directory.CreateDirectory(Path.Combine(_guest.Box, "d"));
        File.CreateSymbolicLink(Path.Combine(_guest.Box, "l"), "f");
        var entries = ReadAll(4096).ToDictionary(entry => entry.Name);
        Assert.Equal((byte)Filetype.RegularFile, entries["f"].Type);
        Assert.Equal((byte)Filetype.Directory, entries["d"].Type);
        Assert.Equal((byte)Filetype.SymbolicLink, entries["l"].Type);
        Assert.Equal(Errno.Success, _guest.Status("f"));
        Assert.Equal(_guest.U64(Guest.Data + 8), entries["f"].Inode);
    }

    [Fact]
    public void A_buffer_too_small_for_an_entry_is_filled()
    {
        Assert.Empty(Read(0, 10, out var isEnd));
        Assert.False(isEnd);
        Assert.Empty(Read(0, 0, out isEnd));
        Assert.False(isEnd);
    }

    [Fact]
    public void Bad_arguments_are_refused()
    {
        var functions = _guest.Functions;
        Assert.Equal(Errno.Fault, functions.FdReaddir(_guest.Memory, Guest.Root, Guest.OutOfBounds, 100, 0,
            Guest.Result));
        Assert.Equal(Errno.Fault, functions.FdReaddir(_guest.Memory, Guest.Root, 0, 100, 0, Guest.OutOfBounds));
        Assert.Equal(Errno.Inval, functions.FdReaddir(_guest.Memory, Guest.Root, 0, 100, ulong.MaxValue, Guest.Result));
        Assert.Equal(Errno.BadF, functions.FdReaddir(_guest.Memory, 9, 0, 100, 0, Guest.Result));
        var file = _guest.Opened("f", OpenFlags.Create);
        Assert.Equal(Errno.NotCapable, functions.FdReaddir(_guest.Memory, file, 0, 100, 0, Guest.Result));
    }
}
