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
        var result = _box.Build("FROM scratch\nCOPY hello.wasm /\nCOPY data /data\nENV A=b\nENTRYPOINT [\"/hello.wasm\"]");
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
            "\"org.opencontainers.image.ref.name\":\"docker.io/library/umoci:latest\"", "\"org.opencontainers.image.ref.name\":\"x\""));
        Tools.Run("umoci", "unpack", "--rootless", "--image", $"{layout}:x", Path.Join(_box.Directory, "bundle"));
        var root = Path.Join(_box.Directory, "bundle", "rootfs");
        Assert.Equal(_box.Files("umoci"), Directory.EnumerateFileSystemEntries(root, "*", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(root, path) + (Directory.Exists(path) ? "/" : "")).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Images_of_buildah_are_read()
    {
        if (!Tools.Available("buildah"))
            return;
        string[] storage = ["--root", Path.Join(_box.Directory, "r"), "--runroot", Path.Join(_box.Directory, "rr"), "--storage-driver", "vfs"];
        _box.With("Containerfile", "FROM scratch\nCOPY hello.wasm /hello.wasm\nCOPY data /data\nENTRYPOINT [\"/hello.wasm\"]");
        var (code, _, error) = Tools.TryRun("buildah", [.. storage, "build", "--isolation", "chroot", "--platform", "wasi/wasm",
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
}
