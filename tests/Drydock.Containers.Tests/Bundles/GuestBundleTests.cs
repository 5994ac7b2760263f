using System.Text.Json;
using System.Text.Json.Nodes;
using Drydock.Containers.Bundles;

namespace Drydock.Containers.Tests.Bundles;

public sealed class GuestBundleTests : IDisposable
{
    private const string Devices = """{"destination":"/dev","type":"tmpfs","source":"tmpfs","options":["noexec"]}""";
    private static readonly GuestExecutable Executable =
        new("/usr/bin/drydock", ["/usr/bin/drydock", "/lib/libc.so.6", "/lib64/ld-linux-x86-64.so.2", "/etc/passwd"]);

    private readonly BundleDirectory _bundle = new();

    [Fact]
    public void Drydock_becomes_the_process_and_the_guest_its_arguments()
    {
        _bundle.Starting("\"/app.wasm\",\"-x\"", $$""","mounts":[{{Devices}}]""", ""","user":{"uid":7,"gid":8},"noNewPrivileges":true""");
        JsonNode config = Rewrite();
        Assert.Equal(
            ["/dev/.drydock/loader", "--library-path", "/dev/.drydock", "/dev/.drydock/drydock-guest", "/app.wasm",
                "_start", "--", "/app.wasm", "-x"],
            config["process"]!["args"]!.AsArray().Select(each => (string)each!));
        Assert.Equal(["drydock.PATH=/bin:/opt"], config["process"]!["env"]!.AsArray().Select(each => (string)each!));
        Assert.Equal("""{"uid":7,"gid":8}""", config["process"]!["user"]!.ToJsonString());
        Assert.True((bool)config["process"]!["noNewPrivileges"]!);
        Assert.Equal(_bundle.Root, (string)config["root"]!["path"]!);
    }

    [Fact]
    public void The_executable_and_what_it_needs_are_bound_read_only_after_the_caller_s_mounts()
    {
        _bundle.Starting("\"/app.wasm\"", $$""","mounts":[{{Devices}}]""");
        JsonArray mounts = Rewrite()["mounts"]!.AsArray();
        Assert.Equal(
            ["/dev", "/dev/.drydock/drydock-guest", "/dev/.drydock/loader", "/dev/.drydock/libc.so.6"],
            mounts.Select(mount => (string)mount!["destination"]!));
        Assert.All(mounts.Skip(1),
            mount => Assert.Contains("ro", mount!["options"]!.AsArray().Select(each => (string)each!)));
        Assert.Equal("/usr/bin/drydock", (string)mounts[1]!["source"]!);
    }

    [Fact]
    public void A_guest_that_gets_compiled_code_is_told_of_what()
    {
        var entry = new GuestEntry("/app.wasm", "/host/app.wasm", "_start", ["/app.wasm", "--"], IsComponent: false);
        Assert.Equal(["/app.wasm", "_start", "--", "/app.wasm", "--"], GuestProcess.Describe(entry));
        Assert.Equal(
            ["/app.wasm", "_start", "d1", "--", "/app.wasm", "--"],
            GuestProcess.Describe(entry with { CodeDigest = "d1" }));
    }

    [Fact]
    public void Without_a_tmpfs_of_devices_it_is_in_the_root()
    {
        _bundle.Starting("\"/app.wasm\"");
        Assert.Equal("/.drydock/drydock-guest", (string)Rewrite()["mounts"]![0]!["destination"]!);
    }

    [Fact]
    public void A_static_executable_needs_no_loader()
    {
        var executable = new GuestExecutable("/usr/bin/drydock", ["/usr/bin/drydock"]);
        Assert.Equal(["/d/drydock-guest"], executable.Command("/d"));
        Assert.Single(executable.Mounts("/d"));
    }

    [Fact]
    public void What_drydock_does_not_know_stays_as_it_was()
    {
        const string More = ""","hooks":{"prestart":[{"path":"/x","args":["a<b"]}]},"linux":{"resources":{"memory":{"limit":9223372036854775807}}},"future":[1.50,null,"é"]""";
        _bundle.Starting("\"/app.wasm\"", More, ""","capabilities":{"bounding":["CAP_KILL"]}""");
        JsonNode before = JsonNode.Parse(File.ReadAllText(Path.Join(_bundle.Path, "config.json")))!;
        JsonNode after = Rewrite();
        foreach (string key in (string[])["ociVersion", "hooks", "linux", "future"])
            Assert.Equal(before[key]!.ToJsonString(), after[key]!.ToJsonString());
        Assert.Equal(before["process"]!["capabilities"]!.ToJsonString(),
            after["process"]!["capabilities"]!.ToJsonString());
    }

    [Fact]
    public void Variables_come_back_as_they_were_beside_what_the_lower_runtime_adds()
    {
        var environment = new Dictionary<string, string>
        {
            ["drydock.LD_PRELOAD"] = "/x.so",
            ["drydock.HOME"] = "/mine",
            ["HOME"] = "/root",
            ["NOTIFY_SOCKET"] = "/n",
        };
        Assert.Equal(["HOME=/mine", "LD_PRELOAD=/x.so", "NOTIFY_SOCKET=/n"],
            GuestProcess.Variables(environment).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_process_on_a_command_line_takes_after_the_container_s()
    {
        using JsonDocument document = JsonDocument.Parse(
            """{"args":["a"],"env":["A=1","B=2"],"cwd":"/w","terminal":true,"consoleSize":{"height":1,"width":1},"user":{"uid":1,"gid":1},"oomScoreAdj":3}""");
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output))
            new ProcessConfig(document.RootElement).WriteExec(json, ["b"], ["B=3"], null, new(5, 6), false);
        Assert.Equal(
            """{"oomScoreAdj":3,"args":["b"],"env":["A=1","B=3"],"cwd":"/w","terminal":false,"user":{"uid":5,"gid":6}}""",
            System.Text.Encoding.UTF8.GetString(output.ToArray()));
    }

    public void Dispose() => _bundle.Dispose();

    private JsonNode Rewrite()
    {
        _bundle.WithFile("rootfs/app.wasm", BundleDirectory.Module);
        using BundleConfig config = BundleConfig.Read(_bundle.Path);
        using var output = new MemoryStream();
        GuestBundle.Write(output, config, GuestEntry.Find(config)!, Executable);
        return JsonNode.Parse(output.ToArray())!;
    }
}
