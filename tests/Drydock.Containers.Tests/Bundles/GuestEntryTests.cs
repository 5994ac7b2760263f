using Drydock.Containers.Bundles;

namespace Drydock.Containers.Tests.Bundles;

public sealed class GuestEntryTests : IDisposable
{
    private readonly BundleDirectory _bundle = new();

    [Theory]
    [InlineData("\"/app\"", "rootfs/app", "/app")]
    [InlineData("\"app.wasm\"", "rootfs/bin/app.wasm", "/bin/app.wasm")]
    [InlineData("\"app.wasm\"", "rootfs/opt/app.wasm", "/opt/app.wasm")]
    [InlineData("\"app.wasm\"", "rootfs/work/app.wasm", "/work/app.wasm")]
    [InlineData("\"./app.wasm\"", "rootfs/work/app.wasm", "/work/app.wasm")]
    [InlineData("\"../app.wasm\"", "rootfs/app.wasm", "/app.wasm")]
    [InlineData("\"/dev/init\",\"--\",\"/app\"", "rootfs/app", "/app")]
    public void A_module_is_known_by_its_bytes_where_execvp_would_find_it(string args, string file, string path)
    {
        _bundle.WithFile(file, BundleDirectory.Module).Starting(args);
        GuestEntry entry = Find()!;
        Assert.Equal((path, Path.Join(_bundle.Path, file), "_start", false),
            (entry.Path, entry.HostPath, entry.Function, entry.IsComponent));
    }

    [Fact]
    public void An_init_process_is_not_the_guest_s_business()
    {
        _bundle.WithFile("rootfs/app", BundleDirectory.Module).Starting("\"/dev/init\",\"--\",\"/app\",\"x\"");
        Assert.Equal(["/app", "x"], Find()!.Args);
    }

    [Fact]
    public void A_command_may_name_a_function()
    {
        _bundle.WithFile("rootfs/app.wasm", BundleDirectory.Module).Starting("\"/app.wasm#main\"");
        Assert.Equal(("/app.wasm", "main"), (Find()!.Path, Find()!.Function));
    }

    [Fact]
    public void A_file_whose_name_has_a_hash_is_that_file()
    {
        _bundle.WithFile("rootfs/a#b", BundleDirectory.Module).Starting("\"/a#b\"");
        Assert.Equal(("/a#b", "_start"), (Find()!.Path, Find()!.Function));
    }

    [Fact]
    public void A_component_is_told_apart()
    {
        _bundle.WithFile("rootfs/app.wasm", BundleDirectory.Component).Starting("\"/app.wasm\"");
        Assert.True(Find()!.IsComponent);
    }

    [Theory]
    [InlineData("\"module.wasm.image/variant\":\"compat\"")]
    [InlineData("\"run.oci.handler\":\"wasm\"")]
    public void A_native_program_stays_native_whatever_annotations_say(string annotation)
    {
        _bundle.WithFile("rootfs/app.wasm", BundleDirectory.Elf)
            .Starting("\"/app.wasm\"", $$""","annotations":{{{annotation}}}""");
        Assert.Null(Find());
    }

    [Theory]
    [InlineData("io.kubernetes.cri.container-type")]
    [InlineData("io.kubernetes.cri-o.ContainerType")]
    public void The_sandbox_of_a_pod_is_native(string annotation)
    {
        _bundle.WithFile("rootfs/pause", BundleDirectory.Module)
            .Starting("\"/pause\"", $$""","annotations":{"{{annotation}}":"sandbox"}""");
        Assert.Null(Find());
    }

    [Theory]
    [InlineData("\"/nothing\"")]
    [InlineData("\"\"")]
    [InlineData("\"/\"")]
    [InlineData("\"/bin\"")]
    [InlineData("")]
    public void What_is_not_there_is_for_the_lower_runtime_to_say(string args)
    {
        _bundle.WithFile("rootfs/bin/x", BundleDirectory.Module).Starting(args);
        Assert.Null(Find());
    }

    [Fact]
    public void A_link_does_not_lead_out_of_the_root()
    {
        _bundle.WithFile("outside.wasm", BundleDirectory.Module).WithFile("rootfs/x", []).Starting("\"/app.wasm\"");
        File.CreateSymbolicLink(Path.Join(_bundle.Root, "app.wasm"), "../outside.wasm");
        Assert.Null(Find());
        _bundle.WithFile("rootfs/outside.wasm", BundleDirectory.Module);
        Assert.Equal(Path.Join(_bundle.Root, "outside.wasm"), Find()!.HostPath);
    }

    [Fact]
    public void A_module_may_come_from_a_mount()
    {
        _bundle.WithFile("rootfs/x", []).WithFile("volume/sub/app.wasm", BundleDirectory.Module)
            .WithFile("one.wasm", BundleDirectory.Module);
        const string Mounts = ""","mounts":[{"destination":"/v","source":"volume","type":"bind"},{"destination":"/f","source":"one.wasm","options":["rbind"]},{"destination":"/v/tmp","type":"tmpfs","source":"tmpfs"}]""";
        _bundle.Starting("\"/v/sub/app.wasm\"", Mounts);
        Assert.Equal(Path.Join(_bundle.Path, "volume/sub/app.wasm"), Find()!.HostPath);
        _bundle.Starting("\"/f\"", Mounts);
        Assert.Equal(Path.Join(_bundle.Path, "one.wasm"), Find()!.HostPath);
        _bundle.Starting("\"/v/tmp/app.wasm\"", Mounts);
        Assert.Null(Find());
    }

    /// <summary>Its image has no files: containerd makes a container with an empty root.</summary>
    [Fact]
    public void An_image_that_is_a_module_is_brought_in()
    {
        _bundle.WithFile("rootfs/x", []).WithFile("module.wasm", BundleDirectory.Module).WithFile("no.wasm", [1]);
        _bundle.Starting("\"app.wasm\",\"-x\"");
        using BundleConfig config = BundleConfig.Read(_bundle.Path);
        Assert.True(GuestEntry.IsMissing(config));
        GuestEntry entry = GuestEntry.OfArtifact(config, Path.Join(_bundle.Path, "module.wasm"))!;
        Assert.Equal("/.drydock/module.wasm", entry.Path);
        Assert.Equal(["app.wasm", "-x"], entry.Args);
        Assert.Equal(
            [entry.Path, "/.drydock/drydock-guest"],
            new GuestExecutable("/usr/bin/drydock", []).Mounts("/.drydock", entry).Select(mount => mount.Destination));
        Assert.Null(GuestEntry.OfArtifact(config, Path.Join(_bundle.Path, "no.wasm")));
        _bundle.Starting("\"/x\"");
        using BundleConfig present = BundleConfig.Read(_bundle.Path);
        Assert.False(GuestEntry.IsMissing(present));
    }

    public void Dispose() => _bundle.Dispose();

    private GuestEntry? Find()
    {
        using BundleConfig config = BundleConfig.Read(_bundle.Path);
        return GuestEntry.Find(config);
    }
}
