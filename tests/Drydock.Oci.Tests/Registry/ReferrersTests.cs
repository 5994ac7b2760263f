using System.Security.Cryptography;
using System.Text;
using Drydock.Oci.Registry;

namespace Drydock.Oci.Tests.Registry;

/// <summary>
/// What belongs to an image, at registries that list it and at those that do not (distribution-spec 1.1).
/// </summary>
public sealed class ReferrersTests : IDisposable
{
    private const string Recipe = "FROM scratch\nCOPY hello.wasm /\nENTRYPOINT [\"/hello.wasm\"]";

    private readonly ScriptedRegistry _server = new();
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);
    private readonly ImageRegistry _registry = new(new());
    private readonly ECDsa _ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SigningKey _key;

    public ReferrersTests() => _key = SigningKey.ReadPrivate(_ecdsa.ExportPkcs8PrivateKeyPem(), "k", () => "");

    public void Dispose()
    {
        _server.Dispose();
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

    /// <summary>Serves a signed image; gives the entry of its signature, which is found under no tag yet.</summary>
    private Descriptor Serve()
    {
        var name = _server.Name();
        _box.Build(Recipe, name.ToString(), options => options with { Sbom = SbomFormat.CycloneDx });
        ImageTrust.Sign(_box.Store, name, _key);
        foreach (var file in new DirectoryInfo(_box.Store.Layout.Blobs).EnumerateFiles())
            _server.On($"/v2/x/blobs/sha256:{file.Name}", File.ReadAllBytes(file.FullName));
        var index = StoreIndex.Read(_box.Store.Layout);
        foreach (var entry in index.Manifests)
            _server.Manifest(_box.Store.ReadJson(entry), entry.MediaType, StoreIndex.NameOf(entry) == name ? "1"
                : null);
        return index.Manifests.Single(entry => entry.ArtifactType == SignatureManifest.ArtifactType);
    }

    private Digest Subject => _box.Image(_server.Name().ToString()).ManifestDigest;

    private void PullAndCheck()
    {
        var store = Fresh();
        var pulled = _registry.Pull(store, _server.Name(), Asking());
        Assert.Equal(pulled.Digest, ImageTrust.Verify(store, _server.Name(), _key));
        Asking().Policy!.Check(store, pulled.Image);
        Assert.Single(store.List());
        // What belongs to an image goes with it.
        store.Remove(_server.Name().ToString());
        Assert.Empty(StoreIndex.Read(store.Layout).Manifests);
        Assert.Empty(Directory.EnumerateFiles(store.Layout.Blobs));
    }

    [Fact]
    public void A_signature_is_found_among_the_referrers()
    {
        var signature = Serve();
        Assert.Contains("is not signed",
            Assert.Throws<ImageException>(() => _registry.Pull(Fresh(), _server.Name(), Asking())).Message);
        _server.On($"/v2/x/referrers/{Subject}", asked =>
            asked.Answer(200, Served.WriteIndex(signature), $"Content-Type: {MediaTypes.Index}"));
        PullAndCheck();
        Assert.Contains(_server.Requests, asked => asked.Query.Contains("artifactType=", StringComparison.Ordinal));
    }

    [Fact]
    public void Referrers_come_page_by_page()
    {
        var signature = Serve();
        var path = $"/v2/x/referrers/{Subject}";
        _server.On(path, asked => asked.Query.Contains("last", StringComparison.Ordinal)
            ? asked.Answer(200, Served.WriteIndex(signature), $"Content-Type: {MediaTypes.Index}")
            : asked.Answer(200, Served.WriteIndex(), $"Content-Type: {MediaTypes.Index}",
                $"Link: <{path}?last=1>; rel=\"next\""));
        PullAndCheck();
    }

    [Theory]
    [InlineData(404, "application/json")]
    [InlineData(405, "text/plain")]
    [InlineData(200, "text/html")]
    public void A_signature_is_found_under_the_tag_where_the_registry_lists_nothing(int status, string type)
    {
        var signature = Serve();
        _server.On($"/v2/x/referrers/{Subject}", asked => asked.Answer(status, "<html>", $"Content-Type: {type}"));
        _server.Manifest(Served.WriteIndex(signature), MediaTypes.Index, ReferrersTag.Of(Subject));
        PullAndCheck();
    }

    [Fact]
    public void A_signature_is_found_by_cosigns_tag()
    {
        var signature = Serve();
        _server.Manifest(_box.Store.ReadJson(signature), MediaTypes.Manifest, $"sha256-{Subject.Hex}.sig");
        PullAndCheck();
    }

    [Fact]
    public void What_is_listed_must_say_itself_that_it_belongs_to_the_image()
    {
        var signature = Serve();
        _box.Build(Recipe + "\nCMD [\"x\"]", "other");
        var other = _box.Image("other");
        _server.Manifest(_box.Store.ReadJson(other.Descriptor), MediaTypes.Manifest, "2");
        foreach (var blob in other.Manifest.Layers.Append(other.Manifest.Config))
            _server.On($"/v2/x/blobs/{blob.Digest}", File.ReadAllBytes(_box.Store.BlobPath(blob.Digest)));
        _server.On($"/v2/x/referrers/{other.ManifestDigest}", asked =>
            asked.Answer(200, Served.WriteIndex(signature), $"Content-Type: {MediaTypes.Index}"));
        var error = Assert.Throws<ImageException>(() => _registry.Pull(Fresh(), _server.Name("x:2"), Asking()));
        Assert.Contains("is not signed", error.Message);
    }

    [Fact]
    public void A_registry_that_fails_to_list_is_not_one_without_signatures()
    {
        Serve();
        _server.On($"/v2/x/referrers/{Subject}", asked => asked.Answer(401, ""));
        Assert.Equal(ImageError.Denied,
            Assert.Throws<ImageException>(() => _registry.Pull(Fresh(), _server.Name(), Asking())).Error);
    }

    [Fact]
    public void A_copy_for_elsewhere_brings_what_belongs_to_it()
    {
        Serve();
        var all = StoreIndex.Read(_box.Store.Layout).Manifests.Where(Attachments.IsAttached).ToArray();
        Assert.Equal(2, all.Length);
        _server.On($"/v2/x/referrers/{Subject}", asked =>
            asked.Answer(200, Served.WriteIndex(all), $"Content-Type: {MediaTypes.Index}"));
        var store = Fresh();
        var image = _registry.Pull(store, _server.Name(), new() { AllPlatforms = true }).Image;
        Assert.Contains("CycloneDX", Encoding.UTF8.GetString(store.FindSbom(image)!));
        Assert.Equal(image.ManifestDigest, ImageTrust.Verify(store, _server.Name(), _key));
        var plain = Fresh();
        Assert.Null(plain.FindSbom(_registry.Pull(plain, _server.Name()).Image));
    }

    [Fact]
    public void What_is_pushed_is_listed_under_the_tag_where_the_registry_does_not_list_it()
    {
        var puts = Accept(isListing: false);
        var tag = ReferrersTag.Of(Subject);
        var other = Descriptor.Of(MediaTypes.Manifest, Digest.Of("other"u8), 5) with { ArtifactType = "application/x" };
        _server.Manifest(Served.WriteIndex(other), MediaTypes.Index, tag);
        Accept(isListing: false, tag, puts);
        _registry.Push(_box.Store, _server.Name().ToString(), _server.Name());
        var listed = OciReader.Index(puts[tag], "x").Manifests;
        Assert.Equal(other.DigestText, listed[0].DigestText);
        Assert.Equal(["application/vnd.cyclonedx+json", SignatureManifest.ArtifactType], listed.Skip(1)
            .Select(each => each.ArtifactType!).Order());
        Assert.All(listed.Skip(1), each =>
            Assert.Equal(Digest.Of(puts[each.ArtifactType == SignatureManifest.ArtifactType
            ? $"sha256-{Subject.Hex}.sig" : each.DigestText]).ToString(), each.DigestText));
        // Once more: nothing is listed twice.
        var before = puts[tag];
        _registry.Push(_box.Store, _server.Name().ToString(), _server.Name());
        Assert.Equal(before, puts[tag]);
    }

    [Fact]
    public void A_registry_that_lists_referrers_itself_gets_no_tag()
    {
        var puts = Accept(isListing: true);
        _registry.Push(_box.Store, _server.Name().ToString(), _server.Name());
        Assert.Contains($"sha256-{Subject.Hex}.sig", puts.Keys);
        Assert.DoesNotContain(ReferrersTag.Of(Subject), puts.Keys);
    }

    [Fact]
    public void A_tag_that_is_something_else_is_left_alone()
    {
        var puts = Accept(isListing: false);
        var tag = ReferrersTag.Of(Subject);
        _server.Manifest(_box.Store.ReadJson(_box.Image(_server.Name().ToString()).Descriptor), MediaTypes.Manifest,
            tag);
        var error = Assert.Throws<ImageException>(() =>
            _registry.Push(_box.Store, _server.Name().ToString(), _server.Name()));
        Assert.Contains("is no list of what refers", error.Message);
        Assert.DoesNotContain(tag, puts.Keys);
    }

    [Fact]
    public void A_tag_that_is_something_else_lists_no_signatures()
    {
        Serve();
        _server.Manifest(_box.Store.ReadJson(_box.Image(_server.Name().ToString()).Descriptor), MediaTypes.Manifest,
            ReferrersTag.Of(Subject));
        Assert.Contains("is not signed",
            Assert.Throws<ImageException>(() => _registry.Pull(Fresh(), _server.Name(), Asking())).Message);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void What_is_deleted_is_taken_off_the_list_where_the_registry_does_not_do_it(bool isListing)
    {
        var puts = new Dictionary<string, byte[]>();
        var (signature, tag) = (Serve(), ReferrersTag.Of(Subject));
        var other = Descriptor.Of(MediaTypes.Manifest, Digest.Of("other"u8), 5);
        _server.Manifest(Served.WriteIndex(other, signature), MediaTypes.Index, tag);
        Accept(tag, isListing, puts);
        if (isListing)
            _server.On($"/v2/x/referrers/{Subject}", asked =>
                asked.Answer(200, Served.WriteIndex(), $"Content-Type: {MediaTypes.Index}"));
        _registry.Delete(_server.Name($"x@{signature.DigestText}"));
        Assert.Contains(_server.Requests, asked => asked.Method == "DELETE"
            && asked.Path == $"/v2/x/manifests/{signature.DigestText}");
        Assert.Equal(isListing ? [] : [tag], puts.Keys);
        if (!isListing)
            Assert.Equal(other.DigestText, Assert.Single(OciReader.Index(puts[tag], "x").Manifests).DigestText);
        // What belongs to nothing is on no list.
        puts.Clear();
        _registry.Delete(_server.Name());
        Assert.Empty(puts);
    }

    [Fact]
    public void An_index_may_belong_to_an_image_too()
    {
        var content = Encoding.UTF8.GetBytes("{\"schemaVersion\":2,\"mediaType\":\"" + MediaTypes.Index
            + "\",\"artifactType\":\"application/x\",\"manifests\":[],\"annotations\":{\"a\":\"b\"},"
            + "\"subject\":{\"digest\":\"" + Digest.Of("x"u8) + "\"}}");
        var referrer = Referrer.Of(new(content, MediaTypes.Index, Digest.Of(content)))!;
        Assert.Equal(Digest.Of("x"u8), referrer.Subject);
        Assert.Equal(("application/x", "b", content.Length),
            (referrer.Entry.ArtifactType, referrer.Entry.Annotation("a"), referrer.Entry.Size));
        Assert.Null(Referrer.Of(new(Served.WriteIndex(), MediaTypes.Index, default)));
    }

    /// <summary>Takes manifests of a signed image with a list of parts; gives what was put under which name.</summary>
    private Dictionary<string, byte[]> Accept(bool isListing, string? also = null,
        Dictionary<string, byte[]>? puts = null)
    {
        if (puts is null)
            Serve();
        puts ??= [];
        var names = StoreIndex.Read(_box.Store.Layout).Manifests.Select(entry => entry.DigestText)
            .Concat(["1", $"sha256-{Subject.Hex}.sig", also ?? ReferrersTag.Of(Subject)]);
        foreach (var name in names)
            Accept(name, isListing, puts);
        return puts;
    }

    private void Accept(string name, bool isListing, Dictionary<string, byte[]> puts)
    {
        var before = _server.RouteOf($"/v2/x/manifests/{name}");
        _server.On($"/v2/x/manifests/{name}", asked =>
        {
            if (asked.Method == "PUT")
            {
                puts[name] = asked.Body;
                return asked.Answer(201, "", isListing ? $"OCI-Subject: {Subject}" : "X: y");
            }
            return puts.TryGetValue(name, out var content)
                ? asked.Answer(200, content, "Content-Type: "
                    + (name.EndsWith(".sig", StringComparison.Ordinal) ? MediaTypes.Manifest : MediaTypes.Index))
                : before is null ? asked.Answer(404, "") : before(asked);
        });
    }
}
