using System.Text;
using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests.Registry;

/// <summary>Registries that lie, stall or talk nonsense: one clear line each, and a store as it was.</summary>
public sealed class HostileRegistryTests : IDisposable
{
    private readonly ScriptedRegistry _server = new();
    private readonly ImageStore _store = ImageStore.Open(Scratch.Make("drydock-hostile-"));
    private ImageRegistry _registry = Impatient(TimeSpan.FromSeconds(30));

    public void Dispose()
    {
        _server.Dispose();
        Directory.Delete(_store.Root, recursive: true);
    }

    private static ImageRegistry Impatient(TimeSpan stall) => new(new()
    {
        Limits = new()
        {
            Stall = stall,
            MinimumBytes = 256,
            Attempts = 3,
            FirstPause = TimeSpan.FromMilliseconds(5),
            LongestPause = TimeSpan.FromSeconds(2),
        },
    });

    /// <summary>Pulls, expecting a refusal in one line and nothing in the store.</summary>
    private ImageException Refused(string name = "x:1", PullOptions? options = null)
    {
        var error = Assert.Throws<ImageException>(() => _registry.Pull(_store, _server.Name(name), options));
        Assert.DoesNotContain('\n', error.Message);
        Assert.Empty(_store.List());
        Assert.False(Directory.Exists(_store.Layout.Blobs) && Directory.EnumerateFiles(_store.Layout.Blobs).Any(),
            "a blob was published");
        return error;
    }

    private static void Contains(string part, ImageException error) =>
        Assert.Contains(part, error.Message, StringComparison.Ordinal);

    [Fact]
    public void An_honest_image_is_pulled()
    {
        var served = _server.Offer();
        var pulled = _registry.Pull(_store, _server.Name());
        Assert.Equal(served.Config.Digest, pulled.Image.Id);
        Assert.Equal(served.Config.Size + served.Layer.Size, pulled.TransferredBytes);
    }

    [Fact]
    public void A_manifest_that_is_not_what_its_digest_says_is_refused()
    {
        var served = _server.Offer();
        _server.On($"/v2/x/manifests/{served.Manifest.Digest}", "{\"schemaVersion\":2,\"layers\":[]}");
        Contains("sent a wrong manifest", Refused($"x@{served.Manifest.Digest}"));
    }

    [Fact]
    public void A_manifest_that_is_not_what_its_header_says_is_refused()
    {
        var served = _server.Offer();
        _server.On("/v2/x/manifests/1", asked =>
            asked.Answer(200, served.ManifestBytes, $"Docker-Content-Digest: sha256:{new string('a', 64)}"));
        Contains("sent a wrong manifest", Refused());
    }

    [Fact]
    public void A_blob_that_is_not_what_its_digest_says_is_refused_and_not_kept()
    {
        var served = _server.Offer();
        var other = (byte[])served.LayerBytes.Clone();
        other[^1] ^= 1;
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", other);
        Contains("sent a wrong blob", Refused());
        Assert.DoesNotContain(Directory.EnumerateFiles(_store.Layout.Downloads), file =>
            file.Contains(served.Layer.Digest.Hex, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_blob_without_an_end_is_cut_off(bool isChunked)
    {
        var served = _server.Offer();
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", async asked =>
        {
            await asked.Head(200, isChunked ? "Transfer-Encoding: chunked" : "Content-Type: application/octet-stream");
            while (true)
                await asked.Stream.WriteAsync(isChunked
                    ? Encoding.ASCII.GetBytes("400\r\n" + new string('x', 1024) + "\r\n") : new byte[1024]);
        });
        Contains("sent more for blob", Refused());
    }

    [Fact]
    public void A_manifest_may_lie_about_no_size()
    {
        var served = _server.Offer();
        _server.Manifest(Served.WriteManifest(served.Config, served.Layer with { Size = 10L << 40 }),
            MediaTypes.Manifest, "1");
        Contains("claims sizes that no image has", Refused());
        _server.Manifest(Served.WriteManifest(served.Config, served.Layer with { Size = -1 }), MediaTypes.Manifest,
            "1");
        Contains("claims sizes that no image has", Refused());
        _server.Manifest(Served.WriteManifest(served.Config, served.Layer with { Size = served.Layer.Size + 1 }),
            MediaTypes.Manifest, "1");
        Contains("of " + (served.Layer.Size + 1) + " bytes", Refused());
        _server.Manifest(Served.WriteManifest(served.Config with { Size = 5 << 20 }, served.Layer),
            MediaTypes.Manifest, "1");
        Contains("at most", Refused());
    }

    [Fact]
    public void Redirections_end()
    {
        _server.On("/v2/x/manifests/1", asked => asked.Answer(302, "", "Location: /v2/x/manifests/1"));
        Contains("redirects more than 10 times", Refused());
    }

    [Fact]
    public void A_body_that_drips_is_given_up()
    {
        var served = _server.Offer(new byte[100_000]);
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", async asked =>
        {
            await asked.Head(200, $"Content-Length: {served.Layer.Size}");
            while (true)
            {
                await asked.Stream.WriteAsync(new byte[1]);
                await Task.Delay(20);
            }
        });
        _registry = Impatient(TimeSpan.FromMilliseconds(500));
        Contains("next to nothing", Refused());
    }

    [Fact]
    public void A_drip_that_goes_on_where_it_stopped_is_given_up()
    {
        var served = _server.Offer(new byte[100_000]);
        var asks = 0;
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", async asked =>
        {
            asks++;
            var start = asked["Range"] is { } range ? int.Parse(range.Split('=', '-')[1]) : 0;
            await asked.Head(start > 0 ? 206 : 200, $"Content-Length: {served.Layer.Size - start}",
                $"Content-Range: bytes {start}-{served.Layer.Size - 1}/{served.Layer.Size}");
            while (true)
            {
                await asked.Stream.WriteAsync(new byte[1]);
                await Task.Delay(20);
            }
        });
        _registry = Impatient(TimeSpan.FromMilliseconds(500));
        Contains("next to nothing", Refused());
        Assert.Equal(3, asks);
    }

    [Theory]
    [InlineData(null, 30)]
    [InlineData("1", 1)]
    [InlineData("600", 600)]
    [InlineData("0", 30)]
    [InlineData("-5", 30)]
    [InlineData("99999", 30)]
    [InlineData("soon", 30)]
    public void A_user_says_how_long_a_registry_may_be_silent(string? said, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), TransferLimits.StallOf(said));

    [Fact]
    public void Headers_that_do_not_come_are_given_up()
    {
        _server.On("/v2/x/manifests/1", async asked =>
        {
            await asked.Stream.WriteAsync("HTTP/1.1 200 OK\r\n"u8.ToArray());
            await Task.Delay(5000);
        });
        _registry = Impatient(TimeSpan.FromMilliseconds(500));
        Contains("next to nothing", Refused());
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>Sign in</body></html>", "it is a web page")]
    [InlineData("\n  <html/>", "it is a web page")]
    [InlineData("{\"schemaVersion\":2,", "it is not JSON")]
    [InlineData("[]", "it is no JSON object")]
    [InlineData("{\"schemaVersion\":1,\"fsLayers\":[]}", "schema 1")]
    [InlineData("{\"schemaVersion\":2,\"manifests\":[],\"layers\":[]}", "at once")]
    [InlineData("{\"mediaType\":\"application/x-strange\"}", "application/x-strange")]
    [InlineData("{\"mediaType\":\"application/vnd.oci.image.index.v1+json\",\"manifests\":[]}", "leads to no image")]
    [InlineData(
        "{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":{\"digest\":\"md5:1\"},\"layers\":[]}", "not a sha256 digest")]
    [InlineData("{\"mediaType\":\"application/vnd.oci.image.manifest.v1+json\",\"config\":7,\"layers\":[]}",
        "cannot read manifest")]
    public void What_is_no_manifest_is_said(string content, string reason)
    {
        _server.On("/v2/x/manifests/1", content, "text/html");
        Contains(reason, Refused());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_manifest_of_ten_megabytes_is_not_read(bool isAnnounced)
    {
        _server.On("/v2/x/manifests/1", async asked =>
        {
            await asked.Head(200, isAnnounced ? "Content-Length: 10000000" : "Content-Type: application/json");
            for (var sent = 0; sent < 10_000_000; sent += 10_000)
                await asked.Stream.WriteAsync(new byte[10_000]);
        });
        Contains("more than the 4194304 bytes", Refused());
    }

    [Fact]
    public void Indexes_are_not_nested_for_ever()
    {
        var served = _server.Offer();
        var inner = served.Manifest;
        for (var i = 0; i < 6; i++)
        {
            var index = Served.WriteIndex(inner);
            _server.Manifest(index, MediaTypes.Index, "deep");
            inner = Served.Of(MediaTypes.Index, index);
        }
        Contains("nested deeper than 4", Refused("x:deep"));
    }

    [Fact]
    public void An_index_that_leads_to_itself_is_refused()
    {
        // Nobody can write a true one; one that lies about its digest is found out by it.
        var claimed = Descriptor.Of(MediaTypes.Index, Digest.Of("x"u8), 100);
        var index = Served.WriteIndex(claimed);
        _server.Manifest(index, MediaTypes.Index, "1");
        _server.On($"/v2/x/manifests/{claimed.Digest}", asked =>
            asked.Answer(200, index, $"Content-Type: {MediaTypes.Index}"));
        Contains("sent a wrong manifest", Refused());
    }

    [Fact]
    public void An_index_of_a_thousand_manifests_is_not_walked()
    {
        var members = Enumerable.Range(0, 1000)
            .Select(i => Descriptor.Of(MediaTypes.Manifest, Digest.Of(BitConverter.GetBytes(i)), 10));
        _server.Manifest(Served.WriteIndex([.. members]), MediaTypes.Index, "1");
        Contains("more than 256 manifests", Refused());
        Assert.True(_server.Requests.Count < 5);
    }

    [Fact]
    public void What_is_too_much_for_the_registry_waits_as_long_as_it_says()
    {
        var served = _server.Offer();
        var refusals = 0;
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", asked => Interlocked.Increment(ref refusals) == 1
            ? asked.Answer(429, "", "Retry-After: 1")
            : asked.Answer(200, served.LayerBytes));
        var started = Environment.TickCount64;
        _registry.Pull(_store, _server.Name());
        Assert.True(Environment.TickCount64 - started >= 990);
    }

    [Theory]
    [InlineData(429, "Retry-After: 3600", "no more requests", 1)]
    [InlineData(503, "X: y", "answered 503", 3)]
    [InlineData(400, "X: y", "answered 400 (WEIRD: the reason)", 1)]
    [InlineData(403, "X: y", "does not allow it", 1)]
    public void Refusals_are_told(int status, string header, string expected, int attempts)
    {
        _server.On("/v2/x/manifests/1", asked =>
            asked.Answer(status, "{\"errors\":[{\"code\":\"WEIRD\",\"message\":\"the reason\"}]}", header));
        Contains(expected, Refused());
        Assert.Equal(attempts, _server.Requests.Count(asked => asked.Path == "/v2/x/manifests/1"));
    }

    [Fact]
    public void A_connection_that_breaks_is_resumed_where_it_broke()
    {
        var layer = new byte[300_000];
        Random.Shared.NextBytes(layer);
        var served = _server.Offer(layer, MediaTypes.Layer);
        const int Half = 150_000;
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", async asked =>
        {
            if (asked["Range"] is { } range)
            {
                Assert.Equal($"bytes={Half}-", range);
                await asked.Answer(206, layer[Half..],
                    $"Content-Range: bytes {Half}-{layer.Length - 1}/{layer.Length}");
                return;
            }
            await asked.Head(200, $"Content-Length: {layer.Length}");
            await asked.Stream.WriteAsync(layer.AsMemory(0, Half));
        });
        _registry.Pull(_store, _server.Name());
        Assert.Equal(layer, File.ReadAllBytes(_store.BlobPath(served.Layer.Digest)));
        Assert.Equal(2, _server.Requests.Count(asked =>
            asked.Path.EndsWith(served.Layer.Digest.Hex, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("good")]
    [InlineData("damaged")]
    [InlineData("too long")]
    public void What_a_killed_pull_left_is_gone_on_with_if_it_is_sound(string state)
    {
        var layer = new byte[100_000];
        Random.Shared.NextBytes(layer);
        var served = _server.Offer(layer, MediaTypes.Layer);
        Directory.CreateDirectory(_store.Layout.Downloads);
        var left = state switch { "good" => layer[..60_000], "damaged" => new byte[60_000], _ => new byte[200_000] };
        File.WriteAllBytes(Path.Join(_store.Layout.Downloads, served.Layer.Digest.Hex + ".partial"), left);
        var ranges = new List<string?>();
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", asked =>
        {
            ranges.Add(asked["Range"]);
            return asked["Range"] is null
                ? asked.Answer(200, layer)
                : asked.Answer(206, layer[60_000..], $"Content-Range: bytes 60000-{layer.Length - 1}/{layer.Length}");
        });
        _registry.Pull(_store, _server.Name());
        Assert.Equal(layer, File.ReadAllBytes(_store.BlobPath(served.Layer.Digest)));
        Assert.Equal(state switch { "good" => ["bytes=60000-"], "damaged" => ["bytes=60000-", null], _ => [null] },
            ranges);
    }

    [Fact]
    public async Task Fifty_at_once_transfer_every_blob_once()
    {
        var served =
            _server.Offer(Served.Gzip(Served.Tar(("hello.wasm", Sandbox.Module), ("big", new byte[5_000_000]))));
        var pulls = Enumerable.Range(0, 50).Select(_ => Task.Factory.StartNew(
            () => new ImageRegistry(new()).Pull(_store, _server.Name()), TaskCreationOptions.LongRunning)).ToArray();
        var pulled = await Task.WhenAll(pulls);
        Assert.Equal(served.Config.Size + served.Layer.Size, pulled.Sum(pull => pull.TransferredBytes));
        Assert.Equal(2, _server.Requests.Count(asked => asked.Path.Contains("/blobs/", StringComparison.Ordinal)));
        Assert.Empty(Directory.EnumerateFiles(_store.Layout.Downloads));
        Assert.Single(_store.List());
    }
}
