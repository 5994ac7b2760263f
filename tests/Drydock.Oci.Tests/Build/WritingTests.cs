using System.Text;
using System.Text.Json;

namespace Drydock.Oci.Tests;

/// <summary>Artifacts, annotations, indexes and lists of parts.</summary>
public sealed class WritingTests : IDisposable
{
    private const string Plain =
        "FROM scratch\nCOPY hello.wasm /bin/hello.wasm\nENTRYPOINT [\"/bin/hello.wasm\"]\nLABEL org.opencontainers.image.licenses=MIT";
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);

    public void Dispose() => _box.Dispose();

    [Fact]
    public void An_artifact_is_the_module_alone()
    {
        _box.Build(Plain, change: options => options with { Artifact = true });
        var image = _box.Image();
        Assert.Equal(MediaTypes.WasmConfig, image.Manifest.Config.MediaType);
        var layer = Assert.Single(image.Manifest.Layers);
        Assert.Equal((MediaTypes.Wasm, Digest.Of(Sandbox.Module)), (layer.MediaType, layer.Digest));
        Assert.Equal("hello.wasm", layer.Annotation(Annotations.Title));
        using var config = JsonDocument.Parse(_box.Store.ReadJson(image.Manifest.Config));
        Assert.Equal(("wasm", "wasip1"), (config.RootElement.GetProperty("architecture").GetString(),
            config.RootElement.GetProperty("os").GetString()));
        Assert.Equal(layer.DigestText, config.RootElement.GetProperty("layerDigests")[0].GetString());
        Assert.False(config.RootElement.TryGetProperty("component", out _));
        Assert.Equal(_box.Store.BlobPath(layer.Digest), _box.Store.OpenContent(image).Find(null).HostPath);
    }

    [Fact]
    public void A_component_says_what_it_imports_and_exports()
    {
        byte[] component = [0, (byte)'a', (byte)'s', (byte)'m', 13, 0, 1, 0, 10, 10, 1, 0, 5, .. "a:b/c"u8, 5, 0, 11,
            9, 1, 0, 3, .. "run"u8, 1, 0, 0];
        _box.With("component.wasm", component)
            .Build("FROM scratch\nCOPY component.wasm /", change: options => options with { Artifact = true });
        using var config = JsonDocument.Parse(_box.Store.ReadJson(_box.Image().Manifest.Config));
        Assert.Equal("wasip2", config.RootElement.GetProperty("os").GetString());
        Assert.Equal("a:b/c", config.RootElement.GetProperty("component").GetProperty("imports")[0].GetString());
        Assert.Equal("run", config.RootElement.GetProperty("component").GetProperty("exports")[0].GetString());
    }

    [Theory]
    [InlineData("FROM scratch\nENTRYPOINT [\"/none\"]", "no file /none")]
    [InlineData("FROM scratch\nWORKDIR /x", "no .wasm file")]
    [InlineData("FROM scratch\nCOPY hello.wasm /a.wasm\nCOPY hello.wasm /b.wasm", "several")]
    [InlineData("FROM scratch\nCOPY <<x /t.wasm\ntext\nx\nENTRYPOINT [\"/t.wasm\"]", "not a WebAssembly")]
    public void An_artifact_of_nothing_is_refused(string dockerfile, string message) => Assert.Contains(message,
        Assert.Throws<ImageException>(() =>
            _box.Build(dockerfile, change: options => options with { Artifact = true })).Message);

    [Fact]
    public void Labels_of_the_specification_are_annotations_too()
    {
        _box.Build(Plain, change: options => options with
        {
            Annotations = new Dictionary<string, string>
            {
                ["a"] = "b",
                ["org.opencontainers.image.created"] = "2020-01-01T00:00:00Z"
            },
        });
        Assert.Equal(new Dictionary<string, string>
        {
            ["a"] = "b",
            ["org.opencontainers.image.created"] = "2020-01-01T00:00:00Z",
            ["org.opencontainers.image.licenses"] = "MIT",
        }, _box.Image().Manifest.Annotations);
    }

    [Fact]
    public void Several_platforms_are_one_index()
    {
        var built = _box.Build(Plain, "multi", options => options with
        {
            Platforms = [Platform.Wasi, Platform.Parse("linux/amd64")],
            IndexAnnotations = new Dictionary<string, string> { ["k"] = "v" },
        });
        Assert.Equal("wasi/wasm", _box.Image("multi").Platform.ToString());
        Assert.Equal("linux/amd64", _box.Store.Resolve("multi", Platform.Parse("linux/amd64")).Platform.ToString());
        var index = OciReader.Index(File.ReadAllBytes(_box.Store.BlobPath(built.Manifest)), "x");
        Assert.Equal(2, index.Manifests.Length);
        Assert.Equal("v", index.Annotations!["k"]);
        Assert.Equal(built, _box.Build(Plain, "again", options => options with
        {
            Platforms = [Platform.Wasi, Platform.Parse("linux/amd64")],
            IndexAnnotations = new Dictionary<string, string> { ["k"] = "v" },
        }));
    }

    [Fact]
    public void A_foreign_manifest_in_an_index_stays_as_it_is()
    {
        const string foreign = """{"mediaType":"application/vnd.oci.image.manifest.v1+json","digest":"sha256:0123456789012345678901234567890123456789012345678901234567890123","size":7,"platform":{"architecture":"arm64","os":"linux","os.features":["x"]},"urls":["https://example.org"]}""";
        var bytes = Encoding.UTF8.GetBytes(
            $"{{\"schemaVersion\":2,\"mediaType\":\"{MediaTypes.Index}\",\"manifests\":[{foreign}],\"x-other\":1}}");
        using (var staging = Staging.Create(_box.Store.Layout))
        {
            var entry = staging.AddBlob(MediaTypes.Index, bytes);
            staging.Commit(index => StoreIndex.WithName(index, entry, Reference.Parse("multi")));
        }
        _box.Build(Plain, null, options => options with { Manifest = Reference.Parse("multi") });
        var built = _box.Build(Plain + "\nENV B=c", null, options =>
            options with { Manifest = Reference.Parse("multi") });
        using var json = JsonDocument.Parse(File.ReadAllBytes(_box.Store.BlobPath(built.Manifest)));
        Assert.Equal(2, json.RootElement.GetProperty("manifests").GetArrayLength());
        using var expected = JsonDocument.Parse(foreign);
        Assert.True(JsonElement.DeepEquals(expected.RootElement, json.RootElement.GetProperty("manifests")[0]));
        Assert.Equal(1, json.RootElement.GetProperty("x-other").GetInt32());
        Assert.Equal(["B=c"], _box.Image("multi").Config.Config!.Env!);
    }

    [Fact]
    public void An_index_is_made_around_an_image_that_had_the_name()
    {
        _box.Build(Plain, "one", options => options with { Platform = Platform.Parse("linux/amd64") });
        _box.Build(Plain, null, options => options with { Manifest = Reference.Parse("one") });
        Assert.Equal(["linux/amd64", "wasi/wasm"], _box.Store.List().Where(image => image.Name is not null)
            .Select(image => image.Platform.ToString()).Order());
    }

    [Theory]
    [InlineData(SbomFormat.Spdx)]
    [InlineData(SbomFormat.CycloneDx)]
    public void The_parts_are_listed_beside_the_image(SbomFormat format)
    {
        _box.With("hello.wasm", WithProducers())
            .With(
                "Cargo.lock", "version = 3\n\n[[package]]\nname = \"serde\"\nversion = \"1.0.1\"\nchecksum = \"abc\"\n\n[[package]]\nname = \"hello\"\nversion = \"0.1.0\"\n")
            .With("go.sum", "golang.org/x/text v0.3.0 h1:x=\ngolang.org/x/text v0.3.0/go.mod h1:y=\n")
            .With("package-lock.json",
                "{\"packages\":{\"\":{},\"node_modules/@s/left\":{\"version\":\"2.0.0\",\"license\":\"MIT\"}}}");
        var built = _box.Build(Plain, change: options => options with { Sbom = format });
        var index = StoreIndex.Read(_box.Store.Layout);
        var entry = Assert.Single(Attachments.Of(index, built.Manifest, _box.Store.Reader));
        var manifest = _box.Store.Reader.ReadManifest(entry, "x");
        Assert.Equal(built.Manifest, manifest.Subject!.Digest);
        var text = File.ReadAllText(_box.Store.BlobPath(manifest.Layers[0].Digest));
        using var document = JsonDocument.Parse(text);
        foreach (var part in (string[])["pkg:cargo/serde@1.0.1", "pkg:golang/golang.org/x/text@v0.3.0",
            "pkg:npm/%40s/left@2.0.0", "clang", "C_plus", "MIT", "hello.wasm"])
            Assert.Contains(part, text);
        Assert.DoesNotContain("go.mod", text);
        Assert.Single(_box.Store.List());
        Assert.Equal(built, _box.Build(Plain, change: options => options with { Sbom = format }));
        _box.Store.Remove("test");
        Assert.Empty(Directory.EnumerateFiles(_box.Store.Layout.Blobs));
    }

    [Theory]
    [InlineData(new byte[] { 1 })]
    [InlineData(new byte[] { 0xff, 0xff, 0xff, 0xff, 0x0f })]
    [InlineData(new byte[] { 1, 5, 1 })]
    public void A_malformed_list_of_producers_is_passed_over(byte[] content)
    {
        _box.With("hello.wasm", [.. Sandbox.Module, 0, (byte)(10 + content.Length), 9, .. "producers"u8, .. content]);
        _box.Build(Plain, change: options => options with { Sbom = SbomFormat.Spdx });
    }

    private static byte[] WithProducers()
    {
        byte[] content = [9, .. "producers"u8, 2, 8, .. "language"u8, 1, 6, .. "C_plus"u8, 0, 12, .. "processed-by"u8,
            1, 5, .. "clang"u8, 2, .. "16"u8];
        return [.. Sandbox.Module, 0, (byte)content.Length, .. content];
    }
}
