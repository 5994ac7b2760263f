using System.Security.Cryptography;
using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests.Registry;

/// <summary>Signatures that travel through a real registry, and policies that ask for them on the way in.</summary>
public sealed class RemoteTrustTests : IDisposable
{
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);
    private readonly RegistryServer? _server;
    private readonly ImageRegistry _registry = new(new());
    private readonly ECDsa _ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SigningKey _key;

    public RemoteTrustTests()
    {
        _server = RegistryServer.Start(Path.Join(_box.Directory, "registry"));
        _key = SigningKey.ReadPrivate(_ecdsa.ExportPkcs8PrivateKeyPem(), "k", () => "");
    }

    public void Dispose()
    {
        _server?.Dispose();
        _key.Dispose();
        _ecdsa.Dispose();
        _box.Dispose();
    }

    private ImageStore Fresh() => ImageStore.Open(Path.Join(_box.Directory, $"store-{Guid.NewGuid():N}"));

    private PullOptions Asking()
    {
        var (key, policy) = (Path.Join(_box.Directory, "key.pub"), Path.Join(_box.Directory, "policy.json"));
        File.WriteAllText(key, _ecdsa.ExportSubjectPublicKeyInfoPem());
        File.WriteAllText(policy, """{"default":[{"type":"sigstoreSigned","keyPath":"key.pub"}]}""");
        return new() { Policy = PolicyReader.Read(policy) };
    }

    [Fact]
    public void A_signature_is_pushed_with_its_image_and_asked_for_when_it_is_pulled()
    {
        if (_server is null)
            return;
        var name = Reference.Parse(_server.Name("hello:1"));
        _box.Build("FROM scratch\nCOPY hello.wasm /\nENTRYPOINT [\"/hello.wasm\"]", name.ToString(), options =>
            options with { Sbom = SbomFormat.Spdx });
        _registry.Push(_box.Store, name.ToString(), name);
        var refusing = Fresh();
        var refused = Assert.Throws<ImageException>(() => _registry.Pull(refusing, name, Asking()));
        Assert.Equal(ImageError.Trust, refused.Error);
        Assert.Contains("is not signed", refused.Message);
        Assert.Empty(refusing.List());

        var tag = ImageTrust.Sign(_box.Store, name, _key);
        _registry.Push(_box.Store, name.ToString(), name);
        Assert.Contains(tag.Tag!, _registry.ListTags(name));
        var store = Fresh();
        var pulled = _registry.Pull(store, name, Asking());
        Assert.Equal(_box.Image(name.ToString()).Id, pulled.Image.Id);
        Asking().Policy!.Check(store, pulled.Image);
        Assert.Single(store.List());
        Assert.Equal(pulled.Digest, ImageTrust.Verify(store, name, _key));
    }

    [Fact]
    public void A_build_fetches_what_it_copies_from()
    {
        if (_server is null)
            return;
        var name = Reference.Parse(_server.Name("hello:1"));
        _box.Build("FROM scratch\nCOPY hello.wasm /app/hello.wasm", name.ToString());
        _registry.Push(_box.Store, name.ToString(), name);
        _box.Store.Remove(name.ToString());
        _box.Build($"FROM {name}\nCOPY --from={name} /app/hello.wasm /copied.wasm",
            change: options => options with
            {
                Fetch = (wanted, platform) =>
                _registry.Pull(_box.Store, wanted, new() { Platform = platform }).Image
            });
        Assert.Equal(["app/", "app/hello.wasm", "copied.wasm"], _box.Files());
        Assert.Contains("not in the local store", _box.Refusal("FROM scratch\nCOPY --from=example.org/none:1 /a /b"));
    }
}
