using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests.Registry;

/// <summary>
/// Verbs of the protocol that no registry at hand has, and shapes of images that no tool at hand makes.
/// </summary>
public sealed class TransferTests : IDisposable
{
    private static readonly byte[] Component = [0, (byte)'a', (byte)'s', (byte)'m', 0x0d, 0, 1, 0];
    private readonly ScriptedRegistry _server = new();
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);
    private readonly ImageRegistry _registry =
        new(new() { Limits = new() { Chunk = 1000, FirstPause = TimeSpan.FromMilliseconds(5) } });

    public void Dispose()
    {
        _server.Dispose();
        _box.Dispose();
    }

    /// <summary>Pulls an image of one layer and finds what it starts.</summary>
    private EntryFile Entry(byte[] layer, string type)
    {
        _server.Offer(layer, type);
        return _box.Store.OpenContent(_registry.Pull(_box.Store, _server.Name()).Image).Find(null);
    }

    private string Refusal(byte[] layer, string type) =>
        Assert.Throws<ImageException>(() => Entry(layer, type)).Message;

    [Theory]
    [InlineData(MediaTypes.Wasm)]
    [InlineData(MediaTypes.RunwasiLayer)]
    [InlineData(MediaTypes.WasmContentLayer)]
    [InlineData(MediaTypes.WasmModuleLayer)]
    [InlineData(MediaTypes.Layer)]
    [InlineData(MediaTypes.LayerGzip)]
    [InlineData(MediaTypes.OctetStream)]
    [InlineData("application/vnd.example.plugin+wasm")]
    public void A_module_is_known_by_its_bytes(string type) =>
        Assert.Equal(Digest.Of(Sandbox.Module), Entry(Sandbox.Module, type).Digest);

    [Fact]
    public void A_component_is_named() => Assert.Contains("component", Refusal(Component, MediaTypes.Wasm));

    [Theory]
    [InlineData("application/vnd.example.strange", "\"application/vnd.example.strange\"")]
    [InlineData(MediaTypes.OctetStream, "is no WebAssembly binary")]
    public void A_layer_that_nobody_understands_is_named(string type, string reason) =>
        Assert.Contains(reason, Refusal("text"u8.ToArray(), type));

    [Fact]
    public void Compressions_that_are_not_supported_are_named()
    {
        Assert.Contains("bzip2", Refusal("BZh91AY"u8.ToArray(), MediaTypes.Layer));
        Assert.Contains("xz", Refusal([0xfd, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0], MediaTypes.Layer));
    }

    [Fact]
    public void An_image_for_envoy_starts_its_plugin()
    {
        var tar = Served.Tar(("plugin.wasm", Sandbox.Module), ("runtime-config.json", "{}"u8.ToArray()));
        var served = _server.Offer(tar, MediaTypes.Layer, Digest.Of(tar).ToString());
        var config = OciJson.Write(new ImageConfig
        {
            Os = "linux",
            Architecture = "amd64",
            Rootfs = new() { DiffIds = [Digest.Of(tar).ToString()] }
        });
        var part = Served.Of(MediaTypes.Config, config);
        _server.On($"/v2/x/blobs/{part.Digest}", config);
        _server.Manifest(Served.WriteManifest(part, served.Layer), MediaTypes.Manifest, "1");
        var image = _registry.Pull(_box.Store, _server.Name()).Image;
        Assert.Equal("/plugin.wasm", _box.Store.OpenContent(image).Find(null).GuestPath);
    }

    [Fact]
    public void A_spin_application_is_said_to_be_one_with_its_parts()
    {
        var locked = """{"spin_lock_version":1,"metadata":{"name":"shop"},"triggers":[{"trigger_type":"http"}],"components":[{"id":"cart"},{"id":"till"}]}"""u8.ToArray();
        var message = Refusal(locked, MediaTypes.SpinConfig);
        Assert.Contains("the Spin application shop (triggers: http; components: cart, till)", message);
    }

    [Fact]
    public void A_bomb_does_not_go_off()
    {
        var start = Served.Tar(("zeros", new byte[200 << 20])).AsSpan(0, 1 << 20).ToArray();
        Assert.Contains("no honest layer does", Refusal(Served.Gzip(start), MediaTypes.LayerGzip));
        Assert.Empty(Directory.EnumerateDirectories(_box.Store.Layout.RootFileSystems));
        Assert.Empty(Directory.EnumerateDirectories(_box.Store.Layout.Temporary));
    }

    [Theory]
    [InlineData("wasip1", "wasm")]
    [InlineData("WASI", "WASM32")]
    [InlineData("wasm64", "wasip2")]
    public void Platforms_are_read_in_every_spelling(string os, string architecture)
    {
        var served = _server.Offer();
        var linux = Descriptor.Of(MediaTypes.Manifest, Digest.Of("linux"u8), 5)
            with
        { Platform = new() { Os = "linux", Architecture = "amd64" } };
        var wasm = served.Manifest with { Platform = new() { Os = os, Architecture = architecture } };
        _server.Manifest(Served.WriteIndex(linux, wasm), MediaTypes.Index, "many");
        Assert.Equal(served.Manifest.Digest, _registry.Pull(_box.Store, _server.Name("x:many")).Image.ManifestDigest);
        Assert.Single(_box.Store.List());
    }

    [Fact]
    public void What_runs_nowhere_here_is_said()
    {
        var windows = Descriptor.Of(MediaTypes.Manifest, Digest.Of("w"u8), 5)
            with
        { Platform = new() { Os = "windows", Architecture = "amd64" } };
        var riscv = Descriptor.Of(MediaTypes.Manifest, Digest.Of("r"u8), 5)
            with
        { Platform = new() { Os = "linux", Architecture = "riscv64" } };
        _server.Manifest(Served.WriteIndex(windows, riscv), MediaTypes.Index, "1");
        var error = Assert.Throws<ImageException>(() => _registry.Pull(_box.Store, _server.Name()));
        Assert.Contains("is for windows/amd64, linux/riscv64, not for wasi/wasm; choose one with --platform",
            error.Message);
    }

    [Fact]
    public void Tags_are_listed_page_by_page()
    {
        _server.On("/v2/x/tags/list", asked => asked.Query.Length == 0
            ? asked.Answer(200, "{\"name\":\"x\",\"tags\":[\"a\",\"b\"]}",
                "Link: </v2/x/tags/list?last=b&n=2>; rel=\"next\"")
            : asked.Answer(200, "{\"name\":\"x\",\"tags\":[\"c\",7]}"));
        Assert.Equal(["a", "b", "c"], _registry.ListTags(_server.Name("x")));
        _server.On("/v2/x/tags/list", asked =>
            asked.Answer(200, "{\"tags\":null}", "Link: </v2/x/tags/list>; rel=\"next\""));
        Assert.Contains("has no end", Assert.Throws<ImageException>(() =>
            _registry.ListTags(_server.Name("x"))).Message);
    }

    [Fact]
    public void An_upload_that_breaks_goes_on_where_the_registry_says()
    {
        var content = new byte[2500];
        Random.Shared.NextBytes(content);
        _box.With("big", content).Build("FROM scratch\nCOPY big /big");
        var layer = _box.Image().Manifest.Layers[0];
        var received = new MemoryStream();
        var pieces = new List<string>();
        _server.On("/v2/x/blobs/uploads/", asked => asked.Answer(202, "", "Location: /upload/s"));
        _server.On("/upload/s", async asked =>
        {
            if (asked.Method == "GET")
                await asked.Answer(204, "", "Location: /upload/s", $"Range: 0-{received.Length - 1}");
            else if (asked.Method == "PUT")
                await asked.Answer(201, "");
            else
            {
                pieces.Add(asked["Content-Range"]!);
                // The second piece arrives by half, and the answer not at all.
                var cut = pieces.Count == 2;
                received.Write(asked.Body, 0, cut ? asked.Body.Length / 2 : asked.Body.Length);
                if (!cut)
                    await asked.Answer(202, "", "Location: /upload/s", $"Range: 0-{received.Length - 1}");
            }
        });
        _server.On("/v2/x/manifests/1", asked => asked.Answer(201, ""));
        _registry.Push(_box.Store, "test", _server.Name());
        Assert.Equal(["0-999", "1000-1999", "1500-2499"], pieces.Take(3));
        Assert.Equal(File.ReadAllBytes(_box.Store.BlobPath(layer.Digest)), received.ToArray());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_upload_that_fails_is_let_go_of(bool isInPieces)
    {
        _box.Build("FROM scratch\nCOPY hello.wasm /");
        var registry = new ImageRegistry(new() { Limits = new() { Chunk = isInPieces ? 100 : 1 << 20 } });
        _server.On("/v2/x/blobs/uploads/", asked => asked.Answer(202, "", "Location: /upload/first"));
        // Where there are pieces, the blob of one piece arrives: its failure would end the other upload at any place.
        _server.On("/upload/first", asked => asked.Method == "PATCH"
            ? asked.Answer(202, "", "Location: /upload/second", "Range: 0-99")
            : asked.Answer(isInPieces ? 201 : 400, ""));
        _server.On("/upload/second", asked => asked.Answer(400, ""));
        Assert.Contains("answered 400",
            Assert.Throws<ImageException>(() => registry.Push(_box.Store, "test", _server.Name())).Message);
        Assert.Contains(_server.Requests, asked => asked.Method == "DELETE"
            && asked.Path == (isInPieces ? "/upload/second" : "/upload/first"));
    }
}
