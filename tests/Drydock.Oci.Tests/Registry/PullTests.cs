using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests.Registry;

/// <summary>Images that others pushed to a real registry, pulled into the store.</summary>
public sealed class PullTests : IDisposable
{
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module).With("data/a.txt", "a");
    private readonly RegistryServer? _server;
    private readonly ImageRegistry _registry = new(new());

    public PullTests() => _server = RegistryServer.Start(Path.Join(_box.Directory, "registry"));

    public void Dispose()
    {
        _server?.Dispose();
        _box.Dispose();
    }

    private ImageStore Fresh() => ImageStore.Open(Path.Join(_box.Directory, $"store-{Guid.NewGuid():N}"));

    private string Pushed(string repository = "hello:1")
    {
        _box.Build("FROM scratch\nCOPY hello.wasm /\nCOPY data /data\nENTRYPOINT [\"/hello.wasm\"]");
        Tools.Run("skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false",
            $"oci:{_box.Store.Root}:docker.io/library/test:latest", $"docker://{_server!.Name(repository)}");
        return _server.Name(repository);
    }

    [Fact]
    public void What_skopeo_pushed_is_pulled_and_found()
    {
        if (_server is null || !Tools.Available("skopeo"))
            return;
        var (name, store) = (Pushed(), Fresh());
        var pulled = _registry.Pull(store, Reference.Parse(name));
        Assert.True(pulled.IsNew);
        Assert.Equal(_box.Image().Id, pulled.Image.Id);
        Assert.Equal(_box.Image().ManifestDigest, pulled.Digest);
        var image = store.Resolve(name);
        Assert.Equal("/hello.wasm", store.OpenContent(image).Find(image.Config.CommandLine([])[0]).GuestPath);
        Assert.Equal("a", File.ReadAllText(Path.Join(store.OpenContent(image).RootDirectory, "data/a.txt")));
    }

    [Fact]
    public void A_second_pull_transfers_nothing_and_a_digest_is_a_name()
    {
        if (_server is null || !Tools.Available("skopeo"))
            return;
        var (name, store) = (Pushed(), Fresh());
        var first = _registry.Pull(store, Reference.Parse(name));
        var again = _registry.Pull(store, Reference.Parse(name));
        Assert.Equal((false, 0L), (again.IsNew, again.TransferredBytes));
        var byDigest = Reference.Parse($"{_server.Name("hello")}@{first.Digest}");
        Assert.Equal(0, _registry.Pull(store, byDigest).TransferredBytes);
        Assert.Equal(first.Image.Id, store.Resolve(byDigest).Id);
        Assert.Empty(Directory.EnumerateFiles(Path.Join(store.Root, "downloads")));
    }

    [Fact]
    public void What_is_not_there_is_said_and_leaves_no_trace()
    {
        if (_server is null)
            return;
        var store = Fresh();
        var error = Assert.Throws<ImageException>(() => _registry.Pull(store, Reference.Parse(_server.Name("none:1"))));
        Assert.Equal(ImageError.NotFound, error.Error);
        Assert.Contains("manifest 1 of none", error.Message);
        Assert.False(Directory.Exists(store.Root));
    }

    [Fact]
    public void A_registry_that_is_not_there_is_said()
    {
        var name = Reference.Parse($"127.0.0.1:{RegistryServer.FreePort()}/x:1");
        var error = Assert.Throws<ImageException>(() => _registry.Pull(Fresh(), name));
        Assert.Equal(ImageError.Registry, error.Error);
        Assert.Contains("connection was refused", error.Message);
    }
}
