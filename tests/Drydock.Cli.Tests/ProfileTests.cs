using System.Globalization;
using System.Text.Json;

namespace Drydock.Cli.Tests;

/// <summary><c>drydock run --profile</c>.</summary>
public sealed class ProfileTests : TemporaryDirectory
{
    /// <summary>Spends half a second or more in two functions, and exits with 3.</summary>
    private const string Guest = """
        (module $m (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
          (func $spin (param $n i32) (result i32) (local $x i32)
            (loop $again
              (local.set $x (i32.rotl (i32.xor (local.get $x) (local.get $n)) (i32.const 5)))
              (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))
            (local.get $x))
          (func $work (drop (call $spin (i32.const 200000000))))
          (func (export "_start") (call $work) (call $exit (i32.const 3))))
        """;

    [Fact]
    public void Folded_stacks_name_the_guests_functions()
    {
        string file = Path.Join(Home, "out.folded");
        Assert.Equal(new Outcome(3, "", ""), Run(file));
        string[] lines = File.ReadAllLines(file);
        string hottest = lines.MaxBy(line => int.Parse(line[(line.LastIndexOf(' ') + 1)..],
            CultureInfo.InvariantCulture))!;
        Assert.StartsWith("_start;work;spin ", hottest, StringComparison.Ordinal);
    }

    [Fact]
    public void A_profile_for_Firefox_has_columns_of_the_same_length()
    {
        string file = Path.Join(Home, "out.json");
        Assert.Equal(new Outcome(3, "", ""), Run(file));
        using JsonDocument profile = JsonDocument.Parse(File.ReadAllBytes(file));
        JsonElement thread = profile.RootElement.GetProperty("threads")[0];
        Assert.Contains("spin", thread.GetProperty("stringArray").EnumerateArray().Select(name => name.GetString()));
        Assert.True(thread.GetProperty("samples").GetProperty("length").GetInt32() > 10);
        foreach (string name in (string[])["samples", "stackTable", "frameTable", "funcTable", "resourceTable",
            "nativeSymbols", "markers"])
        {
            JsonElement table = thread.GetProperty(name);
            int length = table.GetProperty("length").GetInt32();
            foreach (JsonProperty column in table.EnumerateObject())
                if (column.Value.ValueKind == JsonValueKind.Array) Assert.Equal(length, column.Value.GetArrayLength());
        }
    }

    [Fact]
    public void Perf_gets_a_map_and_the_code()
    {
        string[] before = Directory.GetFiles("/tmp", "perf-*.map");
        Assert.Equal(new Outcome(3, "", ""), Run("perf"));
        string map = Directory.GetFiles("/tmp", "perf-*.map").Except(before)
            .Single(file => File.ReadAllText(file).Contains(" spin\n", StringComparison.Ordinal));
        string dump = map.Replace("perf-", "jit-", StringComparison.Ordinal)
            .Replace(".map", ".dump", StringComparison.Ordinal);
        byte[] bytes = File.ReadAllBytes(dump);
        File.Delete(map);
        File.Delete(dump);
        Assert.Equal(0x4A695444u, BitConverter.ToUInt32(bytes));
        int records = 0;
        for (int at = 40; at < bytes.Length; at += BitConverter.ToInt32(bytes, at + 4), records++)
            Assert.Equal(0u, BitConverter.ToUInt32(bytes, at));
        Assert.True(records >= 3, "functions are missing");
    }

    [Fact]
    public void A_profile_that_cannot_be_written_is_an_error()
    {
        Outcome outcome = Run(Path.Join(Home, "none", "out.json"));
        Assert.Equal(125, outcome.Code);
        Assert.Contains("cannot write the profile", outcome.Error, StringComparison.Ordinal);
    }

    private Outcome Run(string profile) => Executable.Run(
        ["run", "--opt=baseline", "--profile=" + profile, Module(Guest)],
        environment: new Dictionary<string, string> { ["DRYDOCK_CACHE"] = "off" });
}
