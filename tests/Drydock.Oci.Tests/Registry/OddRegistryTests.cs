using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests.Registry;

/// <summary>What registries differ in, and the distribution specification leaves to them.</summary>
public sealed class OddRegistryTests : IDisposable
{
    private readonly ScriptedRegistry _server = new();
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);
    private readonly Listener _listener = new();
    private readonly ImageRegistry _registry;

    public OddRegistryTests() => _registry = new(new()
    {
        Progress = _listener,
        Limits = new() { Chunk = 1000, FirstPause = TimeSpan.FromMilliseconds(5) },
    });

    public void Dispose()
    {
        _server.Dispose();
        _box.Dispose();
    }

    /// <summary>An image with one layer of about this many bytes.</summary>
    private Descriptor BuildBig(int size)
    {
        var content = new byte[size];
        Random.Shared.NextBytes(content);
        _box.With("big", content).Build("FROM scratch\nCOPY big /big");
        return _box.Image().Manifest.Layers[0];
    }

    private PushResult Push() => _registry.Push(_box.Store, "test", _server.Name());

    [Theory]
    [InlineData("/v2/x/blobs/uploads/s?_state=a%2Bb%3D%3D%20c")]
    [InlineData("s?_state=a%2Bb%3D%3D%20c")]
    public void An_upload_goes_where_it_is_sent_letter_by_letter(string location)
    {
        BuildBig(10);
        _server.On("/v2/x/blobs/uploads/", asked => asked.Answer(202, "", $"Location: {location}"));
        _server.On("/v2/x/blobs/uploads/s", asked => asked.Answer(204, ""));
        _server.On("/v2/x/manifests/1", asked => asked.Answer(202, ""));
        Assert.True(Push().TransferredBytes > 0);
        var puts = _server.Requests.Where(asked => asked.Path == "/v2/x/blobs/uploads/s").ToArray();
        Assert.NotEmpty(puts);
        Assert.All(puts, asked => Assert.StartsWith("_state=a%2Bb%3D%3D%20c&digest=sha256", asked.Query));
    }

    [Fact]
    public void Pieces_are_as_large_as_the_registry_wants_them_at_least()
    {
        BuildBig(4000);
        var pieces = new List<string>();
        _server.On("/v2/x/blobs/uploads/", asked =>
            asked.Answer(202, "", "Location: /upload", "OCI-Chunk-Min-Length: 1500"));
        _server.On("/upload", asked =>
        {
            if (asked.Method == "PATCH")
                pieces.Add(asked["Content-Range"]!);
            // No place is named: it goes on at the same.
            return asked.Answer(asked.Method == "PATCH" ? 202 : 201, "");
        });
        _server.On("/v2/x/manifests/1", asked => asked.Answer(201, ""));
        Push();
        Assert.Equal(["0-1499", "1500-2999"], pieces.Take(2));
    }

    [Fact]
    public void A_piece_that_does_not_fit_is_sent_from_where_the_registry_stands()
    {
        var layer = BuildBig(2500);
        var received = new MemoryStream();
        var refusals = 0;
        _server.On("/v2/x/blobs/uploads/", asked => asked.Answer(202, "", "Location: /upload"));
        _server.On("/upload", asked =>
        {
            if (asked.Method == "GET")
                return asked.Answer(204, "", "Location: /upload", $"Range: bytes=0-{received.Length - 1}");
            if (asked.Method == "PATCH" && asked["Content-Range"]!.StartsWith("1000-", StringComparison.Ordinal)
                && refusals++ == 0)
            {
                received.SetLength(700);
                return asked.Answer(416, "", "Range: 0-699");
            }
            received.Seek(0, SeekOrigin.End);
            if (asked.Method == "PATCH")
                received.Write(asked.Body);
            return asked.Answer(asked.Method == "PATCH" ? 202 : 201, "", "Location: /upload");
        });
        _server.On("/v2/x/manifests/1", asked => asked.Answer(201, ""));
        Push();
        Assert.Equal(1, refusals);
        Assert.Equal(File.ReadAllBytes(_box.Store.BlobPath(layer.Digest)), received.ToArray());
    }

    [Fact]
    public void A_mount_that_is_not_done_becomes_an_upload()
    {
        BuildBig(10);
        _box.Store.Tag("test", _server.Name("other:1"));
        _server.On("/v2/x/blobs/uploads/", asked => asked.Answer(202, "", "Location: /upload"));
        _server.On("/upload", asked => asked.Answer(201, ""));
        _server.On("/v2/x/manifests/1", asked => asked.Answer(201, ""));
        Assert.True(Push().TransferredBytes > 0);
        Assert.Contains(_server.Requests, asked => asked.Query.Contains("from=other", StringComparison.Ordinal));
        Assert.Contains(_server.Requests, asked => asked is { Method: "PUT", Path: "/upload" });
    }

    [Fact]
    public void A_manifest_needs_no_digest_beside_it()
    {
        var served = _server.Offer();
        Assert.Equal(served.Manifest.Digest, _registry.Pull(_box.Store, _server.Name()).Digest);
        _server.On($"/v2/x/manifests/{served.Manifest.Digest}", asked => asked.Answer(202, ""));
        Assert.Equal(served.Manifest.Digest, _registry.Delete(_server.Name()));
    }

    [Theory]
    [InlineData(200, null, 1)]
    [InlineData(206, "bytes 5-99999/100000", 2)]
    [InlineData(206, null, 2)]
    [InlineData(416, null, 2)]
    public void A_registry_that_cannot_go_on_sends_everything_again(int status, string? range, int requests)
    {
        var layer = new byte[100_000];
        Random.Shared.NextBytes(layer);
        var served = _server.Offer(layer, MediaTypes.Layer);
        Directory.CreateDirectory(_box.Store.Layout.Downloads);
        File.WriteAllBytes(Path.Join(_box.Store.Layout.Downloads, served.Layer.Digest.Hex + ".partial"),
            layer[..60_000]);
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", asked => asked["Range"] is null
            ? asked.Answer(200, layer)
            : asked.Answer(status, status == 200 ? layer : layer[5..], range is null ? "X: y"
                : $"Content-Range: {range}"));
        _registry.Pull(_box.Store, _server.Name());
        Assert.Equal(layer, File.ReadAllBytes(_box.Store.BlobPath(served.Layer.Digest)));
        Assert.Equal(requests, _server.Requests.Count(asked =>
            asked.Path.EndsWith(served.Layer.Digest.Hex, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("</v2/x/tags/list?last=b>; rel=\"next\"")]
    [InlineData("<list?last=b>; rel=next")]
    [InlineData("<?last=b>; rel=\"next\"")]
    public void Pages_of_tags_are_found_by_relative_addresses(string link)
    {
        _server.On("/v2/x/tags/list", asked => asked.Query.Length == 0
            ? asked.Answer(200, "{\"tags\":[\"a\",\"b\"]}", $"Link: {link}")
            : asked.Answer(200, "{\"tags\":[\"c\"]}"));
        Assert.Equal(["a", "b", "c"], _registry.ListTags(_server.Name("x")));
    }

    [Fact]
    public void What_a_registry_has_to_say_is_passed_on_once()
    {
        var served = _server.Offer();
        foreach (var path in (string[])[$"/v2/x/blobs/{served.Layer.Digest}", $"/v2/x/blobs/{served.Config.Digest}"])
            _server.On(path, asked => asked.Answer(200, path.EndsWith(served.Layer.Digest.Hex, StringComparison.Ordinal)
                ? served.LayerBytes : served.ConfigBytes, "Warning: 299 - \"closing on Friday \\\"soon\\\"\"",
                "Warning: 110 - \"Response is Stale\""));
        _registry.Pull(_box.Store, _server.Name());
        Assert.Equal($"{_server.Address} says: closing on Friday \"soon\"", Assert.Single(_listener.Warnings));
    }

    [Fact]
    public void Credentials_stay_with_the_registry()
    {
        using var storage = new ScriptedRegistry();
        var served = _server.Offer();
        _server.On("/v2/x/manifests/1", asked => asked["Authorization"] is null
            ? asked.Answer(401, "", "WWW-Authenticate: Basic realm=\"x\"")
            : asked.Answer(200, served.ManifestBytes, $"Content-Type: {MediaTypes.Manifest}"));
        storage.On("/layer", served.LayerBytes);
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", asked =>
            asked.Answer(307, "", $"Location: http://localhost:{storage.Address.Split(':')[1]}/layer"));
        var registry = new ImageRegistry(new() { Credentials = new("me", "secret") });
        registry.Pull(_box.Store, _server.Name());
        var blobs = _server.Requests.Where(asked =>
            asked.Path.EndsWith(served.Layer.Digest.Hex, StringComparison.Ordinal)).ToArray();
        Assert.All(blobs, asked => Assert.StartsWith("Basic ", asked["Authorization"]));
        Assert.Null(Assert.Single(storage.Requests)["Authorization"]);
    }

    [Fact]
    public void Every_blob_is_told_of_once()
    {
        // Without a platform in the index the configuration is fetched to choose by, and once more as a part.
        var served = _server.Offer();
        _server.Manifest(Served.WriteIndex(served.Manifest, served.Manifest), MediaTypes.Index, "many");
        _registry.Pull(_box.Store, _server.Name("x:many"));
        var ends = _listener.Events.Where(each => each.State is TransferState.Done or TransferState.Exists).ToArray();
        Assert.Equal(ends.DistinctBy(each => each.Digest).Count(), ends.Length);
        Assert.Equal(2, ends.Length);
    }

    private sealed class Listener : ITransferProgress
    {
        private readonly Lock _lock = new();

        public List<string> Warnings { get; } = [];
        public List<TransferEvent> Events { get; } = [];

        public void Warn(string text)
        {
            lock (_lock)
                Warnings.Add(text);
        }

        public void Report(TransferEvent transfer)
        {
            lock (_lock)
                Events.Add(transfer);
        }
    }
}
