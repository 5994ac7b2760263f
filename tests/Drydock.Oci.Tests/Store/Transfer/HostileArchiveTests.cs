using System.IO.Compression;
using System.Text;

namespace Drydock.Oci.Tests;

/// <summary>Layers and archives that lie or try to get out: one clear line, and the store as it was.</summary>
public sealed class HostileArchiveTests : IDisposable
{
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);
    private readonly string _outside;

    public HostileArchiveTests()
    {
        _box.Build("FROM scratch\nCOPY hello.wasm /", "before");
        _outside = Path.Join(_box.Directory, "outside");
        Directory.CreateDirectory(_outside);
        File.WriteAllText(Path.Join(_outside, "secret"), "secret");
    }

    public void Dispose() => _box.Dispose();

    /// <summary>A <c>docker save</c> archive of one image with one layer.</summary>
    private static byte[] DockerArchive(byte[] layer, string platform = "wasi")
    {
        var config = $"{{\"architecture\":\"wasm\",\"os\":\"{platform}\",\"rootfs\":{{\"type\":\"layers\",\"diff_ids\":[\"{Digest.Of(layer)}\"]}}}}";
        return new TarBytes().File("config.json", config).Directory("1/").File("1/layer.tar", layer)
            .File("manifest.json",
                "[{\"Config\":\"config.json\",\"RepoTags\":[\"evil:1\"],\"Layers\":[\"1/layer.tar\"]}]").Whole;
    }

    private LoadResult Load(byte[] archive) => ImageArchive.Load(_box.Store, new MemoryStream(archive));

    private string Snapshot() =>
        string.Join('\n', Directory.EnumerateFileSystemEntries(_box.Store.Root, "*", SearchOption.AllDirectories)
        .Where(path => !path.StartsWith(_box.Store.Layout.Temporary) && path != _box.Store.Layout.Listing)
            .Order(StringComparer.Ordinal)) + File.ReadAllText(_box.Store.Layout.Index);

    private string Refused(byte[] archive)
    {
        var before = Snapshot();
        var error = Assert.Throws<ImageException>(() => Load(archive));
        Assert.DoesNotContain('\n', error.Message);
        Assert.Equal(125, error.ExitCode);
        Assert.Equal(before, Snapshot());
        Assert.Equal("secret", File.ReadAllText(Path.Join(_outside, "secret")));
        return error.Message;
    }

    [Fact]
    public void Names_that_go_up_are_refused()
    {
        Assert.Contains("\"..\"", Refused(DockerArchive(new TarBytes().File("../../secret", "stolen").Whole)));
        Assert.Contains("\"..\"", Refused(DockerArchive(new TarBytes().File("a/../../b").Whole)));
        Assert.Contains("\"..\"", Refused(DockerArchive(new TarBytes().Pax("path=../x").File("a").Whole)));
        Assert.Contains("\"..\"", Refused(new TarBytes().File("../manifest.json", "[]").Whole));
    }

    [Fact]
    public void Absolute_names_stay_inside()
    {
        Load(DockerArchive(new TarBytes().File(Path.Join(_outside, "secret"), "mine").File("/etc/x", "y").Whole));
        Assert.Equal("y", _box.Read("etc/x", "evil:1"));
        Assert.Equal("secret", File.ReadAllText(Path.Join(_outside, "secret")));
    }

    [Fact]
    public void A_file_through_a_link_stays_inside()
    {
        Load(DockerArchive(new TarBytes().Link("out", _outside).File("out/secret", "mine")
            .Link("up", "../../../../../..").File("up/up", "z").Whole));
        Assert.Equal("secret", File.ReadAllText(Path.Join(_outside, "secret")));
        Assert.Contains("up", _box.Files("evil:1"));
    }

    [Fact]
    public void A_hard_link_out_leads_nowhere()
    {
        Assert.Contains("not there",
            Refused(DockerArchive(new TarBytes().HardLink("stolen", Path.Join(_outside, "secret")).Whole)));
        Assert.Contains("\"..\"",
            Refused(DockerArchive(new TarBytes().HardLink("stolen", "../../outside/secret").Whole)));
    }

    [Fact]
    public void Devices_are_left_out_with_a_note()
    {
        var loaded = Load(DockerArchive(new TarBytes().Entry("dev/sda", '4', []).Entry("dev/tty", '3', [])
            .Entry("pipe", '6', []).File("a").Whole));
        Assert.Equal(3, loaded.Notes.Count);
        Assert.Equal(["a", "dev/"], _box.Files("evil:1"));
    }

    [Fact]
    public void The_last_of_several_with_one_name_counts()
    {
        Load(DockerArchive(new TarBytes().File("a", "one").Directory("a/").File("a/b", "x").File("a", "three").Whole));
        Assert.Equal("three", _box.Read("a", "evil:1"));
    }

    [Fact]
    public void Whiteouts_of_what_is_not_there_do_nothing()
    {
        Load(DockerArchive(new TarBytes().File(".wh.gone").File(".wh...").File(".wh.").File("d/.wh..wh..opq")
            .File("a").Whole));
        Assert.Equal(["a"], _box.Files("evil:1"));
    }

    [Fact]
    public void What_claims_to_be_huge_is_refused()
    {
        Assert.Contains("in the middle",
            Refused(DockerArchive(new TarBytes().Entry("big", '0', [], length: 1L << 26).Torn)));
        Assert.Contains("no honest layer does",
            Refused(DockerArchive(new TarBytes().Pax($"size={10L << 30}").Entry("big", '0', []).Torn)));
        Assert.Contains("sparse", Refused(DockerArchive(new TarBytes().Entry("big", 'S', []).Whole)));
    }

    [Fact]
    public void What_is_missing_or_changed_is_refused()
    {
        Assert.Contains("missing",
            Refused(new TarBytes().File("manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[]}]").Whole));
        Assert.Contains("should be", Refused(new TarBytes()
            .File("c.json", $"{{\"rootfs\":{{\"diff_ids\":[\"{Digest.Of("other"u8)}\"]}}}}")
                .File("l", new TarBytes().File("a").Whole)
            .File("manifest.json", "[{\"Config\":\"c.json\",\"Layers\":[\"l\"]}]").Whole));
        Assert.Contains("cannot read manifest.json", Refused(new TarBytes().File("manifest.json", "{}").Whole));
        Assert.Contains("cannot read manifest.json", Refused(new TarBytes().File("manifest.json", "[{}]").Whole));
        Assert.Contains("no images", Refused(new TarBytes().File("a").Whole));
        Assert.Contains("no tar archive", Refused(Encoding.ASCII.GetBytes(new string('x', 2000))));
        Assert.Contains("no images", Refused([]));
        Assert.Contains("cannot read the archive",
            Refused([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0, .. Enumerable.Repeat((byte)0xff, 2000)]));
    }

    [Fact]
    public void A_layout_with_a_wrong_blob_is_refused()
    {
        using var saved = new MemoryStream();
        ImageArchive.Save(_box.Store, ["before"], saved);
        var bytes = saved.ToArray();
        var config = _box.Image("before").Id.Hex;
        var text = Encoding.Latin1.GetString(bytes);
        var at = text.IndexOf("\"architecture\":\"wasm\",\"os\":\"wasi\",\"config\"", StringComparison.Ordinal);
        Assert.True(at > 0);
        bytes[at + 17] = (byte)'X';
        Assert.Contains($"sha256:{config} has the digest", Refused(bytes));
    }

    [Fact]
    public void Links_between_the_files_of_an_archive_lead_to_files_of_it()
    {
        var layer = new TarBytes().File("a", "1").Whole;
        var config = $"{{\"architecture\":\"wasm\",\"os\":\"wasi\",\"rootfs\":{{\"diff_ids\":[\"{Digest.Of(layer)}\",\"{Digest.Of(layer)}\"]}}}}";
        Load(new TarBytes().File("c", config).File("1/layer.tar", layer).Link("2/layer.tar", "../1/layer.tar")
            .Link("3/layer.tar", "/etc/passwd")
            .File("manifest.json",
                "[{\"Config\":\"c\",\"RepoTags\":[\"two\"],\"Layers\":[\"1/layer.tar\",\"2/layer.tar\"]}]").Whole);
        Assert.Equal(2, _box.Image("two").Manifest.Layers.Length);
        Assert.Contains("missing", Refused(new TarBytes().File("c", config).File("1/layer.tar", layer)
            .Link("3/layer.tar", "/etc/passwd")
            .File("manifest.json",
                "[{\"Config\":\"c\",\"RepoTags\":[\"two\"],\"Layers\":[\"1/layer.tar\",\"3/layer.tar\"]}]").Whole));
    }

    [Fact]
    public void A_bomb_is_refused_before_it_fills_the_disk()
    {
        using var zipped = new MemoryStream();
        var header = new TarBytes().Entry("zeros", '0', [], length: 3L << 30).Torn;
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(header);
            gzip.Write(new byte[1 << 20]);
        }
        var layer = zipped.ToArray();
        var config =
            $"{{\"architecture\":\"wasm\",\"os\":\"wasi\",\"rootfs\":{{\"diff_ids\":[\"{Digest.Of(header)}\"]}}}}";
        Assert.Contains("no honest layer does", Refused(new TarBytes().File("c", config).File("l", layer)
            .File("manifest.json", "[{\"Config\":\"c\",\"Layers\":[\"l\"]}]").Whole));
    }
}
