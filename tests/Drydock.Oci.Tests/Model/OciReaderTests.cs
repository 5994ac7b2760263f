using System.Text;
using System.Text.Json;

namespace Drydock.Oci.Tests;

public sealed class OciReaderTests
{
    private const string Index = """
        {"schemaVersion":2,"mediaType":"m","manifests":[{"mediaType":"a","digest":"d","size":7,"platform":{"architecture":"wasm",
        "os":"wasi","variant":"v","os.version":"1"},"artifactType":"t","annotations":{"k":"v"},"urls":["u"]},null],
        "annotations":{"a":"b"},"x":{"deep":[1,{"y":null}]}}
        """;

    private const string Manifest = """
        {"schemaVersion":2,"mediaType":"m","artifactType":"t","config":{"mediaType":"c","digest":"d","size":1,"data":"e30="},
        "layers":[{"mediaType":"l","digest":"d","size":9007199254740993}],"subject":{"mediaType":"s","digest":"d","size":3},
        "annotations":{"ü":"\u00e4\n"},"x":1.5}
        """;

    private const string Config = """
        {"created":"2020-01-01T00:00:00Z","author":"me","architecture":"wasm","os":"wasi","variant":"v","config":{"User":"u",
        "ExposedPorts":{"80/tcp":{}},"Env":["A=b"],"Entrypoint":["/e"],"Cmd":["c"],"Volumes":{"/v":{}},"WorkingDir":"/w",
        "Labels":{"l":"m"},"StopSignal":"TERM","Healthcheck":{"Test":["CMD","x"],"Interval":1,"Timeout":2,"StartPeriod":3,
        "StartInterval":4,"Retries":5},"OnBuild":["RUN x"],"Shell":["/s"],"ArgsEscaped":true},"rootfs":{"type":"layers",
        "diff_ids":["a","b"]},"history":[{"created":"c","created_by":"b","author":"a","comment":"o","empty_layer":true}],
        "component":{"exports":[]}}
        """;

    /// <summary>
    /// The serializer knows every field by its attributes: what is written is what it writes, to the byte.
    /// </summary>
    [Fact]
    public void Documents_are_written_as_the_serializer_writes_them()
    {
        var (index, manifest, config) = (OciReader.Index(Bytes(Index), "x"), OciReader.Manifest(Bytes(Manifest), "x"),
            OciReader.Config(Bytes(Config), "x"));
        Assert.Equal(Text(JsonSerializer.SerializeToUtf8Bytes(index, Serializer.Instance.ImageIndex)),
            Text(OciJson.Write(index)));
        Assert.Equal(Text(JsonSerializer.SerializeToUtf8Bytes(manifest, Serializer.Instance.ImageManifest)),
            Text(OciJson.Write(manifest)));
        Assert.Equal(Text(JsonSerializer.SerializeToUtf8Bytes(config, Serializer.Instance.ImageConfig)),
            Text(OciJson.Write(config)));
        Assert.Equal("{\"imageLayoutVersion\":\"1.0.0\"}", Text(OciJson.Write(new LayoutMarker())));
    }

    [Fact]
    public void What_says_nothing_is_not_written()
    {
        Assert.Equal(
            Text(JsonSerializer.SerializeToUtf8Bytes(new ImageManifest(), Serializer.Instance.ImageManifest))
                .Replace("\"digest\":\"\"", "\"digest\":\"\",\"size\":0"),
            Text(OciJson.Write(new ImageManifest())));
        Assert.Equal(
            Text(JsonSerializer.SerializeToUtf8Bytes(new ImageConfig(), Serializer.Instance.ImageConfig)),
            Text(OciJson.Write(new ImageConfig())));
    }

    /// <summary>The reader drops nothing that is there.</summary>
    [Fact]
    public void Every_field_that_is_written_is_read()
    {
        Same(Index.Replace(",null]", "]"), OciJson.Write(OciReader.Index(Bytes(Index), "x")));
        Same(Manifest, OciJson.Write(OciReader.Manifest(Bytes(Manifest), "x")));
        Same(Config, OciJson.Write(OciReader.Config(Bytes(Config), "x")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{} {}")]
    [InlineData("{\"layers\":{}}")]
    [InlineData("{\"layers\":[1]}")]
    [InlineData("{\"config\":\"x\"}")]
    [InlineData("{\"config\":{\"size\":1.5}}")]
    [InlineData("{\"config\":{\"size\":99999999999999999999}}")]
    [InlineData("{\"annotations\":{\"a\":1}}")]
    [InlineData("{\"mediaType\":\"\\ud800\"}")]
    [InlineData("{\"x\":[[[[")]
    public void What_is_no_manifest_is_told_in_one_line(string json)
    {
        var error = Assert.Throws<ImageException>(() => OciReader.Manifest(Bytes(json), "the manifest of x"));
        Assert.Equal(ImageError.Corrupt, error.Error);
        Assert.StartsWith("cannot read the manifest of x: ", error.Message);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Nesting_without_end_is_refused()
    {
        var deep = Bytes("{\"x\":" + new string('[', 100_000) + new string(']', 100_000) + "}");
        Assert.Equal(ImageError.Corrupt, Assert.Throws<ImageException>(() => OciReader.Index(deep, "x")).Error);
    }

    [Fact]
    public void Null_stands_for_nothing()
    {
        var manifest =
            OciReader.Manifest(Bytes("{\"config\":null,\"layers\":null,\"annotations\":null,\"subject\":null}"), "x");
        Assert.Equal("", manifest.Config.MediaType);
        Assert.Empty(manifest.Layers);
        Assert.Null(manifest.Subject);
    }

    private static string Text(byte[] json) => Encoding.UTF8.GetString(json);

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static void Same(string expected, byte[] actual)
    {
        using var left = JsonDocument.Parse(expected);
        using var right = JsonDocument.Parse(actual);
        Assert.True(JsonElement.DeepEquals(left.RootElement, right.RootElement), Encoding.UTF8.GetString(actual));
    }
}
