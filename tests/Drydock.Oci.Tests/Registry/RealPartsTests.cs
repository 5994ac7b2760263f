using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests.Registry;

/// <summary>Real registries, and the tools that others use, on both sides.</summary>
public sealed class RealPartsTests : IDisposable
{
    /// <summary><c>me</c> and <c>secret</c>, as <c>htpasswd -nbB</c> writes them.</summary>
    private const string Htpasswd = "me:$2y$04$w.8RlWIAe/h6fexsnHK1Ce.Em5361qkT/X8l0xsWXxFdlCEtigWdy";

    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module).With("data/a.txt", "a");
    private RegistryServer? _server;

    public void Dispose()
    {
        _server?.Dispose();
        _box.Dispose();
    }

    private string Place(string name) => Path.Join(_box.Directory, name);

    private string Tls => $"  tls:\n    certificate: {Place("ca/server.cert")}\n    key: {Place("ca/server.key")}";

    private ImageStore Fresh() => ImageStore.Open(Place($"store-{Guid.NewGuid():N}"));

    private bool Start(string http = "", string more = "", params string[] tools)
    {
        if (!tools.All(Tools.Available))
            return false;
        _server = RegistryServer.Start(Place("registry"), http, more);
        return _server is not null;
    }

    private void BuildHello(string tag = "test") =>
        _box.Build("FROM scratch\nCOPY hello.wasm /\nCOPY data /data\nENTRYPOINT [\"/hello.wasm\"]", tag);

    private Reference Name(string text) => Reference.Parse(_server!.Name(text));

    [Fact]
    public void What_is_pushed_skopeo_and_podman_read()
    {
        if (!Start(tools: ["skopeo", "podman"]))
            return;
        BuildHello();
        var pushed = new ImageRegistry(new()).Push(_box.Store, "test", Name("team/hello:1"));
        Assert.Equal(_box.Image().ManifestDigest, pushed.Digest);
        Tools.Run("skopeo", "--insecure-policy", "copy", "--src-tls-verify=false",
            $"docker://{_server!.Name("team/hello:1")}", $"oci:{Place("copy")}:x/y:1");
        _box.Store = ImageStore.Open(Place("copy"));
        Assert.Equal(["data/", "data/a.txt", "hello.wasm"], _box.Files("x/y:1"));
        string[] storage = ["--root", Place("p"), "--runroot", Place("pr"), "--storage-driver", "vfs"];
        var (code, output, error) = Tools.TryRun("podman",
            [.. storage, "pull", "--tls-verify=false", "--platform", "wasi/wasm", _server.Name("team/hello:1")]);
        Assert.True(code == 0, error);
        Assert.Contains(_box.Image("x/y:1").Id.Hex, output);
    }

    [Fact]
    public void A_second_repository_gets_its_blobs_without_sending_them()
    {
        if (!Start())
            return;
        BuildHello();
        var registry = new ImageRegistry(new());
        _box.Store.Tag("test", Name("one/hello:1"));
        Assert.True(registry.Push(_box.Store, Name("one/hello:1").ToString(),
            Name("one/hello:1")).TransferredBytes > 0);
        Assert.Equal(0, registry.Push(_box.Store, "test", Name("two/hello:1")).TransferredBytes);
        Assert.Equal(0, registry.Push(_box.Store, "test", Name("one/hello:2")).TransferredBytes);
        // Everything is here already, under another name.
        Assert.Equal(0, registry.Pull(_box.Store, Name("two/hello:1")).TransferredBytes);
        Assert.Equal(["1", "2"], registry.ListTags(Name("one/hello")).Order());
        Assert.True(registry.Pull(Fresh(), Name("two/hello:1")).IsNew);
    }

    [Fact]
    public void Large_blobs_go_in_pieces()
    {
        if (!Start())
            return;
        var big = new byte[1_000_000];
        Random.Shared.NextBytes(big);
        _box.With("big", big).Build("FROM scratch\nCOPY big /big\nCOPY hello.wasm /");
        var registry = new ImageRegistry(new() { Limits = new() { Chunk = 300_000 } });
        Assert.True(registry.Push(_box.Store, "test", Name("big:1")).TransferredBytes > 1_000_000);
        Assert.Equal(_box.Image().Id, registry.Pull(Fresh(), Name("big:1")).Image.Id);
    }

    [Fact]
    public void What_is_deleted_is_gone()
    {
        if (!Start())
            return;
        BuildHello();
        var registry = new ImageRegistry(new());
        var pushed = registry.Push(_box.Store, "test", Name("hello:1"));
        Assert.Equal(pushed.Digest, registry.Delete(Name("hello:1")));
        Assert.Equal(ImageError.NotFound,
            Assert.Throws<ImageException>(() => registry.Pull(Fresh(), Name("hello:1"))).Error);
        Assert.Contains("has no", Assert.Throws<ImageException>(() => registry.Delete(Name("hello:2"))).Message);
    }

    [Fact]
    public void A_registry_with_htpasswd_wants_to_be_logged_in_to()
    {
        Directory.CreateDirectory(Place("auth"));
        File.WriteAllText(Place("auth/htpasswd"), Htpasswd + "\n");
        if (!Start(more: $"auth:\n  htpasswd:\n    realm: drydock\n    path: {Place("auth/htpasswd")}",
            tools: ["skopeo"]))
            return;
        BuildHello();
        var options = new RegistryOptions { AuthFile = Place("auth.json") };
        var registry = new ImageRegistry(options);
        Assert.Contains("drydock login",
            Assert.Throws<ImageException>(() => registry.Push(_box.Store, "test", Name("hello:1"))).Message);
        Assert.Contains("does not take",
            Assert.Throws<ImageException>(() => registry.LogIn(_server!.Address, new("me", "wrong"))).Message);
        registry.LogIn(_server!.Address, new("me", "secret"));
        registry.Push(_box.Store, "test", Name("hello:1"));
        Assert.True(registry.Pull(Fresh(), Name("hello:1")).IsNew);
        // What Drydock wrote is Docker's format, which skopeo reads; what skopeo writes, Drydock reads.
        Tools.Run("skopeo", "inspect", "--tls-verify=false", "--authfile", Place("auth.json"), "--override-os", "wasi",
            "--override-arch", "wasm", $"docker://{_server.Name("hello:1")}");
        Tools.Run("skopeo", "login", "--tls-verify=false", "--authfile", Place("theirs.json"), "-u", "me", "-p",
            "secret", _server.Address);
        Assert.True(new ImageRegistry(new() { AuthFile = Place("theirs.json") }).Pull(Fresh(), Name("hello:1")).IsNew);
        Assert.True(registry.LogOut(_server.Address));
        Assert.Equal(ImageError.Denied,
            Assert.Throws<ImageException>(() => registry.Pull(Fresh(), Name("hello:1"))).Error);
    }

    [Fact]
    public void A_registry_with_tls_is_trusted_by_its_authority_and_asks_for_the_clients_certificate()
    {
        using var authority = new TestAuthority(Place("ca"));
        authority.Issue("server", IPAddress.Loopback);
        authority.Issue("client", null);
        if (!Start(http: Tls + $"\n    clientcas:\n      - {Place("ca/ca.crt")}"))
            return;
        BuildHello();
        var untrusting = new ImageRegistry(new() { VerifyTls = true });
        Assert.Contains("certificate is not trusted",
            Assert.Throws<ImageException>(() => untrusting.Push(_box.Store, "test", Name("hello:1"))).Message);
        Directory.CreateDirectory(Place("certs"));
        File.Copy(Place("ca/ca.crt"), Place("certs/ca.crt"));
        var trusting = new ImageRegistry(new() { CertificateDirectory = Place("certs") });
        Assert.Throws<ImageException>(() => trusting.Push(_box.Store, "test", Name("hello:1")));
        File.Copy(Place("ca/client.cert"), Place("certs/client.cert"));
        File.Copy(Place("ca/client.key"), Place("certs/client.key"));
        trusting.Push(_box.Store, "test", Name("hello:1"));
        Assert.True(trusting.Pull(Fresh(), Name("hello:1")).IsNew);
    }

    [Fact]
    public void Tls_without_a_known_authority_is_taken_when_the_user_says_so()
    {
        using var authority = new TestAuthority(Place("ca"));
        authority.Issue("server", IPAddress.Loopback);
        if (!Start(http: Tls))
            return;
        BuildHello();
        new ImageRegistry(new() { VerifyTls = false }).Push(_box.Store, "test", Name("hello:1"));
        // A registry on this machine is first spoken to in the clear; one with TLS is recognised.
        Assert.Contains("certificate is not trusted",
            Assert.Throws<ImageException>(() => new ImageRegistry(new()).Pull(Fresh(), Name("hello:1"))).Message);
    }

    [Fact]
    public void Of_several_platforms_by_buildah_the_right_one_is_taken()
    {
        if (!Start(tools: ["buildah"]))
            return;
        string[] storage = ["--root", Place("r"), "--runroot", Place("rr"), "--storage-driver", "vfs"];
        string Buildah(params string[] words) => Tools.Run("buildah", [.. storage, .. words]);
        _box.With("linux", "\u007fELF")
            .With("Containerfile",
            "FROM scratch\nARG TARGETOS\nCOPY hello.wasm /hello.wasm\nENTRYPOINT [\"/hello.wasm\"]\n");
        Buildah("manifest", "create", "localhost/many");
        foreach (var platform in (string[])["linux/amd64", "wasi/wasm", "wasip1/wasm"])
        {
            Buildah("build", "--isolation", "chroot", "--platform", platform, "--label", $"made={platform}", "-t",
                "localhost/" + platform.Replace('/', '-'), _box.Context);
            var (os, arch) = (platform.Split('/')[0], platform.Split('/')[1]);
            Buildah("manifest", "add", "--os", os, "--arch", arch, "localhost/many", "localhost/"
                + platform.Replace('/', '-'));
        }
        Buildah("manifest", "push", "--all", "--tls-verify=false", "localhost/many",
            $"docker://{_server!.Name("many:1")}");
        var (registry, store) = (new ImageRegistry(new()), Fresh());
        Assert.Equal("wasi/wasm", registry.Pull(store, Name("many:1")).Image.Platform.ToString());
        Assert.Equal(ImageError.NotFound,
            Assert.Throws<ImageException>(() => store.Resolve(Name("many:1"), Platform.Parse("linux/amd64"))).Error);
        var linux = registry.Pull(store, Name("many:1"), new() { Platform = Platform.Parse("linux/amd64") });
        Assert.Equal("linux/amd64", linux.Image.Platform.ToString());
        Assert.Equal("linux/amd64", linux.Image.Config.Config!.Labels!["made"]);
        Assert.Equal("wasi/wasm", store.Resolve(Name("many:1")).Platform.ToString());
        Assert.Contains("--all-platforms", Assert.Throws<ImageException>(() =>
            registry.Push(store, Name("many:1").ToString(), Name("copy:1"))).Message);
        registry.Pull(store, Name("many:1"), new() { AllPlatforms = true });
        var pushed = registry.Push(store, Name("many:1").ToString(), Name("copy:1"));
        Assert.Equal(linux.Digest, pushed.Digest);
        Assert.Contains("windows/amd64", Assert.Throws<ImageException>(() =>
            registry.Pull(Fresh(), Name("many:1"), new() { Platform = Platform.Parse("windows/amd64") })).Message);
    }

    [Fact]
    public void Layers_in_zstd_are_unpacked()
    {
        if (!Start(tools: ["skopeo"]))
            return;
        BuildHello();
        Tools.Run("skopeo", "--insecure-policy", "copy", "--dest-tls-verify=false", "--dest-compress-format", "zstd",
            $"oci:{_box.Store.Root}:docker.io/library/test:latest", $"docker://{_server!.Name("zstd:1")}");
        var pulled = new ImageRegistry(new()).Pull(_box.Store, Name("zstd:1"));
        Assert.Contains(pulled.Image.Manifest.Layers, layer => layer.MediaType == MediaTypes.LayerZstd);
        Assert.Equal(["data/", "data/a.txt", "hello.wasm"], _box.Files(Name("zstd:1").ToString()));
    }
}

/// <summary>An authority that lives as long as a test, and certificates by it, as files.</summary>
internal sealed class TestAuthority : IDisposable
{
    private readonly string _directory;
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;

    public TestAuthority(string directory)
    {
        _directory = Directory.CreateDirectory(directory).FullName;
        var request = new CertificateRequest("CN=Drydock's tests", _key, HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        _certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        File.WriteAllText(Path.Join(_directory, "ca.crt"), _certificate.ExportCertificatePem());
    }

    /// <summary>Issues <c>NAME.cert</c> with <c>NAME.key</c>.</summary>
    public void Issue(string name, IPAddress? address)
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        if (address is not null)
            names.AddIpAddress(address);
        request.CertificateExtensions.Add(names.Build());
        using var certificate = request.Create(_certificate, DateTimeOffset.UtcNow.AddHours(-1),
            DateTimeOffset.UtcNow.AddHours(12), Encoding.ASCII.GetBytes(name.PadRight(8)));
        File.WriteAllText(Path.Join(_directory, name + ".cert"), certificate.ExportCertificatePem());
        File.WriteAllText(Path.Join(_directory, name + ".key"), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }
}
