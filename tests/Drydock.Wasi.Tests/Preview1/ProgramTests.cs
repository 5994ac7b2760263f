using Drydock.Wasi.Preview1;

namespace Drydock.Wasi.Tests.Preview1;

public class ProgramTests
{
    [Fact]
    public void Arguments_arrive_in_order_and_end_with_NUL()
    {
        using var guest = new Guest(new WasiOptions { Arguments = ["prog", "ä b", ""] });
        Assert.Equal(Errno.Success, guest.Functions.ArgsSizesGet(guest.Memory, Guest.Result, Guest.Result2));
        Assert.Equal((3u, 11u), (guest.U32(Guest.Result), guest.U32(Guest.Result2)));
        Assert.Equal(Errno.Success, guest.Functions.ArgsGet(guest.Memory, 100, 200));
        Assert.Equal((uint[])[200, 205, 210], (uint[])[guest.U32(100), guest.U32(104), guest.U32(108)]);
        Assert.Equal("prog\0ä b\0\0", guest.Text(200, 11));
    }

    [Fact]
    public void Environment_keeps_its_order()
    {
        using var guest = new Guest(new WasiOptions { Environment = ["B=1", "A=2"] });
        Assert.Equal(Errno.Success, guest.Functions.EnvironGet(guest.Memory, 100, 200));
        Assert.Equal("B=1\0A=2\0", guest.Text(200, 8));
    }

    [Fact]
    public void Strings_that_do_not_fit_in_memory_are_a_fault()
    {
        using var guest = new Guest(new WasiOptions { Arguments = ["prog"] });
        Assert.Equal(Errno.Fault, guest.Functions.ArgsGet(guest.Memory, 0, Guest.OutOfBounds));
        Assert.Equal(Errno.Fault, guest.Functions.ArgsGet(guest.Memory, uint.MaxValue, 0));
        Assert.Equal(Errno.Fault, guest.Functions.ArgsSizesGet(guest.Memory, 0, uint.MaxValue - 2));
    }

    [Fact]
    public void An_argument_with_a_NUL_is_refused_by_name()
    {
        var options = new WasiOptions { Arguments = ["a", "b\0c"] };
        var error = Assert.Throws<ArgumentException>(() => new WasiContext(options));
        Assert.Equal("argument 1 contains a NUL character", error.Message);
    }

    [Fact]
    public void A_missing_directory_is_an_error_that_names_it()
    {
        var options = new WasiOptions { Preopens = [new Preopen("/no/such/place", "/data")] };
        var error = Assert.Throws<IOException>(() => new WasiContext(options));
        Assert.Equal("cannot open directory /no/such/place for the guest's /data: No such file or directory",
            error.Message);
    }

    [Fact]
    public void A_directory_that_is_made_on_demand_is_made_once_when_it_is_used()
    {
        string made = Directory.CreateTempSubdirectory("drydock-wasi-").FullName;
        int count = 0;
        string Make()
        {
            count++;
            return made;
        }
        var preopen = new Preopen("/no/such/place", "/data") { Locate = Make };
        using (var guest = new Guest(new WasiOptions { Preopens = [preopen] }))
        {
            Assert.Equal(Errno.Success, guest.Functions.FdPrestatGet(guest.Memory, Guest.Root, Guest.Result));
            Assert.Equal(0, count);
            guest.Opened("new", OpenFlags.Create);
            guest.Opened("new");
        }
        Assert.Equal(1, count);
        Assert.True(File.Exists(Path.Join(made, "new")));
        Directory.Delete(made, recursive: true);
        using var unused = new Guest(new WasiOptions { Preopens = [preopen] });
        Assert.Equal(Errno.Success, unused.Functions.FdClose(Guest.Root));
        Assert.Equal(1, count);
    }

    [Fact]
    public void Clocks_go_forward_and_have_a_resolution()
    {
        using var guest = new Guest();
        for (var clock = 0u; clock < 4; clock++)
        {
            Assert.Equal(Errno.Success, Functions.ClockTimeGet(guest.Memory, clock, 0));
            Assert.Equal(Errno.Success, Functions.ClockTimeGet(guest.Memory, clock, 8));
            Assert.True(guest.U64(8) >= guest.U64(0) && guest.U64(0) > 0);
            Assert.Equal(Errno.Success, Functions.ClockResGet(guest.Memory, clock, 0));
            Assert.NotEqual(0u, guest.U64(0));
        }
        Assert.Equal(Errno.Inval, Functions.ClockTimeGet(guest.Memory, 4, 0));
        Assert.Equal(Errno.Inval, Functions.ClockResGet(guest.Memory, uint.MaxValue, 0));
        Assert.Equal(Errno.Fault, Functions.ClockTimeGet(guest.Memory, 0, Guest.OutOfBounds));
    }

    [Fact]
    public void Realtime_is_the_time_of_day()
    {
        using var guest = new Guest();
        Assert.Equal(Errno.Success, Functions.ClockTimeGet(guest.Memory, 0, 0));
        var seconds = guest.U64(0) / 1e9 - DateTimeOffset.UtcNow.ToUnixTimeMilliseconds() / 1e3;
        Assert.InRange(seconds, -60, 60);
    }

    [Fact]
    public void Random_bytes_fill_the_whole_buffer()
    {
        using var guest = new Guest();
        Assert.Equal(Errno.Success, Functions.RandomGet(guest.Memory, 0, 4096));
        Assert.True(guest.Bytes[..4096].ToArray().Distinct().Count() > 200);
        Assert.Equal(Errno.Success, Functions.RandomGet(guest.Memory, 65536, 0));
        Assert.Equal(Errno.Fault, Functions.RandomGet(guest.Memory, Guest.OutOfBounds, 2));
        Assert.Equal(Errno.Fault, Functions.RandomGet(guest.Memory, 1, uint.MaxValue));
    }

    [Fact]
    public void Exit_carries_its_code()
    {
        Assert.Equal(uint.MaxValue, Assert.Throws<ProcessExitException>(() => Functions.ProcExit(uint.MaxValue)).Code);
    }

    [Theory]
    [InlineData(6, 134)] // abrt
    [InlineData(9, 137)] // kill
    [InlineData(15, 143)] // term
    [InlineData(30, 159)] // sys
    public void A_raised_signal_ends_the_guest_as_a_shell_reports_it(uint signal, uint code)
    {
        Assert.Equal(code, Assert.Throws<ProcessExitException>(() => _ = Functions.ProcRaise(signal)).Code);
    }

    [Theory]
    [InlineData(0, Errno.Success)]
    [InlineData(16, Errno.Success)] // chld
    [InlineData(18, Errno.NotSup)] // stop
    [InlineData(31, Errno.Inval)]
    internal void Other_signals_do_nothing_or_fail(uint signal, Errno expected) =>
        Assert.Equal(expected, Functions.ProcRaise(signal));

    [Fact]
    public void Sockets_are_not_there()
    {
        using var guest = new Guest();
        Assert.Equal(Errno.NotSock, guest.Functions.Socket(Guest.Root));
        Assert.Equal(Errno.BadF, guest.Functions.Socket(99));
    }

    [Fact]
    public void The_table_has_every_function_of_the_snapshot_once()
    {
        Assert.Equal(45, FunctionTable.Entries.Length);
        Assert.Equal(45, FunctionTable.Entries.Select(entry => entry.Name).Distinct().Count());
        var open = FunctionTable.Entries.Single(entry => entry.Name == "path_open");
        Assert.Equal("[i32 i32 i32 i32 i32 i64 i64 i32 i32] -> [i32]",
            FunctionTable.TypeOf(open.Parameters).ToString());
    }
}
