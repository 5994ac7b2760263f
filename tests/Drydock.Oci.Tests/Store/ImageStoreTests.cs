using System.Text.Json;

namespace Drydock.Oci.Tests;

public sealed class ImageStoreTests : IDisposable
{
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);

    public void Dispose() => _box.Dispose();

    private void Build(string tag, string label = "x") =>
        _box.Build($"FROM scratch\nCOPY hello.wasm /\nLABEL l={label}\nENTRYPOINT [\"/hello.wasm\"]", tag);

    [Fact]
    public void What_broken_pulls_left_is_cleared_unless_it_is_recent_or_being_written()
    {
        _box.Build("FROM scratch");
        Directory.CreateDirectory(_box.Store.Layout.Downloads);
        foreach (var name in (string[])["old", "recent", "written"])
        {
            var file = Path.Join(_box.Store.Layout.Downloads, name);
            File.WriteAllBytes(file, new byte[1000]);
            if (name != "recent")
                File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddDays(-2));
        }
        using var writer = Native.Posix.OpenLockFile(Path.Join(_box.Store.Layout.Downloads, "written"));
        Native.Posix.Lock(writer, "written");
        Assert.Equal(1000, _box.Store.Prune().FreedBytes);
        Assert.Equal(["recent", "written"], Directory.EnumerateFiles(_box.Store.Layout.Downloads)
            .Select(Path.GetFileName).Order());
    }

    [Fact]
    public void Finds_by_name_id_and_digest()
    {
        Build("hello:1");
        var image = _box.Image("hello:1");
        Assert.Equal(image.Id, _box.Image(image.Id.Short).Id);
        Assert.Equal(image.Id, _box.Image(image.Id.ToString()).Id);
        Assert.Equal(image.Id, _box.Image(image.ManifestDigest.ToString()).Id);
        Assert.Equal(image.Id, _box.Image($"hello@{image.ManifestDigest}").Id);
        Assert.Equal(ImageError.NotFound, Assert.Throws<ImageException>(() => _box.Image("hello")).Error);
        Assert.Equal(ImageError.InvalidReference, Assert.Throws<ImageException>(() => _box.Image("He llo")).Error);
        Assert.Equal(ImageError.WrongPlatform, Assert.Throws<ImageException>(
            () => _box.Store.Resolve("hello:1", Platform.Parse("linux/amd64"))).Error);
        Assert.Equal(image.Id, _box.Store.Resolve("hello:1", Platform.Parse("wasm32/wasip1")).Id);
    }

    [Fact]
    public void A_store_that_is_not_there_is_empty_and_stays_away()
    {
        Assert.Empty(_box.Store.List());
        Assert.False(Directory.Exists(_box.Store.Root));
    }

    [Fact]
    public void Tags_move_and_the_image_that_lost_one_stays_nameless()
    {
        Build("hello", "one");
        var first = _box.Image("hello").Id;
        Build("hello", "two");
        Assert.NotEqual(first, _box.Image("hello").Id);
        Assert.Equal(first, _box.Image(first.Short).Id);
        Assert.Null(Assert.Single(_box.Store.List(), image => image.Id == first).Name);
        Assert.Equal([first], _box.Store.Prune().Deleted);
        Assert.Single(_box.Store.List());
    }

    [Fact]
    public void Removing_the_last_name_removes_the_image_and_what_only_it_needs()
    {
        Build("one", "one");
        Build("two", "two");
        _box.Store.Tag("one", Reference.Parse("uno"));
        Assert.Empty(_box.Store.Remove("one").Deleted);
        Assert.Equal(2, _box.Store.List().Count);
        var gone = _box.Image("uno").Id;
        var result = _box.Store.Remove("uno");
        Assert.Equal([gone], result.Deleted);
        Assert.True(result.FreedBytes > 0);
        Assert.False(Directory.Exists(_box.Store.Layout.RootFileSystem(gone)));
        Assert.Equal(["hello.wasm"], _box.Files("two"));
        _box.Store.Remove("two");
        Assert.Empty(Directory.EnumerateFileSystemEntries(_box.Store.Layout.Blobs));
    }

    [Fact]
    public void Removing_by_id_asks_before_several_names_go()
    {
        Build("one");
        _box.Store.Tag("one", Reference.Parse("uno"));
        var id = _box.Image("one").Id.Short;
        Assert.Contains("several names", Assert.Throws<ImageException>(() => _box.Store.Remove(id)).Message);
        Assert.Equal(2, _box.Store.Remove(id, force: true).Untagged.Count);
        Assert.Empty(_box.Store.List());
    }

    [Fact]
    public void What_others_wrote_into_the_index_stays()
    {
        Build("one");
        var path = _box.Store.Layout.Index;
        File.WriteAllText(path, File.ReadAllText(path)
            .Replace("\"schemaVersion\":2", "\"schemaVersion\":2,\"x-other\":{\"a\":[1]}")
            .Replace("\"annotations\":{", "\"x-mine\":true,\"annotations\":{\"k\":\"v\","));
        _box.Store.Tag("one", Reference.Parse("two"));
        using var index = JsonDocument.Parse(File.ReadAllText(path));
        Assert.Equal(1, index.RootElement.GetProperty("x-other").GetProperty("a")[0].GetInt32());
        Assert.All(index.RootElement.GetProperty("manifests").EnumerateArray(), entry =>
        {
            Assert.True(entry.GetProperty("x-mine").GetBoolean());
            Assert.Equal("v", entry.GetProperty("annotations").GetProperty("k").GetString());
        });
    }

    [Fact]
    public async Task Many_writers_lose_nothing()
    {
        Build("seed");
        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() => Build($"image{i}", $"{i}"))));
        Assert.Equal(9, _box.Store.List().Count);
        Assert.Equal(["index.json"], Directory.EnumerateFileSystemEntries(_box.Store.Layout.Temporary)
            .Select(Path.GetFileName).DefaultIfEmpty("index.json"));
    }

    /// <summary>The makers of what is swept remove it themselves, without the store's lock.</summary>
    [Fact]
    public void A_directory_that_is_gone_is_no_failure()
    {
        using var there = Native.Posix.TryOpenDirectory(_box.Directory);
        Assert.NotNull(there);
        Assert.Null(Native.Posix.TryOpenDirectory(Path.Join(_box.Directory, "gone")));
        File.WriteAllText(Path.Join(_box.Directory, "file"), "");
        Assert.Throws<IOException>(() => Native.Posix.TryOpenDirectory(Path.Join(_box.Directory, "file")));
    }

    [Fact]
    public void What_a_killed_writer_left_is_cleared_and_what_a_living_one_holds_is_not()
    {
        Build("one");
        var dead = Path.Join(_box.Store.Layout.Temporary, "dead");
        Directory.CreateDirectory(Path.Join(dead, "deep"));
        using var alive = Staging.Create(_box.Store.Layout);
        Assert.False(Directory.Exists(dead));
        Build("two", "two");
        Assert.True(Directory.Exists(alive.Location));
    }

    [Theory]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("null")]
    [InlineData("{\"manifests\":[{\"digest\":5}]}")]
    [InlineData("[[[[")]
    public void A_damaged_index_is_told_of_and_never_replaced(string content)
    {
        Build("one");
        File.WriteAllText(_box.Store.Layout.Index, content);
        Assert.Equal(ImageError.Corrupt, Assert.Throws<ImageException>(() => _box.Image("one")).Error);
        Assert.Equal(ImageError.Corrupt, Assert.Throws<ImageException>(() => Build("two")).Error);
        Assert.Equal(content, File.ReadAllText(_box.Store.Layout.Index));
    }

    [Fact]
    public void Huge_and_lying_documents_are_refused()
    {
        Build("one");
        var image = _box.Image("one");
        File.WriteAllText(_box.Store.BlobPath(image.ManifestDigest), "{}");
        Assert.Contains("are declared", Assert.Throws<ImageException>(() => _box.Image("one")).Message);
        File.Delete(_box.Store.BlobPath(image.ManifestDigest));
        Assert.Contains("missing from the store", Assert.Throws<ImageException>(() => _box.Image("one")).Message);
        using (var index = File.OpenWrite(_box.Store.Layout.Index))
            index.SetLength(StoreIndex.MaxBytes + 1);
        Assert.Contains("more than", Assert.Throws<ImageException>(() => _box.Image("one")).Message);
    }
}
