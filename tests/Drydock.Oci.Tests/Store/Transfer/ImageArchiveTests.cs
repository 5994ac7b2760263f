using System.IO.Compression;
using Drydock.Oci.Build;

namespace Drydock.Oci.Tests;

public sealed class ImageArchiveTests : IDisposable
{
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module).With("data/a.txt", "a");
    private readonly Sandbox _other = new();

    public void Dispose()
    {
        _box.Dispose();
        _other.Dispose();
    }

    private BuildResult Build(string tag, Func<BuildOptions, BuildOptions>? change = null) =>
        _box.Build($"FROM scratch\nCOPY hello.wasm /\nCOPY data /data\nLABEL l={tag}\nENTRYPOINT [\"/hello.wasm\"]",
            tag, change);

    private MemoryStream Save(ArchiveFormat format, params string[] names)
    {
        var stream = new MemoryStream();
        ImageArchive.Save(_box.Store, names, stream, format);
        stream.Position = 0;
        return stream;
    }

    [Theory]
    [InlineData(ArchiveFormat.Both)]
    [InlineData(ArchiveFormat.Oci)]
    [InlineData(ArchiveFormat.Docker)]
    public void What_is_saved_is_loaded(ArchiveFormat format)
    {
        var one = Build("one");
        Build("example.org/two:2");
        _box.Store.Tag("one", Reference.Parse("uno:1"));
        var loaded = ImageArchive.Load(_other.Store, Save(format, "one", "uno:1", "example.org/two:2"));
        Assert.Equal(["example.org/two:2", "one:latest", "uno:1"], loaded.Images.Select(image => image.Name!.Familiar)
            .Order(StringComparer.Ordinal));
        Assert.Empty(loaded.Notes);
        Assert.Equal(one.Id, _other.Image("uno:1").Id);
        if (format != ArchiveFormat.Docker)
            Assert.Equal(one.Manifest, _other.Image("one").ManifestDigest);
        Assert.Equal(["data/", "data/a.txt", "hello.wasm"], _other.Files("one"));
    }

    [Fact]
    public void The_same_images_give_the_same_bytes()
    {
        Build("one");
        Assert.Equal(Save(ArchiveFormat.Both, "one").ToArray(), Save(ArchiveFormat.Both, "one").ToArray());
    }

    [Fact]
    public void A_zipped_archive_from_a_pipe_is_loaded()
    {
        Build("one");
        using var zipped = new MemoryStream();
        using (var gzip = new GZipStream(zipped, CompressionLevel.Fastest, leaveOpen: true))
            Save(ArchiveFormat.Both, "one").CopyTo(gzip);
        zipped.Position = 0;
        ImageArchive.Load(_other.Store, new BufferedStream(zipped));
        Assert.Equal(_box.Image("one").Id, _other.Image("one").Id);
    }

    [Fact]
    public void An_image_by_its_id_has_no_name()
    {
        var id = Build("one").Id;
        Assert.Null(Assert.Single(ImageArchive.Load(_other.Store, Save(ArchiveFormat.Oci, id.Short)).Images).Name);
        Assert.Equal(id, _other.Image(id.Short).Id);
    }

    [Fact]
    public void An_artifact_and_what_is_attached_travel_along()
    {
        Build("art", options => options with { Artifact = true, Sbom = SbomFormat.Spdx });
        ImageArchive.Load(_other.Store, Save(ArchiveFormat.Both, "art"));
        Assert.True(_other.Store.OpenContent(_other.Image("art")).IsBareModule);
        Assert.Single(StoreIndex.Read(_other.Store.Layout).Manifests, entry =>
            entry.ArtifactType == "application/spdx+json");
    }

    [Fact]
    public void Several_platforms_travel_together_and_one_alone()
    {
        Build("multi", options => options with { Platforms = [Platform.Wasi, Platform.Parse("linux/amd64")] });
        ImageArchive.Load(_other.Store, Save(ArchiveFormat.Oci, "multi"));
        Assert.Equal(2, _other.Store.List().Count);
        var stream = new MemoryStream();
        ImageArchive.Save(_box.Store, ["multi"], stream, ArchiveFormat.Oci, Platform.Parse("linux/amd64"));
        stream.Position = 0;
        using var third = new Sandbox();
        ImageArchive.Load(third.Store, stream);
        Assert.Equal("linux/amd64", Assert.Single(third.Store.List()).Platform.ToString());
    }

    [Fact]
    public void A_layout_in_a_directory_is_loaded()
    {
        Build("one");
        Assert.Equal("one:latest",
            Assert.Single(ImageArchive.LoadDirectory(_other.Store, _box.Store.Root).Images).Name!.Familiar);
    }

    [Fact]
    public void A_module_is_imported_and_keeps_its_name()
    {
        var image = ImageImporter.Import(_box.Store, new MemoryStream(Sandbox.Module), new ImportOptions
        {
            Name = Reference.Parse("mod"),
            FileName = "app.wasm",
            Changes = ["ENV A=b", "LABEL org.opencontainers.image.source=https://example.org"],
        });
        var stored = _box.Image("mod");
        Assert.Equal(image.Id, stored.Id);
        Assert.Equal(["/app.wasm"], stored.Config.CommandLine([]));
        Assert.Equal(["A=b"], stored.Config.Config!.Env!);
        Assert.Equal("https://example.org", stored.Manifest.Annotations!["org.opencontainers.image.source"]);
        Assert.Equal(["app.wasm"], _box.Files("mod"));
    }

    [Fact]
    public void Files_are_imported()
    {
        var tar = new TarBytes().Directory("bin/").File("bin/app.wasm", Sandbox.Module).Whole;
        ImageImporter.Import(_box.Store, new MemoryStream(tar),
            new ImportOptions { Name = Reference.Parse("files"), Changes = ["CMD [\"/bin/app.wasm\"]"] });
        Assert.Equal(["bin/", "bin/app.wasm"], _box.Files("files"));
        Assert.Equal("cannot", Assert.Throws<ImageException>(() =>
            ImageImporter.Import(_box.Store, new MemoryStream(new byte[700].Select(_ => (byte)1).ToArray()),
            new ImportOptions())).Message[..6]);
        Assert.Contains("no change", Assert.Throws<ImageException>(() =>
            ImageImporter.Import(_box.Store, new MemoryStream(tar),
            new ImportOptions { Changes = ["COPY a b"] })).Message);
    }
}
