using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Oci.Tests;

/// <summary>What containers use is not removed, whatever is asked.</summary>
public sealed class ImageUseTests : IDisposable
{
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);

    public ImageUseTests() => _box.Build("FROM scratch\nCOPY hello.wasm /\nENTRYPOINT [\"/hello.wasm\"]");

    public void Dispose() => _box.Dispose();

    private bool IsWhole(Image image) =>
        File.Exists(_box.Store.BlobPath(image.ManifestDigest)) && File.Exists(_box.Store.BlobPath(image.Id))
        && image.Manifest.Layers.All(layer => File.Exists(_box.Store.BlobPath(layer.Digest)))
        && Directory.Exists(_box.Store.Layout.RootFileSystem(image.Id));

    [Fact]
    public void An_image_that_is_held_is_not_removed()
    {
        var image = _box.Image();
        using (_box.Store.Hold(image))
        {
            Assert.Contains("a running container",
                Assert.Throws<ImageException>(() => _box.Store.Remove("test")).Message);
            Assert.Empty(_box.Store.Remove("test", force: true).Deleted);
            Assert.Null(Assert.Single(_box.Store.List()).Name);
            Assert.Empty(_box.Store.Prune().Deleted);
            Assert.True(IsWhole(image));
        }
        Assert.Equal([image.Id], _box.Store.Prune().Deleted);
        Assert.False(IsWhole(image));
        Assert.Equal(ImageError.NotFound, Assert.Throws<ImageException>(() => _box.Store.Hold(image)).Error);
    }

    [Fact]
    public void A_hold_keeps_an_image_that_the_index_lost()
    {
        var image = _box.Image();
        using (_box.Store.Hold(image))
        {
            File.WriteAllText(_box.Store.Layout.Index, "{\"schemaVersion\":2,\"manifests\":[]}");
            _box.Store.Prune();
            Assert.True(IsWhole(image));
        }
        _box.Store.Prune();
        Assert.Empty(Directory.EnumerateFiles(_box.Store.Layout.Blobs));
    }

    [Fact]
    public void A_container_that_does_not_run_keeps_its_image()
    {
        var image = _box.Image();
        _box.Store.AddLease("c1", image);
        Assert.Contains("container c1", Assert.Throws<ImageException>(() => _box.Store.Remove("test")).Message);
        _box.Store.Prune(_ => true);
        Assert.True(IsWhole(image));
        _box.Store.Remove("test", force: true);
        Assert.True(IsWhole(image));
        _box.Store.RemoveLease("c1");
        _box.Store.RemoveLease("c1");
        _box.Store.Prune();
        Assert.False(IsWhole(image));
    }

    [Fact]
    public void A_hold_ends_though_a_child_has_its_file()
    {
        var image = _box.Image();
        var hold = _box.Store.Hold(image);
        var manifest = _box.Store.BlobPath(image.ManifestDigest);
        var descriptor = Directory.EnumerateFiles("/proc/self/fd")
            .Single(fd => new FileInfo(fd).LinkTarget == manifest);
        using var inherited = new SafeFileHandle(Duplicate(int.Parse(Path.GetFileName(descriptor), null)), true);
        hold.Dispose();
        Assert.False(Leases.IsHeld(_box.Store.Layout, image.ManifestDigest));
    }

    [DllImport("libc", EntryPoint = "dup")]
    private static extern int Duplicate(int descriptor);

    [Fact]
    public void One_name_of_several_goes_while_the_image_is_used()
    {
        _box.Store.Tag("test", Reference.Parse("other"));
        using var held = _box.Store.Hold(_box.Image());
        Assert.Equal("test:latest", Assert.Single(_box.Store.Remove("test").Untagged).Familiar);
        Assert.Equal("other:latest", Assert.Single(_box.Store.List()).Name!.Familiar);
    }

    [Theory]
    [InlineData("")]
    [InlineData("../x")]
    [InlineData(".")]
    public void Leases_have_plain_names(string container) =>
        Assert.Throws<ArgumentException>(() => _box.Store.AddLease(container, _box.Image()));
}
