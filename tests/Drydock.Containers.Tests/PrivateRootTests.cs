namespace Drydock.Containers.Tests;

public sealed class PrivateRootTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("drydock-root-").FullName;

    private string Source => Path.Join(_directory, "image");
    private string Parent => Path.Join(_directory, "containers");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void The_copy_is_whole_but_for_the_module_and_goes_with_the_container()
    {
        Fill();
        string path;
        using (PrivateRoot root = new(Source, Path.Join(Source, "app.wasm"), Parent))
        {
            path = root.Open();
            Assert.Equal("text", File.ReadAllText(Path.Join(path, "etc", "file")));
            Assert.Equal("file", new FileInfo(Path.Join(path, "etc", "link")).LinkTarget);
            Assert.False(File.Exists(Path.Join(path, "app.wasm")));
        }
        Assert.False(Directory.Exists(path));
    }

    [Fact]
    public void Writing_to_the_copy_leaves_the_image_alone()
    {
        Fill();
        using PrivateRoot root = new(Source, "", Parent);
        File.WriteAllText(Path.Join(root.Open(), "etc", "file"), "changed");
        Assert.Equal("text", File.ReadAllText(Path.Join(Source, "etc", "file")));
    }

    [Fact]
    public void Roots_of_containers_that_were_killed_are_removed_and_those_in_use_are_not()
    {
        Fill();
        string abandoned = Path.Join(Parent, "abandoned");
        Directory.CreateDirectory(Path.Join(abandoned, "sub"));
        using PrivateRoot first = new(Source, "", Parent);
        using PrivateRoot second = new(Source, "", Parent);
        string held = first.Open();
        Assert.NotEqual(held, second.Open());
        Assert.False(Directory.Exists(abandoned));
        Assert.True(Directory.Exists(held));
    }

    [Fact]
    public void Nothing_is_made_for_a_container_that_looks_at_no_file()
    {
        Fill();
        using (PrivateRoot root = new(Source, "", Parent)) Assert.False(Directory.Exists(Parent));
        Assert.False(Directory.Exists(Parent));
    }

    [Fact]
    public void A_parent_that_cannot_be_made_is_named()
    {
        Fill();
        ContainerException error = Assert.Throws<ContainerException>(
            () => new PrivateRoot(Source, "", Path.Join(Source, "app.wasm", "below")).Open());
        Assert.Contains("--read-only", error.Message, StringComparison.Ordinal);
    }

    private void Fill()
    {
        Directory.CreateDirectory(Path.Join(Source, "etc"));
        File.WriteAllText(Path.Join(Source, "etc", "file"), "text");
        File.CreateSymbolicLink(Path.Join(Source, "etc", "link"), "file");
        File.WriteAllText(Path.Join(Source, "app.wasm"), "module");
    }
}
