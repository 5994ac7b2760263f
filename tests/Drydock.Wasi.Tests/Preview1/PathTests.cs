using System.Diagnostics;
using Drydock.Wasi.Host;
using Drydock.Wasi.Preview1;

namespace Drydock.Wasi.Tests.Preview1;

public sealed class PathTests : IDisposable
{
    private readonly Guest _guest = new();

    public PathTests() => File.WriteAllText(Path.Combine(_guest.Directory, "secret"), "secret");

    public void Dispose() => _guest.Dispose();

    private string InBox(string name) => Path.Combine(_guest.Box, name);

    [Theory]
    [InlineData("/etc/passwd")]
    [InlineData("/")]
    [InlineData("..")]
    [InlineData("../secret")]
    [InlineData("d/../../secret")]
    [InlineData("d/../..")]
    [InlineData("absolute")]
    [InlineData("relative")]
    [InlineData("away/secret")]
    public void No_path_leads_outside(string path)
    {
        Directory.CreateDirectory(InBox("d"));
        File.CreateSymbolicLink(InBox("absolute"), Path.Combine(_guest.Directory, "secret"));
        File.CreateSymbolicLink(InBox("relative"), "../secret");
        File.CreateSymbolicLink(InBox("away"), "..");
        Assert.Equal(Errno.NotCapable, _guest.Open(path, out _));
        Assert.Equal(Errno.NotCapable, _guest.Open(path, out _, OpenFlags.Directory, Rights.FdReaddir));
        Assert.Equal(Errno.NotCapable, _guest.Open(path, out _, OpenFlags.Create | OpenFlags.Truncate));
        Assert.Equal(Errno.NotCapable, _guest.Status(path));
        Assert.Equal("secret", File.ReadAllText(Path.Combine(_guest.Directory, "secret")));
    }

    [Theory]
    [InlineData("../new")]
    [InlineData("away/new")]
    [InlineData("/tmp/new")]
    [InlineData("d/../../new")]
    public void Nothing_is_created_or_removed_outside(string path)
    {
        Directory.CreateDirectory(InBox("d"));
        File.WriteAllText(InBox("mine"), "mine");
        File.CreateSymbolicLink(InBox("away"), "..");
        Assert.Equal(Errno.NotCapable, _guest.CreateDirectory(path));
        Assert.Equal(Errno.NotCapable, _guest.Symlink("mine", path));
        Assert.Equal(Errno.NotCapable, _guest.Rename("mine", path));
        Assert.Equal(Errno.NotCapable, _guest.Rename(path, "mine"));
        Assert.Equal(Errno.NotCapable, _guest.Link("mine", path));
        Assert.Equal(Errno.NotCapable, _guest.Link(path, "theirs"));
        Assert.Equal(Errno.NotCapable, _guest.Unlink(path));
        Assert.Equal(Errno.NotCapable, _guest.RemoveDirectory(path));
        Assert.Equal(Errno.NotCapable, _guest.ReadLink(path, out _));
        var entries = Directory.GetFileSystemEntries(_guest.Directory);
        Assert.Equal(["box", "secret"], entries.Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Dots_that_stay_inside_are_fine()
    {
        Directory.CreateDirectory(InBox("d/e"));
        File.WriteAllText(InBox("d/e/f"), "found");
        Assert.Equal(Errno.Success, _guest.Open("d/.//e/../../d/e/../e///./f", out var fd));
        Assert.Equal(Errno.Success, _guest.Read(fd, out var text));
        Assert.Equal("found", text);
        Assert.Equal(Errno.Success, _guest.Status("d/.."));
    }

    [Fact]
    public void The_last_component_being_dots_reaches_nothing()
    {
        Directory.CreateDirectory(InBox("d"));
        Assert.Equal(Errno.NotCapable, _guest.Status(".."));
        Assert.Equal(Errno.NotCapable, _guest.Status("../"));
        Assert.Equal(Errno.NotCapable, _guest.ReadLink("..", out _));
        Assert.Equal(Errno.Perm, _guest.Link("..", "parent"));
        Assert.Equal(Errno.NotCapable, _guest.Link("../", "parent"));
        Assert.Equal(Errno.NotEmpty, _guest.RemoveDirectory(".."));
        Assert.Equal(Errno.Inval, _guest.RemoveDirectory("."));
        Assert.Equal(Errno.IsDir, _guest.Unlink(".."));
        Assert.Equal(Errno.Exist, _guest.CreateDirectory(".."));
        Assert.Equal(Errno.Busy, _guest.Rename("..", "x"));
        Assert.Equal(Errno.Busy, _guest.Rename("d", ".."));
        Assert.Equal(Errno.Exist, _guest.Symlink("d", ".."));
        Assert.True(Directory.Exists(_guest.Box) && File.Exists(Path.Combine(_guest.Directory, "secret")));
    }

    [Fact]
    public void A_descriptor_of_a_subdirectory_confines_as_well()
    {
        Directory.CreateDirectory(InBox("d"));
        File.WriteAllText(InBox("f"), "x");
        var fd = _guest.OpenedDirectory("d");
        Assert.Equal(Errno.NotCapable, _guest.Open("../f", out _, from: fd));
        Assert.Equal(Errno.NotCapable, _guest.Rename("f", "../g", fd));
        Assert.Equal(Errno.Success, _guest.Rename("f", "g", fd));
        Assert.True(File.Exists(InBox("d/g")));
    }

    [Fact]
    public void Malformed_paths_are_refused()
    {
        File.WriteAllText(InBox("f"), "x");
        Assert.Equal(Errno.NoEnt, _guest.Open("", out _));
        Assert.Equal(Errno.Inval, _guest.Open("f\0", out _));
        Assert.Equal(Errno.Inval, _guest.Unlink("f\0g"));
        Assert.Equal(Errno.NameTooLong, _guest.Open(new string('a', 256), out _));
        Assert.Equal(Errno.NameTooLong, _guest.Open(string.Concat(Enumerable.Repeat("./", 2048)), out _));
        Assert.Equal(Errno.NotDir, _guest.Open("f/", out _));
        Assert.Equal(Errno.NotDir, _guest.Unlink("f/"));
        Assert.Equal(Errno.Fault, _guest.Functions.PathUnlinkFile(_guest.Memory, Guest.Root, Guest.OutOfBounds, 2));
        Assert.Equal(Errno.Fault, _guest.Functions.PathUnlinkFile(_guest.Memory, Guest.Root, 1, uint.MaxValue));
        Assert.True(File.Exists(InBox("f")));
    }

    [Fact]
    public void Unknown_flags_are_refused()
    {
        File.WriteAllText(InBox("f"), "x");
        Assert.Equal(Errno.Inval, _guest.Open("f", out _, (OpenFlags)16));
        Assert.Equal(Errno.Inval, _guest.Open("f", out _, fdFlags: (FdFlags)32));
        Assert.Equal(Errno.Inval,
            _guest.Functions.PathFilestatGet(_guest.Memory, Guest.Root, 2, Guest.PathAt, _guest.Put(Guest.PathAt, "f"),
                0));
    }

    [Fact]
    public void A_race_between_a_directory_and_a_link_never_escapes()
    {
        Directory.CreateDirectory(InBox("swap"));
        File.WriteAllText(InBox("swap/secret"), "mine");
        File.CreateSymbolicLink(InBox("link"), _guest.Directory);
        using var done = new ManualResetEventSlim();
        var swapper = new Thread(() => Swap(done));
        swapper.Start();
        var outcomes = new HashSet<Errno>();
        var clock = Stopwatch.StartNew();
        for (var i = 0; i < 3000 || IsOneSided(outcomes) && clock.Elapsed.Seconds < 10; i++)
            outcomes.Add(ReadThroughRace());
        done.Set();
        swapper.Join();
        Assert.False(IsOneSided(outcomes));
        Assert.Subset(new HashSet<Errno> { Errno.Success, Errno.NotCapable, Errno.NoEnt, Errno.Again }, outcomes);
        Assert.Equal("secret", File.ReadAllText(Path.Combine(_guest.Directory, "secret")));
    }

    /// <summary>Whether the race was always won by the same side.</summary>
    private static bool IsOneSided(HashSet<Errno> outcomes) =>
        !outcomes.Contains(Errno.Success) || !outcomes.Contains(Errno.NotCapable);

    private Errno ReadThroughRace()
    {
        var error = _guest.Open("swap/secret", out var fd);
        if (error != Errno.Success) return error;
        Assert.Equal(Errno.Success, _guest.Read(fd, out var text));
        Assert.Equal("mine", text);
        return _guest.Functions.FdClose(fd);
    }

    private void Swap(ManualResetEventSlim done)
    {
        var box = _guest.Descriptor(Guest.Root).HostFd;
        while (!done.IsSet)
        {
            _ = Directories.Rename(box, "swap"u8, box, "away"u8);
            _ = Directories.Rename(box, "link"u8, box, "swap"u8);
            _ = Directories.Rename(box, "swap"u8, box, "link"u8);
            _ = Directories.Rename(box, "away"u8, box, "swap"u8);
            Thread.SpinWait(500); // long enough that the directory itself is opened now and then
        }
    }

    [Fact]
    public void Links_are_followed_only_on_request()
    {
        File.WriteAllText(InBox("f"), "x");
        Assert.Equal(Errno.Success, _guest.Symlink("f", "link"));
        Assert.Equal(Errno.Loop, _guest.Open("link", out _, follow: false));
        Assert.Equal(Errno.Success, _guest.Open("link", out _));
        Assert.Equal((Errno.Success, (byte)Filetype.SymbolicLink), (_guest.Status("link", false),
            _guest.Bytes[(int)Guest.Data + 16]));
        Assert.Equal((Errno.Success, (byte)Filetype.RegularFile), (_guest.Status("link"),
            _guest.Bytes[(int)Guest.Data + 16]));
        Assert.Equal(Errno.Inval, _guest.Link("link", "second", flags: 1));
        Assert.Equal(Errno.Success, _guest.Link("link", "second"));
        Assert.Equal("f", new FileInfo(InBox("second")).LinkTarget);
    }

    [Fact]
    public void A_loop_of_links_ends()
    {
        Assert.Equal(Errno.Success, _guest.Symlink("b", "a"));
        Assert.Equal(Errno.Success, _guest.Symlink("a", "b"));
        Assert.Equal(Errno.Loop, _guest.Open("a", out _));
        Assert.Equal(Errno.Loop, _guest.Status("a"));
    }

    [Fact]
    public void Reading_a_link_cuts_to_the_buffer()
    {
        Assert.Equal(Errno.Success, _guest.Symlink("somewhere", "link"));
        Assert.Equal((Errno.Success, "somewhere"), (_guest.ReadLink("link", out var all), all));
        Assert.Equal((Errno.Success, "some"), (_guest.ReadLink("link", out var cut, 4), cut));
        Assert.Equal((Errno.Success, ""), (_guest.ReadLink("link", out var none, 0), none));
        File.WriteAllText(InBox("f"), "x");
        Assert.Equal(Errno.Inval, _guest.ReadLink("f", out _));
        Assert.Equal(Errno.NoEnt, _guest.ReadLink("missing", out _));
        Assert.Equal(Errno.Fault, _guest.ReadLink("link", out _, 65536));
    }

    [Fact]
    public void Links_to_absolute_paths_are_not_made() =>
        Assert.Equal(Errno.NotCapable, _guest.Symlink("/etc/passwd", "link"));

    [Fact]
    public void Directories_come_and_go()
    {
        Assert.Equal(Errno.Success, _guest.CreateDirectory("d"));
        Assert.Equal(Errno.Exist, _guest.CreateDirectory("d"));
        Assert.Equal(Errno.Success, _guest.CreateDirectory("d/e/"));
        Assert.Equal(Errno.NotEmpty, _guest.RemoveDirectory("d"));
        Assert.Equal(Errno.IsDir, _guest.Unlink("d"));
        Assert.Equal(Errno.Success, _guest.Rename("d", "renamed"));
        Assert.Equal(Errno.Success, _guest.RemoveDirectory("renamed/e/"));
        Assert.Equal(Errno.Success, _guest.RemoveDirectory("renamed"));
        Assert.Empty(Directory.GetFileSystemEntries(_guest.Box));
    }

    [Fact]
    public void Opening_exclusively_demands_a_new_file()
    {
        _ = _guest.Opened("f", OpenFlags.Create | OpenFlags.Exclusive);
        Assert.Equal(Errno.Exist, _guest.Open("f", out _, OpenFlags.Create | OpenFlags.Exclusive));
        Assert.Equal(Errno.NotDir, _guest.Open("f", out _, OpenFlags.Directory));
    }

    [Fact]
    public void Times_of_a_link_are_not_those_of_its_target()
    {
        File.WriteAllText(InBox("f"), "x");
        Assert.Equal(Errno.Success, _guest.Symlink("f", "link"));
        Assert.Equal(Errno.Success, _guest.Functions.PathFilestatSetTimes(_guest.Memory, Guest.Root, 0, Guest.PathAt,
            _guest.Put(Guest.PathAt, "link"), 0, 1_000_000_000, (uint)TimeFlags.Modification));
        Assert.Equal((Errno.Success, 1_000_000_000ul), (_guest.Status("link", false), _guest.U64(Guest.Data + 48)));
        Assert.Equal(Errno.Success, _guest.Status("link"));
        Assert.NotEqual(1_000_000_000ul, _guest.U64(Guest.Data + 48));
    }

    [Fact]
    public void Nothing_changes_beneath_a_read_only_directory()
    {
        using var guest = new Guest(isReadOnly: true);
        File.WriteAllText(Path.Combine(guest.Box, "f"), "text");
        Directory.CreateDirectory(Path.Combine(guest.Box, "d"));
        Assert.Equal(Errno.RoFs, guest.Open("f", out _));
        Assert.Equal(Errno.RoFs, guest.Open("f", out _, OpenFlags.Truncate, Rights.FdRead));
        Assert.Equal(Errno.RoFs, guest.Open("new", out _, OpenFlags.Create, Rights.FdRead));
        Assert.Equal(Errno.Exist, guest.Open("f", out _, OpenFlags.Create | OpenFlags.Exclusive, Rights.FdRead));
        Assert.Equal(Errno.RoFs, guest.CreateDirectory("e"));
        Assert.Equal(Errno.RoFs, guest.RemoveDirectory("d"));
        Assert.Equal(Errno.RoFs, guest.Unlink("f"));
        Assert.Equal(Errno.RoFs, guest.Rename("f", "g"));
        Assert.Equal(Errno.RoFs, guest.Link("f", "g"));
        Assert.Equal(Errno.RoFs, guest.Symlink("f", "g"));
        var fd = guest.Opened("f", OpenFlags.Create, Rights.FdRead | Rights.FdFilestatSetTimes);
        Assert.Equal((Errno.Success, "text"), (guest.Read(fd, out var text), text));
        Assert.Equal(Errno.RoFs, guest.Functions.FdFilestatSetTimes(fd, 0, 0, 1));
        Assert.Equal(Errno.RoFs, guest.Open("../f", out _, OpenFlags.Create, Rights.FdWrite,
            from: guest.OpenedDirectory("d")));
        Assert.Equal(["d", "f"], Directory.GetFileSystemEntries(guest.Box).Select(Path.GetFileName).Order());
    }

    [Fact]
    public void A_read_only_file_gets_no_name_where_it_could_be_written()
    {
        using var guest = new Guest();
        Preopen[] preopens = [new Preopen(guest.Box, "/ro", true), new Preopen(guest.Box, "/rw")];
        var options = new WasiOptions { Preopens = preopens };
        using var both = new Guest(options);
        File.WriteAllText(Path.Combine(guest.Box, "f"), "text");
        Assert.Equal(Errno.XDev, both.Link("f", "g", toFd: 4));
        Assert.Equal(Errno.RoFs, both.Rename("f", "g", toFd: 4));
    }
}
