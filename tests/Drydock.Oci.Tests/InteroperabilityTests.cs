using System.Text.Json;

namespace Drydock.Oci.Tests;

/// <summary>The store and its images in the hands of the tools everyone has.</summary>
public sealed class InteroperabilityTests : IDisposable
{
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module).With("data/a.txt", "a");

    public void Dispose() => _box.Dispose();

    [Fact]
    public void Skopeo_reads_and_checks_what_was_built()
    {
        if (!Tools.Available("skopeo"))
            return;
        var result =
            _box.Build("FROM scratch\nCOPY hello.wasm /\nCOPY data /data\nENV A=b\nENTRYPOINT [\"/hello.wasm\"]");
        var location = $"oci:{_box.Store.Root}:docker.io/library/test:latest";
        using var inspected = JsonDocument.Parse(Tools.Run("skopeo", "inspect", location));
        Assert.Equal("wasm", inspected.RootElement.GetProperty("Architecture").GetString());
        Assert.Equal("wasi", inspected.RootElement.GetProperty("Os").GetString());
        Assert.Equal(result.Manifest.ToString(), inspected.RootElement.GetProperty("Digest").GetString());

        var copy = Path.Join(_box.Directory, "copy");
        Tools.Run("skopeo", "--insecure-policy", "copy", location, $"oci:{copy}:again");
        _box.Store = ImageStore.Open(copy);
        Assert.Equal(result.Id, _box.Image("again").Id);
        Assert.Equal(["data/", "data/a.txt", "hello.wasm"], _box.Files("again"));
    }

    [Fact]
    public void Skopeo_writes_into_the_store()
    {
        if (!Tools.Available("skopeo"))
            return;
        _box.Build("FROM scratch\nCOPY hello.wasm /");
        var root = _box.Store.Root;
        Tools.Run("skopeo", "--insecure-policy", "copy",
            $"oci:{root}:docker.io/library/test:latest", $"oci:{root}:example.org/other:2");
        Assert.Equal(["hello.wasm"], _box.Files("example.org/other:2"));
        Assert.Equal(_box.Image("test").Id, _box.Image("example.org/other:2").Id);
    }

    [Fact]
    public void Umoci_unpacks_the_same_files()
    {
        if (!Tools.Available("umoci"))
            return;
        _box.Build("FROM scratch\nCOPY --chmod=755 hello.wasm /\nWORKDIR /w\nCOPY data .", "umoci",
            options => options with { Platform = Platform.Parse("linux/amd64") }); // umoci knows no other kind
        var layout = Path.Join(_box.Directory, "layout");
        Tools.Run("cp", "-r", _box.Store.Root, layout);
        // umoci takes no slash in a tag.
        var index = Path.Join(layout, "index.json");
        File.WriteAllText(index, File.ReadAllText(index).Replace(
            "\"org.opencontainers.image.ref.name\":\"docker.io/library/umoci:latest\"",
            "\"org.opencontainers.image.ref.name\":\"x\""));
        Tools.Run("umoci", "unpack", "--rootless", "--image", $"{layout}:x", Path.Join(_box.Directory, "bundle"));
        var root = Path.Join(_box.Directory, "bundle", "rootfs");
        Assert.Equal(_box.Files("umoci"), Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path) + (Directory.Exists(path) ? "/" : ""))
                .Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Images_of_buildah_are_read()
    {
        if (!Tools.Available("buildah"))
            return;
        string[] storage = ["--root", Path.Join(_box.Directory, "r"), "--runroot", Path.Join(_box.Directory, "rr"),
            "--storage-driver", "vfs"];
        _box.With("Containerfile",
            "FROM scratch\nCOPY hello.wasm /hello.wasm\nCOPY data /data\nENTRYPOINT [\"/hello.wasm\"]");
        var (code, _, error) =
            Tools.TryRun("buildah", [.. storage, "build", "--isolation", "chroot", "--platform", "wasi/wasm",
            "-t", "localhost/made:1", _box.Context]);
        if (code != 0)
        {
            Console.WriteLine($"skipped: buildah does not work here: {error}");
            return;
        }
        var layout = Path.Join(_box.Directory, "layout");
        Tools.Run("buildah", [.. storage, "push", "localhost/made:1", $"oci:{layout}:localhost/made:1"]);
        _box.Store = ImageStore.Open(layout);
        var image = _box.Image("localhost/made:1");
        Assert.Equal("wasi/wasm", image.Platform.ToString());
        Assert.Equal(["data/", "data/a.txt", "hello.wasm"], _box.Files("localhost/made:1"));
        Assert.Equal("/hello.wasm", _box.Store.OpenContent(image).Find(image.Config.CommandLine([])[0]).GuestPath);
    }

    private string Save(ArchiveFormat format, params string[] names)
    {
        var path = Path.Join(_box.Directory, $"{format}.tar");
        using var file = File.Create(path);
        ImageArchive.Save(_box.Store, names, file, format);
        return path;
    }

    [Fact]
    public void Skopeo_reads_saved_archives_in_both_forms()
    {
        if (!Tools.Available("skopeo"))
            return;
        var built = _box.Build("FROM scratch\nCOPY hello.wasm /\nCOPY data /data\nENTRYPOINT [\"/hello.wasm\"]");
        var both = Save(ArchiveFormat.Both, "test");
        foreach (var location in (string[])[$"oci-archive:{both}:docker.io/library/test:latest",
            $"docker-archive:{both}:docker.io/library/test:latest",
            $"docker-archive:{Save(ArchiveFormat.Docker, "test")}", $"oci-archive:{Save(ArchiveFormat.Oci, "test")}"])
        {
            using var inspected = JsonDocument.Parse(Tools.Run("skopeo", "inspect", location));
            Assert.Equal("wasi", inspected.RootElement.GetProperty("Os").GetString());
            using var config = JsonDocument.Parse(Tools.Run("skopeo", "inspect", "--config", location));
            Assert.Equal("/hello.wasm", config.RootElement.GetProperty("config").GetProperty("Entrypoint")[0]
                .GetString());
        }
        Assert.Equal(built.Manifest.ToString(),
            JsonDocument.Parse(Tools.Run("skopeo", "inspect", $"oci-archive:{both}:docker.io/library/test:latest"))
            .RootElement.GetProperty("Digest").GetString());
    }

    [Theory]
    [InlineData("docker-archive")]
    [InlineData("oci-archive")]
    public void Archives_of_skopeo_are_loaded(string form)
    {
        if (!Tools.Available("skopeo"))
            return;
        _box.Build("FROM scratch\nCOPY hello.wasm /\nCOPY data /data");
        var archive = Path.Join(_box.Directory, "made.tar");
        Tools.Run("skopeo", "--insecure-policy", "copy", $"oci:{_box.Store.Root}:docker.io/library/test:latest",
            $"{form}:{archive}:docker.io/library/made:1");
        using var file = File.OpenRead(archive);
        Assert.Equal("made:1", Assert.Single(ImageArchive.Load(_box.Store, file).Images).Name!.Familiar);
        Assert.Equal(["data/", "data/a.txt", "hello.wasm"], _box.Files("made:1"));
    }

    [Fact]
    public void Podman_loads_what_was_saved_and_what_podman_saves_is_loaded()
    {
        if (!Tools.Available("podman"))
            return;
        _box.Build("FROM scratch\nCOPY hello.wasm /\nENTRYPOINT [\"/hello.wasm\"]", "localhost/saved:1");
        string[] podman = ["--root", Path.Join(_box.Directory, "p"), "--runroot", Path.Join(_box.Directory, "pr"),
            "--storage-driver", "vfs", "--cgroup-manager", "cgroupfs"];
        if (Tools.TryRun("podman", [.. podman, "info"]) is { Code: not 0 } broken)
        {
            Console.WriteLine($"skipped: podman does not work here: {broken.Error}");
            return;
        }
        foreach (var format in Enum.GetValues<ArchiveFormat>())
            Assert.Contains("localhost/saved:1",
                Tools.Run("podman", [.. podman, "load", "-i", Save(format, "localhost/saved:1")]));
        using var inspected =
            JsonDocument.Parse(Tools.Run("podman", [.. podman, "image", "inspect", "localhost/saved:1"]));
        Assert.Equal("wasm", inspected.RootElement[0].GetProperty("Architecture").GetString());
        Assert.Equal(_box.Image("localhost/saved:1").Id.Hex, inspected.RootElement[0].GetProperty("Id").GetString());
        foreach (var form in (string[])["docker-archive", "oci-archive"])
        {
            var archive = Path.Join(_box.Directory, form);
            Tools.Run("podman", [.. podman, "save", "--format", form, "-o", archive, "localhost/saved:1"]);
            using var other = new Sandbox();
            using var file = File.OpenRead(archive);
            ImageArchive.Load(other.Store, file);
            Assert.Equal(["hello.wasm"], other.Files("localhost/saved:1"));
        }
    }

    [Fact]
    public void A_build_with_commands_is_handed_to_buildah()
    {
        if (!Tools.Available("buildah"))
            return;
        var busybox = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Select(each => Path.Join(each, "busybox")).FirstOrDefault(File.Exists);
        if (busybox is null)
        {
            Console.WriteLine("skipped: busybox, a shell for the build, is not installed");
            return;
        }
        _box.With("busybox", File.ReadAllBytes(busybox));
        ImageException? refused = null;
        try
        {
            _box.Build(
                "FROM scratch AS tool\nCOPY --chmod=755 busybox /bin/sh\nRUN echo made > /made.txt\nFROM scratch\nCOPY --from=tool /made.txt /made.txt\nCOPY hello.wasm /",
                change: options => options with { UseBuildah = true });
        }
        catch (ImageException e)
        {
            refused = e;
        }
        Assert.Contains("handing the build to buildah",
            Assert.Single(_box.Warnings, warning => warning.Contains("buildah")));
        if (refused is not null)
        {
            Assert.Contains("buildah", refused.Message);
            Console.WriteLine($"skipped: buildah cannot run commands here: {refused.Message}");
            return;
        }
        Assert.Equal(["hello.wasm", "made.txt"], _box.Files());
        Assert.Equal("made\n", _box.Read("made.txt"));
    }
}
