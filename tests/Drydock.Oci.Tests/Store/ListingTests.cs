using System.Text;

namespace Drydock.Oci.Tests;

public sealed class ListingTests : IDisposable
{
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);

    public ListingTests() => Build("test");

    public void Dispose() => _box.Dispose();

    private void Build(string tag) =>
        _box.Build($"FROM scratch\nCOPY hello.wasm /\nLABEL l={tag}\nENTRYPOINT [\"/hello.wasm\"]", tag);

    [Fact]
    public void Is_the_same_with_and_without_what_it_remembers()
    {
        Build("two");
        var first = _box.Store.List();
        Assert.True(File.Exists(_box.Store.Layout.Listing));
        Assert.Equal(first, _box.Store.List());
        File.Delete(_box.Store.Layout.Listing);
        Assert.Equal(first, _box.Store.List());
        Assert.Equal(2, first.Count);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense\n\n a b c d e f\n")]
    [InlineData("sha256:00 x y z 1 2\n")]
    public void What_it_remembers_may_be_damaged(string content)
    {
        var before = _box.Store.List();
        File.WriteAllText(_box.Store.Layout.Listing, content);
        Assert.Equal(before, _box.Store.List());
    }

    [Fact]
    public void A_damaged_image_does_not_hide_the_others()
    {
        Build("two");
        File.WriteAllText(_box.Store.BlobPath(_box.Image("two").Id), "{");
        Assert.Equal("test:latest", Assert.Single(_box.Store.List()).Name!.Familiar);
    }

    [Fact]
    public void Several_platforms_under_one_name_are_a_line_each()
    {
        Build("two");
        var (one, two) = (_box.Image("test").Descriptor, _box.Image("two").Descriptor);
        var index = OciJson.Write(new ImageIndex { MediaType = MediaTypes.Index, Manifests = [one, two] });
        using (var staging = Staging.Create(_box.Store.Layout))
        {
            var both = staging.AddBlob(MediaTypes.Index, index);
            staging.Commit(old => StoreIndex.WithName(old, both, Reference.Parse("both")));
        }
        for (var round = 0; round < 2; round++)
            Assert.Equal(2, _box.Store.List().Count(image => image.Name!.Familiar == "both:latest"));
    }

    [Fact]
    public void Thousands_of_images_are_listed_without_opening_them()
    {
        var entry = _box.Image().Descriptor;
        var text = Encoding.UTF8.GetString(OciJson.Write(entry));
        var entries = Enumerable.Range(0, 5000).Select(i =>
            text.Replace("docker.io/library/test:latest", $"registry.example.org/team/image-{i}:1.{i}",
                StringComparison.Ordinal));
        File.WriteAllText(_box.Store.Layout.Index,
            $"{{\"schemaVersion\":2,\"manifests\":[{string.Join(',', entries)}]}}");
        var first = _box.Store.List();
        Assert.Equal(5000, first.Count);
        foreach (var blob in Directory.EnumerateFiles(_box.Store.Layout.Blobs))
            File.Delete(blob);
        Assert.Equal(first, _box.Store.List());
    }
}
