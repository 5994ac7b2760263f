using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests.Registry;

/// <summary>
/// Tests that set variables of the whole process, which every pull reads: nothing else runs meanwhile, or it would read
/// a file that is gone a moment later.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class EnvironmentCollection
{
    public const string Name = "environment";
}

/// <summary>What registries are configured by, outside of Drydock.</summary>
[Collection(EnvironmentCollection.Name)]
public sealed class EnvironmentTests : IDisposable
{
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);

    public void Dispose() => _box.Dispose();

    private string Place(string name) => Path.Join(_box.Directory, name);

    private ImageStore Fresh() => ImageStore.Open(Place($"store-{Guid.NewGuid():N}"));

    [Fact]
    public void A_mirror_is_asked_first_and_the_registry_where_it_fails()
    {
        using var mirror = new ScriptedRegistry();
        using var origin = new ScriptedRegistry();
        var served = origin.Offer(repository: "team/x");
        var file = Place("registries.conf");
        File.WriteAllText(file, $"[[registry]]\nprefix = \"{origin.Address}\"\nlocation = \"{origin.Address}\"\n"
            + $"[[registry.mirror]]\nlocation = \"{mirror.Address}/cache\"\n");
        Environment.SetEnvironmentVariable("CONTAINERS_REGISTRIES_CONF", file);
        try
        {
            Assert.Equal(served.Config.Digest, new ImageRegistry(new())
                .Pull(_box.Store, origin.Name("team/x:1")).Image.Id);
            Assert.Contains(mirror.Requests, asked => asked.Path == "/v2/cache/team/x/manifests/1");
            var mirrored = mirror.Offer(repository: "cache/team/x");
            origin.On("/v2/team/x/manifests/1", asked => asked.Answer(500, ""));
            Assert.Equal(mirrored.Config.Digest, new ImageRegistry(new())
                .Pull(_box.Store, origin.Name("team/x:1")).Image.Id);
        }
        finally
        {
            Environment.SetEnvironmentVariable("CONTAINERS_REGISTRIES_CONF", null);
        }
    }

    [Fact]
    public void Signatures_go_with_the_image_and_a_policy_keeps_others_out()
    {
        using var server = RegistryServer.Start(Place("registry"));
        if (server is null)
            return;
        _box.Build("FROM scratch\nCOPY hello.wasm /\nENTRYPOINT [\"/hello.wasm\"]");
        var (secret, known) = SigningKey.Make("");
        File.WriteAllText(Place("key.pub"), known);
        using var key = SigningKey.ReadPrivate(secret, "key", () => "");
        var (signed, other) = (Reference.Parse(server.Name("team/hello:1")),
            Reference.Parse(server.Name("other/hello:1")));
        var registry = new ImageRegistry(new());
        _box.Store.Tag("test", signed);
        ImageTrust.Sign(_box.Store, signed, key);
        registry.Push(_box.Store, signed.ToString(), signed);
        registry.Push(_box.Store, "test", other);
        File.WriteAllText(Place("policy.json"),
            "{\"default\":[{\"type\":\"insecureAcceptAnything\"}],\"transports\":{\"docker\":{\"" + server.Address
            + "\":[{\"type\":\"sigstoreSigned\",\"keyPath\":\"key.pub\"}]}}}");
        Environment.SetEnvironmentVariable("DRYDOCK_POLICY", Place("policy.json"));
        try
        {
            var (store, empty) = (Fresh(), Fresh());
            Assert.Equal(registry.Pull(store, signed).Digest, ImageTrust.Verify(store, signed, key));
            Assert.False(registry.Pull(store, signed).IsNew);
            // The signature is there too, but it is for another repository.
            Assert.Equal(ImageError.Trust, Assert.Throws<ImageException>(() => registry.Pull(empty, other)).Error);
            Assert.Empty(empty.List());
        }
        finally
        {
            Environment.SetEnvironmentVariable("DRYDOCK_POLICY", null);
        }
    }
}
