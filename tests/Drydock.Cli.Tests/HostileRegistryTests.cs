using System.IO.Compression;
using System.Security.Cryptography;
using Drydock.Oci;
using Drydock.Oci.Tests;
using Drydock.Oci.Tests.Registry;
using Drydock.Wasm.Text;

namespace Drydock.Cli.Tests;

/// <summary>
/// The published executable and registries that lie, stall or talk nonsense: one line on standard error, a status that
/// scripts can tell, and a store whose images and files are what they were.
/// </summary>
public sealed class HostileRegistryTests : TemporaryDirectory, IDisposable
{
    private static readonly string[] Passing = ["tmp", "downloads", "lock", "listing"];

    private readonly ScriptedRegistry _server = new();
    private readonly string _outside;

    public HostileRegistryTests()
    {
        _outside = Write("outside/secret", "secret");
        Module(Exiting(4), "context/app.wasm");
        Outcome built = Build("FROM scratch\nCOPY app.wasm /app.wasm\nENTRYPOINT [\"/app.wasm\"]\n", "-t", "kept");
        Assert.True(built.Code == 0, built.Error);
    }

    public new void Dispose()
    {
        _server.Dispose();
        base.Dispose();
    }

    /// <summary>Every file that is part of an image or of the index, with a hash of its content.</summary>
    private string Snapshot() => string.Join('\n', Directory
        .EnumerateFiles(Store, "*", SearchOption.AllDirectories)
        .Where(file => !Passing.Contains(Path.GetRelativePath(Store, file).Split('/')[0]))
        .Order(StringComparer.Ordinal)
        .Select(file => $"{file} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}"));

    /// <summary>Runs a command that is to be refused.</summary>
    private void Refused(string reason, params string[] arguments)
    {
        string before = Snapshot();
        Outcome outcome = Executable.Run(arguments, store: Store,
            environment: new Dictionary<string, string> { ["DRYDOCK_STALL_SECONDS"] = "1" });
        Assert.True(outcome.Code is 1 or 125, $"{outcome.Code}: {outcome.Error}");
        Assert.Equal(1, outcome.Error.Count(letter => letter == '\n'));
        Assert.Contains(reason, outcome.Error, StringComparison.Ordinal);
        Assert.Equal("", outcome.Output);
        Assert.Equal(before, Snapshot());
        string temporary = Path.Join(Store, "tmp");
        Assert.False(Directory.Exists(temporary) && Directory.EnumerateFileSystemEntries(temporary).Any());
        Assert.Equal("secret", File.ReadAllText(_outside));
    }

    private void PullRefused(string reason, string name = "x:1") =>
        Refused(reason, "pull", "-q", _server.Name(name).ToString());

    [Fact]
    public void A_wrong_digest()
    {
        Served served = _server.Offer();
        byte[] other = [.. served.LayerBytes];
        other[^1] ^= 1;
        _server.On($"/v2/x/blobs/{served.Layer.Digest}", other);
        PullRefused("sent a wrong blob");
        _server.On($"/v2/x/manifests/{served.Manifest.Digest}", "{\"schemaVersion\":2,\"layers\":[]}");
        PullRefused("sent a wrong manifest", $"x@{served.Manifest.Digest}");
    }

    [Theory]
    [InlineData(10L << 40, "claims sizes that no image has")]
    [InlineData(-1, "claims sizes that no image has")]
    [InlineData(5, "than the 5 bytes it is said to have")]
    public void A_wrong_size(long size, string reason)
    {
        Served served = _server.Offer();
        _server.Manifest(Served.WriteManifest(served.Config, served.Layer with { Size = size }), MediaTypes.Manifest,
            "1");
        PullRefused(reason);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_endless_body(bool isManifest)
    {
        Served served = _server.Offer();
        _server.On(isManifest ? "/v2/x/manifests/1" : $"/v2/x/blobs/{served.Layer.Digest}", async asked =>
        {
            await asked.Head(200, "Content-Type: application/json");
            while (true) await asked.Stream.WriteAsync(new byte[10_000]);
        });
        PullRefused(isManifest ? "more than the 4194304 bytes" : "sent more for blob");
    }

    [Fact]
    public void Redirections_in_a_loop()
    {
        _server.On("/v2/x/manifests/1", asked => asked.Answer(302, "", "Location: /v2/x/manifests/2"));
        _server.On("/v2/x/manifests/2", asked => asked.Answer(307, "", "Location: /v2/x/manifests/1"));
        PullRefused("redirects more than 10 times");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_slow_drip(bool isManifest)
    {
        Served served = _server.Offer(new byte[100_000], MediaTypes.Layer);
        _server.On(isManifest ? "/v2/x/manifests/1" : $"/v2/x/blobs/{served.Layer.Digest}", async asked =>
        {
            await asked.Head(200, "Content-Length: 100000");
            while (true)
            {
                await asked.Stream.WriteAsync(new byte[1]);
                await Task.Delay(50);
            }
        });
        PullRefused("it sent next to nothing for 1 s");
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>Sign in</body></html>", "it is a web page")]
    [InlineData("{\"schemaVersion\":2,", "it is not JSON")]
    [InlineData("[]", "it is no JSON object")]
    [InlineData("{\"schemaVersion\":1,\"fsLayers\":[]}", "schema 1")]
    public void Nonsense_instead_of_a_manifest(string content, string reason)
    {
        _server.On("/v2/x/manifests/1", content, "text/html");
        PullRefused(reason);
    }

    [Fact]
    public void A_manifest_of_ten_megabytes()
    {
        _server.On("/v2/x/manifests/1", new byte[10_000_000]);
        PullRefused("more than the 4194304 bytes");
    }

    [Fact]
    public void Indexes_nested_deeply()
    {
        Descriptor inner = _server.Offer().Manifest;
        for (int depth = 0; depth < 6; depth++)
        {
            byte[] index = Served.WriteIndex(inner);
            _server.Manifest(index, MediaTypes.Index, "1");
            inner = Served.Of(MediaTypes.Index, index);
        }
        PullRefused("nested deeper than 4");
    }

    [Fact]
    public void An_index_that_refers_to_itself()
    {
        Descriptor claimed = Descriptor.Of(MediaTypes.Index, Digest.Of("x"u8), 100);
        byte[] index = Served.WriteIndex(claimed);
        _server.Manifest(index, MediaTypes.Index, "1");
        _server.On($"/v2/x/manifests/{claimed.Digest}", asked =>
            asked.Answer(200, index, $"Content-Type: {MediaTypes.Index}"));
        PullRefused("sent a wrong manifest");
    }

    [Theory]
    [InlineData("")]
    [InlineData("UPPER/case")]
    [InlineData("http://example.org/x")]
    [InlineData("example.org/x:")]
    [InlineData("example.org/x:a b")]
    [InlineData("../x")]
    [InlineData("x@sha256:12")]
    [InlineData("x@md5:00000000000000000000000000000000")]
    [InlineData("\u001b[2J\nx")]
    public void Names_that_are_no_references(string name)
    {
        Refused("", "pull", "-q", name);
        Refused("", "tags", name);
        // A path is a file to run, which is not there: that is 127, as in a shell.
        if (!name.StartsWith("../", StringComparison.Ordinal)) Refused("", "run", name);
    }

    /// <summary>What unpacking finds is told when the image is run; the image stays as it was pulled.</summary>
    private void RunRefused(string reason, byte[] layer, byte[] archive)
    {
        _server.Offer(layer, diffId: Digest.Of(archive).ToString());
        string name = _server.Name().ToString();
        // Nothing in the background, which would unpack the image at the same time.
        Outcome pulled = Drydock("pull", "-q", "--no-compile", name);
        if (pulled.Code == 0) Refused(reason, "run", "--pull=never", name);
        else PullRefused(reason);
        Assert.Equal(4, Drydock("run", "kept").Code);
    }

    [Theory]
    [InlineData("../../outside/secret")]
    [InlineData("a/../../outside/secret")]
    public void A_name_that_goes_up(string path)
    {
        byte[] archive = Program().File(path, "stolen").Whole;
        RunRefused("\"..\"", Served.Gzip(archive), archive);
        archive = Program().HardLink("stolen", path).Whole;
        RunRefused("\"..\"", Served.Gzip(archive), archive);
    }

    [Fact]
    public void Ten_gigabytes_that_are_not_there()
    {
        byte[] archive = Program().Entry("big", 'S', []).Whole;
        RunRefused("sparse", Served.Gzip(archive), archive);
        archive = Program().Pax($"size={10L << 30}").Entry("big", '0', []).Torn;
        RunRefused("no honest layer does", Served.Gzip(archive), archive);
    }

    [Fact]
    public void A_zip_bomb()
    {
        using var packed = new MemoryStream();
        byte[] header = Program().Entry("zeros", '0', [], length: 3L << 30).Torn;
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(header);
            gzip.Write(new byte[1 << 20]);
        }
        RunRefused("no honest layer does", packed.ToArray(), header);
    }

    [Fact]
    public void What_is_kept_inside_is_no_error()
    {
        byte[] archive = new TarBytes().Link("out", Path.GetDirectoryName(_outside)!).File("out/secret", "mine")
            .Link("up", "../../../../..").File("up/up", "z").File(_outside, "mine")
            .Entry("dev/sda", '4', []).Entry("pipe", '6', [])
            .File("twice", "one").File("twice", "two").File(".wh.gone").File("d/.wh..wh..opq")
            .File("hello.wasm", TextModule.Assemble(Exiting(3))).Whole;
        _server.Offer(Served.Gzip(archive), diffId: Digest.Of(archive).ToString());
        string name = _server.Name().ToString();
        Outcome run = Drydock("run", name);
        Assert.True(run.Code == 3, run.Error);
        Assert.Equal("secret", File.ReadAllText(_outside));
        Assert.Empty(Directory.EnumerateFiles(Path.Join(Store, "rootfs"), "sda", SearchOption.AllDirectories));
    }

    private static TarBytes Program() => new TarBytes().File("hello.wasm", TextModule.Assemble(Exiting(3)));
}
