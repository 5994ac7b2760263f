using System.Formats.Tar;
using System.Text;

namespace Drydock.Oci.Tests;

public sealed class ImageContentTests : IDisposable
{
    private static readonly byte[] Component = [0, (byte)'a', (byte)'s', (byte)'m', 0x0d, 0, 1, 0];
    private readonly Sandbox _box = new();

    public void Dispose() => _box.Dispose();

    /// <summary>An image of layers made by hand: each a list of entries.</summary>
    private Image Put(params TarEntry[][] layers)
    {
        using var staging = Staging.Create(_box.Store.Layout);
        var blobs = layers.Select(layer =>
        {
            var tar = new MemoryStream();
            using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
                foreach (var entry in layer)
                    writer.WriteEntry(entry);
            return (Blob: staging.AddBlob(MediaTypes.Layer, tar.ToArray()), DiffId: Digest.Of(tar.ToArray())
                .ToString());
        }).ToArray();
        return Put(staging, [.. blobs.Select(blob => blob.Blob)], [.. blobs.Select(blob => blob.DiffId)]);
    }

    private Image Put(Staging staging, Descriptor[] layers, string[] diffIds)
    {
        var config = new ImageConfig { Os = "wasi", Architecture = "wasm", Rootfs = new() { DiffIds = diffIds } };
        var manifest = new ImageManifest
        {
            Config = staging.AddBlob(MediaTypes.Config, OciJson.Write(config)),
            Layers = layers,
        };
        var entry = staging.AddBlob(MediaTypes.Manifest, OciJson.Write(manifest));
        staging.Commit(index => StoreIndex.WithName(index, entry, Reference.Parse("test")));
        return _box.Image();
    }

    private static PaxTarEntry File(string name, string content = "") =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)) };

    private static PaxTarEntry Module(string name, byte[]? bytes = null) =>
        new(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(bytes ?? Sandbox.Module) };

    private static PaxTarEntry Link(string name, string target, TarEntryType type = TarEntryType.SymbolicLink) =>
        new(type, name) { LinkName = target };

    private string Refusal(params TarEntry[] layer) =>
        Assert.Throws<ImageException>(() => _box.Store.OpenContent(Put(layer))).Message;

    [Theory]
    [InlineData("/app/x.wasm", null, null, "/app/x.wasm")]
    [InlineData("x.wasm", "/app", null, "/app/x.wasm")]
    [InlineData("./x.wasm", "/app", null, "/app/x.wasm")]
    [InlineData("x.wasm", "/", "/none:/app", "/app/x.wasm")]
    [InlineData("linked", "/", null, "/app/x.wasm")]
    [InlineData("/dir/x.wasm#run", null, null, "/app/x.wasm")]
    public void Finds_the_entry(string argument0, string? directory, string? path, string expected)
    {
        var content =
            _box.Store.OpenContent(Put([Module("app/x.wasm"), Link("linked", "/app/x.wasm"), Link("dir", "app")]));
        var entry = content.Find(argument0, directory, path);
        Assert.Equal(expected, entry.GuestPath);
        Assert.Equal(argument0.EndsWith("#run", StringComparison.Ordinal) ? "run" : "_start", entry.Function);
        Assert.Equal(Sandbox.Module, System.IO.File.ReadAllBytes(entry.HostPath));
    }

    [Theory]
    [InlineData("/elf", ImageError.NotExecutable, 126, "ELF executable")]
    [InlineData("/component", ImageError.NotExecutable, 126, "components are not supported yet")]
    [InlineData("/script", ImageError.NotExecutable, 126, "script")]
    [InlineData("/empty", ImageError.NotExecutable, 126, "empty")]
    [InlineData("/nope", ImageError.EntryNotFound, 127, "no such file")]
    [InlineData("nope", ImageError.EntryNotFound, 127, "along PATH")]
    [InlineData("/etc", ImageError.EntryNotFound, 127, "no such file")]
    [InlineData("/outside", ImageError.EntryNotFound, 127, "no such file")]
    [InlineData("", ImageError.NoEntry, 125, "no ENTRYPOINT")]
    public void Says_why_there_is_no_entry(string argument0, ImageError error, int exitCode, string reason)
    {
        var content = _box.Store.OpenContent(Put([
            File("elf", "\u007fELF"), Module("component", Component), File("script", "#!/bin/sh"), File("empty"),
            new PaxTarEntry(TarEntryType.Directory, "etc"), Link("outside", "../../../../../../proc/self/exe"),
        ]));
        var thrown = Assert.Throws<ImageException>(() => content.Find(argument0));
        Assert.Equal((error, exitCode), (thrown.Error, thrown.ExitCode));
        Assert.Contains(reason, thrown.Message);
    }

    [Theory]
    [InlineData(MediaTypes.Wasm)]
    [InlineData(MediaTypes.RunwasiLayer)]
    [InlineData(MediaTypes.WasmContentLayer)]
    [InlineData(MediaTypes.WasmModuleLayer)]
    public void A_layer_can_be_the_module(string mediaType)
    {
        using var staging = Staging.Create(_box.Store.Layout);
        var content = _box.Store.OpenContent(Put(staging, [staging.AddBlob(mediaType, Sandbox.Module)], []));
        Assert.Null(content.RootDirectory);
        Assert.True(content.IsBareModule);
        Assert.Equal(Digest.Of(Sandbox.Module), content.Find(null).Digest);
        Assert.Equal(Sandbox.Module, System.IO.File.ReadAllBytes(content.Find("any").HostPath));
    }

    [Theory]
    [InlineData(MediaTypes.SpinConfig, "Spin application")]
    [InlineData("application/x-strange", "application/x-strange")]
    [InlineData("application/octet-stream", "is no WebAssembly binary")]
    [InlineData(MediaTypes.LayerZstd, "cannot unpack")]
    public void A_layer_that_is_not_supported_is_named(string mediaType, string reason)
    {
        using var staging = Staging.Create(_box.Store.Layout);
        var blob = staging.AddBlob(mediaType, [0x28, 0xb5, 0x2f, 0xfd, 0]);
        var image = Put(staging, [blob], ["sha256:" + new string('0', 64)]);
        Assert.Contains(reason, Assert.Throws<ImageException>(() => _box.Store.OpenContent(image)).Message);
    }

    [Fact]
    public void Layers_replace_hide_and_keep()
    {
        Put(
            [File("a", "1"), File("b"), File("dir/x"), File("dir/y"), File("opaque/old"), File("opaque/sub/old"),
                File("was-dir/x")],
            [
                File(".wh.b"), File("dir/.wh.x"), File("opaque/new"), File("opaque/.wh..wh..opq"), File("a", "2"),
                File("was-dir"),
                Link("hard", "a", TarEntryType.HardLink), File("fresh"), File(".wh.fresh"),
            ]);
        Assert.Equal(["a", "dir/", "dir/y", "fresh", "hard", "opaque/", "opaque/new", "was-dir"], _box.Files());
        Assert.Equal("2", _box.Read("hard"));
    }

    [Fact]
    public void Nothing_leads_out_of_the_directory()
    {
        var victim = Path.Join(_box.Directory, "victim");
        Directory.CreateDirectory(victim);
        System.IO.File.WriteAllText(Path.Join(victim, "kept"), "kept");
        Put([
            Link("abs", victim), File("abs/written", "x"),
            Link("up", "../../../../../../../.." + victim), File("up/written2", "x"), File("up/.wh.kept"),
            File("up/.wh..wh..opq"),
            File("/rooted", "x"),
        ]);
        var files = _box.Files();
        Assert.Equal(["kept"], Directory.EnumerateFileSystemEntries(victim).Select(Path.GetFileName));
        Assert.Contains("rooted", files);
        Assert.Contains(victim[1..] + "/written", files);
    }

    [Fact]
    public void Paths_that_go_up_and_links_in_circles_are_refused()
    {
        Assert.Contains("..", Refusal(File("a/../../x")));
        Assert.Contains("too many symbolic links", Refusal(Link("a", "b"), Link("b", "a"), File("a/x")));
        Assert.Contains("no directory", Refusal(File("f"), File("f/x")));
        Assert.Contains("not", Refusal(Link("h", "nowhere/x", TarEntryType.HardLink)));
    }

    [Fact]
    public void Devices_are_left_out()
    {
        Put([new PaxTarEntry(TarEntryType.CharacterDevice, "null"), new PaxTarEntry(TarEntryType.Fifo, "pipe"),
            File("x")]);
        Assert.Equal(["x"], _box.Files());
    }

    [Fact]
    public void Content_that_is_not_what_the_configuration_says_is_refused()
    {
        using var staging = Staging.Create(_box.Store.Layout);
        var image = Put(staging, [staging.AddBlob(MediaTypes.Layer, new byte[1024])],
            ["sha256:" + new string('0', 64)]);
        Assert.Contains("does not unpack to",
            Assert.Throws<ImageException>(() => _box.Store.OpenContent(image)).Message);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_box.Store.Layout.RootFileSystems));
    }

    [Fact]
    public void Damaged_archives_never_crash()
    {
        var tar = new MemoryStream();
        using (var writer = new TarWriter(tar, TarEntryFormat.Pax, leaveOpen: true))
            foreach (var entry in (PaxTarEntry[])[File("a/b", "text"), Link("l", "a"),
                File("c", new string('x', 2000))])
                writer.WriteEntry(entry);
        var random = new Random(7);
        for (var round = 0; round < 150; round++)
        {
            var bytes = tar.ToArray();
            for (var i = 0; i < 1 + (round % 8); i++)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            var directory = Directory.CreateDirectory(Path.Join(_box.Directory, $"x{round}")).FullName;
            using var staging = Staging.Create(_box.Store.Layout);
            var layer = staging.AddBlob(MediaTypes.Layer, bytes.AsSpan(0, random.Next(1, bytes.Length)));
            var config = new ImageConfig { Rootfs = new() { DiffIds = ["sha256:" + new string('0', 64)] } };
            var image = new Image(null, layer, new() { Layers = [layer], Config = layer }, config);
            var error = Record.Exception(() => _box.Store.Guard(() => RootFileSystem.Unpack(staging, image)));
            Assert.IsType<ImageException>(error);
        }
    }
}
