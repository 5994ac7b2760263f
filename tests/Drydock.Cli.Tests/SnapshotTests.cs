namespace Drydock.Cli.Tests;

/// <summary><c>drydock build --snapshot</c>.</summary>
public sealed class SnapshotTests : TemporaryDirectory
{
    private const string Plain = "FROM scratch\nCOPY app.wasm /app.wasm\nENTRYPOINT [\"/app.wasm\"]\n";

    /// <summary>Exits with 1 until it is initialised: with what its memory, global and table hold then.</summary>
    private const string Guest = """
        (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (import "wasi_snapshot_preview1" "environ_sizes_get" (func $sizes (param i32 i32) (result i32)))
          (memory (export "memory") 1) (table 2 funcref) (type $t (func (result i32)))
          (data (i32.const 100) "\01")
          (global $g (mut i32) (i32.const 0))
          (elem (i32.const 0) $one $one)
          (func $one (result i32) (i32.const 0))
          (func $two (result i32) (i32.const 4))
          (elem declare func $two)
          (func (export "wizer.initialize")
            (drop (memory.grow (i32.const 1)))
            (i32.store8 (i32.const 100) (i32.const 2)) (i32.store8 (i32.const 70000) (i32.const 8))
            (global.set $g (i32.const 16)) (table.set (i32.const 1) (ref.func $two)))
          (func (export "counting") (drop (call $sizes (i32.const 0) (i32.const 4))) (global.set $g (i32.load (i32.const 0))))
          (func (export "_start")
            (if (i32.eq (memory.size) (i32.const 1)) (then (call $exit (i32.add (i32.const 1) (global.get $g)))))
            (call $exit (i32.add (i32.add (i32.load8_u (i32.const 100)) (i32.load8_u (i32.const 70000)))
              (i32.add (global.get $g) (call_indirect (type $t) (i32.const 1)))))))
        """;

    [Fact]
    public void A_program_starts_initialised()
    {
        Module(Guest, "context/app.wasm");
        Assert.Equal(0, Build(Plain, "-t", "plain").Code);
        Assert.Equal(1, Drydock("run", "plain").Code);
        Outcome built = Build(Plain, "-t", "ready", "--snapshot");
        Assert.Equal("", built.Error);
        Assert.Equal(2 + 8 + 16 + 4, Drydock("run", "ready").Code);
        Assert.Equal(0, Build(Plain, "-t", "art", "--artifact", "--snapshot").Code);
        Assert.Equal(2 + 8 + 16 + 4, Drydock("run", "art").Code);
    }

    [Fact]
    public void The_newer_names_of_Wizer_are_known()
    {
        Module("""
            (module (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32))) (global $g (mut i32) (i32.const 1))
              (func (export "wizer-initialize") (global.set $g (i32.const 5)))
              (func (export "wizer-resume") (call $exit (global.get $g))) (func (export "_start") unreachable))
            """, "context/app.wasm");
        Assert.Equal("", Build(Plain, "-t", "ready", "--snapshot").Error);
        Assert.Equal(5, Drydock("run", "ready").Code);
    }

    [NeedsTheory(Needed.Guests)]
    [InlineData(false, "fresh 2 ")]
    [InlineData(true, "ready 2 ")]
    public void A_program_in_C_starts_with_what_it_made(bool isReady, string expected)
    {
        string guest = Path.Join(Repository.Root, Needed.Guests, "snapshot.wasm");
        Assert.True(File.Exists(guest), "run scripts/build-guests");
        Write("context/app.wasm", File.ReadAllBytes(guest));
        Assert.Equal("", Build(Plain, isReady ? ["-t", "sorted", "--snapshot"] : ["-t", "sorted"]).Error);
        Outcome outcome = Drydock("run", "sorted", "x");
        Assert.Equal("", outcome.Error);
        Assert.StartsWith(expected, outcome.Output, StringComparison.Ordinal);
        Assert.EndsWith(" 3543334970\n", outcome.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_not_given_cannot_be_asked_for()
    {
        Module(Guest, "context/app.wasm");
        Outcome refused = Build(Plain, "-t", "ready", "--snapshot=counting");
        Assert.Equal(125, refused.Code);
        Assert.Contains("it calls wasi_snapshot_preview1.environ_sizes_get", refused.Error, StringComparison.Ordinal);
        Assert.Equal(0, Build(Plain, "-t", "ready", "--snapshot=counting", "--snapshot-env", "A=b", "--snapshot-env",
            "C=d").Code);
        Assert.Equal(3, Drydock("run", "ready").Code);
    }

    [Fact]
    public void What_cannot_be_initialised_is_said()
    {
        Module("(module (memory 1) (func (export \"_start\")) (func (export \"bad\") unreachable))",
            "context/app.wasm");
        Assert.Contains("exports no function wizer.initialize", Build(Plain, "--snapshot").Error,
            StringComparison.Ordinal);
        Assert.Contains("bad trapped", Build(Plain, "--snapshot=bad").Error, StringComparison.Ordinal);
        Module("(module (import \"e\" \"m\" (memory 1)) (func (export \"wizer.initialize\")))", "context/app.wasm");
        Assert.Contains("imports a memory", Build(Plain, "--snapshot").Error, StringComparison.Ordinal);
    }
}
