using Drydock.Wasi.Preview1;

namespace Drydock.Wasi.Tests.Preview1;

public sealed class FileTests : IDisposable
{
    private readonly Guest _guest = new();
    private Functions Functions => _guest.Functions;

    public void Dispose() => _guest.Dispose();

    private uint NewFile(string content = "", Rights rights = Rights.File)
    {
        var fd = _guest.Opened("file", OpenFlags.Create, rights);
        if (content.Length > 0) Assert.Equal(Errno.Success, _guest.Write(fd, content));
        return fd;
    }

    [Fact]
    public void What_is_written_can_be_read_back()
    {
        var fd = NewFile("hello");
        Assert.Equal(Errno.Success, Functions.FdSeek(_guest.Memory, fd, 1, 0, Guest.Result));
        Assert.Equal(Errno.Success, _guest.Read(fd, out var text));
        Assert.Equal("ello", text);
        Assert.Equal("hello", File.ReadAllText(Path.Combine(_guest.Box, "file")));
    }

    [Fact]
    public void Buffers_are_filled_one_after_the_other()
    {
        var fd = NewFile("abcdef");
        _guest.Vector(Guest.Data, 2, 0);
        _guest.Vector(Guest.Data + 100, 0, 1);
        _guest.Vector(Guest.Data + 200, 9, 2);
        Assert.Equal(Errno.Success, Functions.FdPread(_guest.Memory, fd, Guest.Vectors, 3, 1, Guest.Result));
        Assert.Equal(5u, _guest.U32(Guest.Result));
        Assert.Equal("bc" + "def", _guest.Text(Guest.Data, 2) + _guest.Text(Guest.Data + 200, 3));
    }

    [Fact]
    public void More_buffers_than_the_host_takes_are_a_short_write()
    {
        var fd = NewFile();
        for (var i = 0u; i < 1500; i++) _guest.Vector(Guest.Data, 1, i);
        Assert.Equal(Errno.Success, Functions.FdWrite(_guest.Memory, fd, Guest.Vectors, 1500, Guest.Result));
        Assert.Equal(1024u, _guest.U32(Guest.Result));
    }

    [Theory]
    [InlineData(65530u, 4u)] // the array starts inside and ends outside
    [InlineData(64u, uint.MaxValue)] // a count whose size overflows 32 bits
    [InlineData(uint.MaxValue, 1u)]
    public void An_array_of_buffers_outside_memory_is_a_fault(uint vectors, uint count)
    {
        var fd = NewFile("x");
        Assert.Equal(Errno.Fault, Functions.FdRead(_guest.Memory, fd, vectors, count, Guest.Result));
        Assert.Equal(Errno.Fault, Functions.FdWrite(_guest.Memory, fd, vectors, count, Guest.Result));
        Assert.Equal(Errno.Fault, Functions.FdPread(_guest.Memory, fd, vectors, count, 0, Guest.Result));
        Assert.Equal(Errno.Fault, Functions.FdPwrite(_guest.Memory, fd, vectors, count, 0, Guest.Result));
    }

    [Theory]
    [InlineData(65535u, 2u)]
    [InlineData(0u, uint.MaxValue)]
    [InlineData(uint.MaxValue, uint.MaxValue)]
    public void A_buffer_outside_memory_is_a_fault(uint address, uint length)
    {
        var fd = NewFile("x");
        _guest.Vector(address, length);
        Assert.Equal(Errno.Fault, Functions.FdRead(_guest.Memory, fd, Guest.Vectors, 1, Guest.Result));
        Assert.Equal(Errno.Fault, Functions.FdWrite(_guest.Memory, fd, Guest.Vectors, 1, Guest.Result));
    }

    [Fact]
    public void Descriptors_that_are_not_open_are_told_so()
    {
        foreach (var fd in (uint[])[4, 1000, uint.MaxValue])
        {
            Assert.Equal(Errno.BadF, Functions.FdRead(_guest.Memory, fd, Guest.Vectors, 0, Guest.Result));
            Assert.Equal(Errno.BadF, Functions.FdClose(fd));
            Assert.Equal(Errno.BadF, Functions.FdRenumber(fd, Guest.Root));
            Assert.Equal(Errno.BadF, Functions.FdRenumber(Guest.Root, fd));
            Assert.Equal(Errno.BadF, Functions.FdPrestatGet(_guest.Memory, fd, Guest.Result));
            Assert.Equal(Errno.BadF, _guest.Open("x", out _, from: fd));
        }
    }

    [Fact]
    public void Positions_come_from_the_start_the_position_and_the_end()
    {
        var fd = NewFile("0123456789");
        Assert.Equal((Errno.Success, 4ul), (Functions.FdSeek(_guest.Memory, fd, 4, 0, 0), _guest.U64(0)));
        Assert.Equal((Errno.Success, 6ul), (Functions.FdSeek(_guest.Memory, fd, 2, 1, 0), _guest.U64(0)));
        Assert.Equal((Errno.Success, 9ul), (Functions.FdSeek(_guest.Memory, fd, -1, 2, 0), _guest.U64(0)));
        Assert.Equal((Errno.Success, 9ul), (Functions.FdTell(_guest.Memory, fd, 0), _guest.U64(0)));
        Assert.Equal(Errno.Inval, Functions.FdSeek(_guest.Memory, fd, -1, 0, 0));
        Assert.Equal(Errno.Inval, Functions.FdSeek(_guest.Memory, fd, 0, 3, 0));
        Assert.Equal(Errno.Fault, Functions.FdSeek(_guest.Memory, fd, 0, 0, Guest.OutOfBounds));
    }

    [Fact]
    public void The_older_snapshot_orders_whence_otherwise()
    {
        var fd = NewFile("0123456789");
        using var older = new Guest(snapshot: Snapshot.Unstable);
        var file = older.Opened("file", OpenFlags.Create, Rights.File);
        Assert.Equal(Errno.Success, older.Write(file, "0123"));
        Assert.Equal((Errno.Success, 2ul), (older.Functions.FdSeek(older.Memory, file, 2, 2, 0), older.U64(0)));
        Assert.Equal((Errno.Success, 3ul), (older.Functions.FdSeek(older.Memory, file, 1, 0, 0), older.U64(0)));
        Assert.Equal((Errno.Success, 4ul), (older.Functions.FdSeek(older.Memory, file, 0, 1, 0), older.U64(0)));
        Assert.Equal(Errno.Success, Functions.FdClose(fd));
    }

    [Fact]
    public void The_lowest_free_number_is_taken()
    {
        var first = _guest.Opened("a", OpenFlags.Create);
        var second = _guest.Opened("b", OpenFlags.Create);
        Assert.Equal((4u, 5u), (first, second));
        Assert.Equal(Errno.Success, Functions.FdClose(first));
        Assert.Equal(4u, _guest.Opened("a"));
        Assert.Equal(6u, _guest.Opened("a"));
    }

    [Fact]
    public void Renumbering_replaces_and_frees()
    {
        var a = _guest.Opened("a", OpenFlags.Create);
        var b = _guest.Opened("b", OpenFlags.Create);
        Assert.Equal(Errno.Success, _guest.Write(a, "from a"));
        Assert.Equal(Errno.Success, Functions.FdRenumber(a, b));
        Assert.Equal(Errno.BadF, Functions.FdClose(a));
        Assert.Equal(Errno.Success, _guest.Write(b, "!"));
        Assert.Equal("from a!", File.ReadAllText(Path.Combine(_guest.Box, "a")));
        Assert.Equal(Errno.Success, Functions.FdRenumber(b, b));
        Assert.Equal(Errno.Success, _guest.Write(b, "?"));
        Assert.Equal(a, _guest.Opened("b"));
    }

    [Fact]
    public void Rights_can_be_dropped_but_not_taken_back()
    {
        var fd = NewFile("text");
        Assert.Equal(Errno.Success, Functions.FdFdstatSetRights(fd, (ulong)Rights.FdTell, 0));
        Assert.Equal(Errno.NotCapable, _guest.Read(fd, out _));
        Assert.Equal(Errno.NotCapable, _guest.Write(fd, "x"));
        Assert.Equal(Errno.NotCapable, Functions.FdSeek(_guest.Memory, fd, 1, 1, 0));
        Assert.Equal(Errno.Success, Functions.FdTell(_guest.Memory, fd, 0));
        Assert.Equal(Errno.NotCapable, Functions.FdFdstatSetRights(fd, (ulong)Rights.File, 0));
        Assert.Equal(Errno.NotCapable, Functions.FdFilestatSetSize(fd, 1));
        Assert.Equal(Errno.NotCapable, Functions.FdAllocate(fd, 0, 1));
        Assert.Equal(Errno.NotCapable, Functions.FdSync(fd));
    }

    [Fact]
    public void A_directory_passes_on_only_what_it_may()
    {
        Assert.Equal(Errno.Success, _guest.CreateDirectory("d"));
        Assert.Equal(Errno.Success, _guest.Open("d", out var fd, OpenFlags.Directory, Rights.PathOpen,
            inheriting: Rights.FdRead));
        Assert.Equal(Errno.NotCapable, _guest.Open("f", out _, rights: Rights.FdWrite, from: fd));
        Assert.Equal(Errno.NotCapable, _guest.Open("f", out _, OpenFlags.Create, Rights.FdRead, from: fd));
        Assert.Equal(Errno.NotCapable, _guest.Open("f", out _, OpenFlags.Truncate, Rights.FdRead, from: fd));
        Assert.Equal(Errno.NoEnt, _guest.Open("f", out _, rights: Rights.FdRead, from: fd));
    }

    [Fact]
    public void Rights_that_apply_to_no_file_are_dropped()
    {
        Assert.Equal(Errno.Success, _guest.Open("f", out var fd, OpenFlags.Create, (Rights)ulong.MaxValue,
            inheriting: (Rights)ulong.MaxValue));
        Assert.Equal(Errno.Success, Functions.FdFdstatGet(_guest.Memory, fd, Guest.Data));
        Assert.Equal((ulong)Rights.File, _guest.U64(Guest.Data + 8));
        Assert.Equal((ulong)Rights.Inheritable, _guest.U64(Guest.Data + 16));
    }

    [Fact]
    public void Fdstat_tells_type_flags_and_rights()
    {
        var fd = _guest.Opened("f", OpenFlags.Create, Rights.FdRead | Rights.FdWrite | Rights.PathOpen, FdFlags.Append);
        Assert.Equal(Errno.Success, Functions.FdFdstatGet(_guest.Memory, fd, Guest.Data));
        Assert.Equal((byte)Filetype.RegularFile, _guest.Bytes[(int)Guest.Data]);
        Assert.Equal((ushort)FdFlags.Append, _guest.U16(Guest.Data + 2));
        Assert.Equal((ulong)(Rights.FdRead | Rights.FdWrite), _guest.U64(Guest.Data + 8));
        Assert.Equal(Errno.Success, Functions.FdFdstatGet(_guest.Memory, Guest.Root, Guest.Data));
        Assert.Equal((byte)Filetype.Directory, _guest.Bytes[(int)Guest.Data]);
        Assert.Equal(0, _guest.U16(Guest.Data + 2));
        Assert.Equal((ulong)Rights.Inheritable, _guest.U64(Guest.Data + 16));
        Assert.Equal(Errno.Fault, Functions.FdFdstatGet(_guest.Memory, fd, Guest.OutOfBounds));
    }

    [Fact]
    public void Append_can_be_switched_off_and_sync_cannot_be_switched_on()
    {
        var fd = _guest.Opened("f", OpenFlags.Create, Rights.File, FdFlags.Append);
        Assert.Equal(Errno.Success, _guest.Write(fd, "aaaa"));
        Assert.Equal(Errno.Success, Functions.FdFdstatSetFlags(fd, 0));
        Assert.Equal(Errno.Success, Functions.FdSeek(_guest.Memory, fd, 0, 0, 0));
        Assert.Equal(Errno.Success, _guest.Write(fd, "b"));
        Assert.Equal("baaa", File.ReadAllText(Path.Combine(_guest.Box, "f")));
        Assert.Equal(Errno.NotSup, Functions.FdFdstatSetFlags(fd, (uint)FdFlags.Sync));
        Assert.Equal(Errno.Inval, Functions.FdFdstatSetFlags(fd, 32));
    }

    [Fact]
    public void Sizes_are_set_and_reserved()
    {
        var fd = NewFile("hello");
        Assert.Equal(Errno.Success, Functions.FdFilestatSetSize(fd, 3));
        Assert.Equal("hel", File.ReadAllText(Path.Combine(_guest.Box, "file")));
        Assert.Equal(Errno.Success, Functions.FdAllocate(fd, 10, 10));
        Assert.Equal(20, new FileInfo(Path.Combine(_guest.Box, "file")).Length);
        Assert.Equal(Errno.Inval, Functions.FdFilestatSetSize(fd, ulong.MaxValue));
        Assert.Equal(Errno.Inval, Functions.FdAllocate(fd, ulong.MaxValue, 1));
        Assert.Equal(Errno.Inval, Functions.FdPwrite(_guest.Memory, fd, Guest.Vectors, 0, ulong.MaxValue, 0));
    }

    [Fact]
    public void Advice_is_taken_if_there_is_such_advice()
    {
        var fd = NewFile("hello");
        for (var advice = 0u; advice < 6; advice++) Assert.Equal(Errno.Success, Functions.FdAdvise(fd, 0, 5, advice));
        Assert.Equal(Errno.Inval, Functions.FdAdvise(fd, 0, 5, 6));
        Assert.Equal(Errno.NotCapable, Functions.FdAdvise(Guest.Root, 0, 5, 0));
    }

    [Fact]
    public void Times_are_set_together_with_now_or_not_at_all()
    {
        var fd = NewFile("x");
        const uint Both = (uint)(TimeFlags.Access | TimeFlags.Modification);
        Assert.Equal(Errno.Success, Functions.FdFilestatSetTimes(fd, 1_500_000_000, 2_000_000_001, Both));
        Assert.Equal(Errno.Success, Functions.FdFilestatGet(_guest.Memory, fd, Guest.Data));
        Assert.Equal((1_500_000_000ul, 2_000_000_001ul), (_guest.U64(Guest.Data + 40), _guest.U64(Guest.Data + 48)));
        Assert.Equal(Errno.Success, Functions.FdFilestatSetTimes(fd, 0, 0, (uint)TimeFlags.ModificationNow));
        Assert.Equal(Errno.Success, Functions.FdFilestatGet(_guest.Memory, fd, Guest.Data));
        Assert.Equal(1_500_000_000ul, _guest.U64(Guest.Data + 40));
        Assert.True(_guest.U64(Guest.Data + 48) > 1_000_000_000_000_000_000);
        Assert.Equal(Errno.Inval, Functions.FdFilestatSetTimes(fd, 0, 0, 3));
        Assert.Equal(Errno.Inval, Functions.FdFilestatSetTimes(fd, 0, 0, 12));
        Assert.Equal(Errno.Inval, Functions.FdFilestatSetTimes(fd, 0, 0, 16));
    }

    [Fact]
    public void Filestat_has_the_layout_of_its_snapshot()
    {
        var fd = NewFile("hello");
        Assert.Equal(Errno.Success, Functions.FdFilestatGet(_guest.Memory, fd, Guest.Data));
        Assert.Equal(((byte)4, 1ul, 5ul),
            (_guest.Bytes[(int)Guest.Data + 16], _guest.U64(Guest.Data + 24), _guest.U64(Guest.Data + 32)));
        using var older = new Guest(snapshot: Snapshot.Unstable);
        var file = older.Opened("file", OpenFlags.Create, Rights.File);
        Assert.Equal(Errno.Success, older.Write(file, "hello"));
        Assert.Equal(Errno.Success, older.Functions.FdFilestatGet(older.Memory, file, Guest.Data));
        Assert.Equal((1u, 5ul), (older.U32(Guest.Data + 20), older.U64(Guest.Data + 24)));
        Assert.Equal(Errno.Fault, Functions.FdFilestatGet(_guest.Memory, fd, 65536 - 63));
    }

    [Fact]
    public void Directories_are_not_read_as_files()
    {
        Assert.Equal(Errno.NotCapable, _guest.Read(Guest.Root, out _));
        Assert.Equal(Errno.NotCapable, Functions.FdTell(_guest.Memory, Guest.Root, 0));
        Assert.Equal(Errno.IsDir, _guest.Open(".", out _, OpenFlags.Directory));
    }

    [Fact]
    public void Preopens_tell_their_path()
    {
        Assert.Equal(Errno.Success, Functions.FdPrestatGet(_guest.Memory, Guest.Root, Guest.Result));
        Assert.Equal((0u, 4u), (_guest.U32(Guest.Result), _guest.U32(Guest.Result + 4)));
        Assert.Equal(Errno.NameTooLong, Functions.FdPrestatDirName(_guest.Memory, Guest.Root, Guest.Data, 3));
        Assert.Equal(Errno.Success, Functions.FdPrestatDirName(_guest.Memory, Guest.Root, Guest.Data, 5));
        Assert.Equal("/box", _guest.Text(Guest.Data, 4));
        Assert.Equal(Errno.Fault, Functions.FdPrestatDirName(_guest.Memory, Guest.Root, Guest.OutOfBounds, 9));
        Assert.Equal(Errno.BadF, Functions.FdPrestatGet(_guest.Memory, _guest.OpenedDirectory("."), Guest.Result));
    }

    [Fact]
    public void Reading_and_writing_allocate_nothing()
    {
        var fd = NewFile("hello");
        _guest.Vector(Guest.Data, 5);
        Exercise(fd);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++) Exercise(fd);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    private void Exercise(uint fd)
    {
        _ = Functions.FdPwrite(_guest.Memory, fd, Guest.Vectors, 1, 0, Guest.Result);
        _ = Functions.FdWrite(_guest.Memory, fd, Guest.Vectors, 1, Guest.Result);
        _ = Functions.FdPread(_guest.Memory, fd, Guest.Vectors, 1, 0, Guest.Result);
        _ = Functions.FdRead(_guest.Memory, fd, Guest.Vectors, 1, Guest.Result);
        _ = Functions.ClockTimeGet(_guest.Memory, 1, Guest.Result);
        _ = Functions.RandomGet(_guest.Memory, Guest.Data, 16);
    }
}
