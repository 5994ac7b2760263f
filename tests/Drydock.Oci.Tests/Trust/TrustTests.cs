using System.Security.Cryptography;
using System.Text;

namespace Drydock.Oci.Tests;

public sealed class TrustTests : IDisposable
{
    private const string Image = "registry.example.org/team/hello:1";
    private readonly Sandbox _box = new Sandbox().With("hello.wasm", Sandbox.Module);
    private readonly ECDsa _ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly SigningKey _key;

    public TrustTests()
    {
        _key = SigningKey.ReadPrivate(_ecdsa.ExportPkcs8PrivateKeyPem(), "k", () => "");
        _box.Build("FROM scratch\nCOPY hello.wasm /\nENTRYPOINT [\"/hello.wasm\"]", Image);
        File.WriteAllText(Path.Join(_box.Directory, "key.pub"), _ecdsa.ExportSubjectPublicKeyInfoPem());
    }

    public void Dispose()
    {
        _key.Dispose();
        _ecdsa.Dispose();
        _box.Dispose();
    }

    private Digest Manifest => _box.Image(Image).ManifestDigest;

    private TrustPolicy Policy(string requirement, string scope = "registry.example.org/team",
        string fallback = "insecureAcceptAnything")
    {
        var path = Path.Join(_box.Directory, "policy.json");
        File.WriteAllText(path, $$$$"""{"default":[{"type":"{{{{fallback}}}}"}],"transports":{"docker":{"{{{{scope}}}}":[{{{{requirement}}}}]}}}""");
        return PolicyReader.Read(path);
    }

    private const string Signed = """{"type":"sigstoreSigned","keyPath":"key.pub"}""";

    private string? Refusal(TrustPolicy policy, string name = Image)
    {
        try
        {
            policy.Check(_box.Store, _box.Image(name));
            return null;
        }
        catch (ImageException e)
        {
            Assert.Equal(ImageError.Trust, e.Error);
            Assert.DoesNotContain('\n', e.Message);
            return e.Message;
        }
    }

    [Fact]
    public void A_signed_image_is_verified_and_an_unsigned_one_is_not()
    {
        Assert.Contains("is not signed",
            Assert.Throws<ImageException>(() => ImageTrust.Verify(_box.Store, Reference.Parse(Image), _key)).Message);
        var tag = ImageTrust.Sign(_box.Store, Reference.Parse(Image), _key);
        Assert.Equal($"registry.example.org/team/hello:sha256-{Manifest.Hex}.sig", tag.ToString());
        Assert.Equal(Manifest, ImageTrust.Verify(_box.Store, Reference.Parse(Image), _key));
        Assert.Single(_box.Store.List());
    }

    [Fact]
    public void Signatures_of_several_keys_stand_side_by_side_and_go_with_the_image()
    {
        var (secret, _) = SigningKey.Make("");
        using var other = SigningKey.ReadPrivate(secret, "other", () => "");
        foreach (var key in new[] { _key, other, _key })
            ImageTrust.Sign(_box.Store, Reference.Parse(Image), key);
        Assert.Equal(2, ImageTrust.Signatures(_box.Store, [Manifest]).Count);
        ImageTrust.Verify(_box.Store, Reference.Parse(Image), _key);
        ImageTrust.Verify(_box.Store, Reference.Parse(Image), other);
        _box.Store.Remove(Image);
        Assert.Empty(Directory.EnumerateFiles(_box.Store.Layout.Blobs));
    }

    private TrustPolicy ForFiles(string requirement, string fallback)
    {
        var path = Path.Join(_box.Directory, "files.json");
        File.WriteAllText(path, $$$$"""{"default":[{"type":"{{{{fallback}}}}"}],"transports":{"file":{"{{{{_box.Context}}}}":[{{{{requirement}}}}]}}}""");
        return PolicyReader.Read(path);
    }

    [Fact]
    public void Containers_of_other_engines_are_asked_for_what_files_must_have_and_else_for_what_all_must()
    {
        var (here, there) = (Path.Join(_box.Context, "hello.wasm"), Path.Join(_box.Directory, "hello.wasm"));
        File.WriteAllBytes(there, Sandbox.Module);
        var taking = ForFiles("""{"type":"insecureAcceptAnything"}""", "reject");
        taking.CheckContainerFile(here, "/hello.wasm");
        Assert.Contains("/hello.wasm is refused by the policy",
            Assert.Throws<ImageException>(() => taking.CheckContainerFile(there, "/hello.wasm")).Message);
        var refusing = ForFiles("""{"type":"reject"}""", "insecureAcceptAnything");
        refusing.CheckContainerFile(there, "/hello.wasm");
        Assert.Equal(ImageError.Trust,
            Assert.Throws<ImageException>(() => refusing.CheckContainerFile(here, "/hello.wasm")).Error);
        var asking = Policy("""{"type":"reject"}""", fallback: "sigstoreSigned\",\"keyPath\":\"key.pub");
        Assert.Contains("signatures are not known here",
            Assert.Throws<ImageException>(() => asking.CheckContainerFile(here, "/hello.wasm")).Message);
        Assert.Contains("sigstoreSigned is for images",
            Assert.Throws<ImageException>(() => ForFiles(Signed, "reject")).Message);
    }

    [Fact]
    public void A_policy_that_asks_for_a_signature_gets_one()
    {
        var policy = Policy(Signed);
        Assert.Contains("is not signed, and the policy asks for a signature", Refusal(policy));
        ImageTrust.Sign(_box.Store, Reference.Parse(Image), _key);
        Assert.Null(Refusal(policy));
        _box.Store.Tag(Image, Reference.Parse("registry.example.org/team/other:1"));
        Assert.Contains("is signed under the name", Refusal(policy));
    }

    [Fact]
    public void Another_key_is_not_enough()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var key = SigningKey.ReadPrivate(other.ExportPkcs8PrivateKeyPem(), "k", () => "");
        ImageTrust.Sign(_box.Store, Reference.Parse(Image), key);
        Assert.Contains("by no key that the policy trusts", Refusal(Policy(Signed)));
    }

    [Theory]
    [InlineData("registry.example.org/team/hello", true)]
    [InlineData("registry.example.org/team/hello:1", true)]
    [InlineData("registry.example.org/team/hello:2", false)]
    [InlineData("registry.example.org", true)]
    [InlineData("*.example.org", true)]
    [InlineData("*.org", true)]
    [InlineData("*.example.com", false)]
    [InlineData("registry.example.org/tea", false)]
    [InlineData("", true)]
    public void The_scope_decides_who_is_asked(string scope, bool asked) =>
        Assert.Equal(asked, Refusal(Policy(Signed, scope)) is not null);

    [Fact]
    public void The_narrowest_scope_wins_and_the_default_is_for_the_rest()
    {
        Assert.Contains("refused by the policy", Refusal(Policy(Signed, "elsewhere.org", "reject")));
        Assert.Null(Refusal(Policy("""{"type":"insecureAcceptAnything"}""", fallback: "reject")));
        Assert.Contains("refused by the policy",
            Refusal(Policy("""{"type":"insecureAcceptAnything"}""", fallback: "reject"), name: Nameless()));
    }

    private string Nameless()
    {
        _box.Build("FROM scratch\nCOPY hello.wasm /\nLABEL a=b", null);
        return _box.Store.List().First(image => image.Name is null).Id.ToString();
    }

    [Theory]
    [InlineData("matchRepository", true)]
    [InlineData("matchExact", false)]
    [InlineData("matchRepoDigestOrExact", false)]
    public void Identities_are_matched_as_the_policy_says(string match, bool accepted)
    {
        ImageTrust.Sign(_box.Store, Reference.Parse(Image), _key);
        Assert.Equal(accepted,
            Refusal(
            Policy($$$"""{"type":"sigstoreSigned","keyPath":"key.pub","signedIdentity":{"type":"{{{match}}}"}}"""))
            is null);
    }

    [Fact]
    public void A_payload_that_was_changed_or_is_for_another_image_does_not_count()
    {
        var other = new SimpleSigning("registry.example.org/team/hello", Digest.Of("x"u8)).Write();
        var mine = new SimpleSigning("registry.example.org/team/hello", Manifest).Write();
        var requirement = new SignedByKeys([_key], IdentityMatch.Repository, null);
        Assert.Contains("another image",
            requirement.Refuse(Reference.Parse(Image), [Manifest], [new(other, _key.Sign(other))]));
        Assert.Contains("by no key",
            requirement.Refuse(Reference.Parse(Image), [Manifest], [new(mine, _key.Sign(other))]));
        Assert.Contains("by no key", requirement.Refuse(Reference.Parse(Image), [Manifest], [new(mine, [1, 2, 3])]));
        Assert.Contains("another image",
            requirement.Refuse(Reference.Parse(Image), [Manifest], [new("{}"u8.ToArray(), _key.Sign("{}"u8))]));
        Assert.Null(requirement.Refuse(Reference.Parse(Image), [Manifest],
            [new(other, _key.Sign(other)), new(mine, _key.Sign(mine))]));
    }

    [Theory]
    [InlineData("{", "cannot use the policy")]
    [InlineData("{}", "cannot use the policy")]
    [InlineData("""{"default":[]}""", "empty")]
    [InlineData("""{"default":[{"type":"signedBy","keyType":"GPGKeys"}]}""", "\"signedBy\" is not supported")]
    [InlineData("""{"default":[{"type":"sigstoreSigned"}]}""", "names no key")]
    [InlineData("""{"default":[{"type":"sigstoreSigned","keyPath":"none.pub"}]}""", "cannot read key none.pub")]
    [InlineData("""{"default":[{"type":"sigstoreSigned","keyPath":"policy.json"}]}""", "is no ECDSA key")]
    [InlineData("""{"default":[{"type":"sigstoreSigned","keyData":"AAAA","fulcio":{}}]}""",
        "\"fulcio\" is not supported")]
    [InlineData("""{"default":[{"type":"sigstoreSigned","keyPath":"key.pub","signedIdentity":{"type":"x"}}]}""",
        "identity")]
    public void A_policy_that_is_not_understood_trusts_nothing(string json, string reason)
    {
        var path = Path.Join(_box.Directory, "policy.json");
        File.WriteAllText(path, json);
        var error = Assert.Throws<ImageException>(() => PolicyReader.Read(path));
        Assert.Equal(ImageError.Trust, error.Error);
        Assert.Contains(reason, error.Message);
    }

    [Fact]
    public void Encrypted_keys_open_with_their_password_only()
    {
        if (!HasSodium())
            return;
        var (secret, open) = SigningKey.Make("pass");
        Assert.Contains("ENCRYPTED COSIGN PRIVATE KEY", secret);
        Assert.NotNull(SigningKey.ReadPrivate(secret.Replace("COSIGN", "SIGSTORE", StringComparison.Ordinal), "k",
            () => "pass"));
        using (var key = SigningKey.ReadPrivate(secret, "k", () => "pass"))
        using (var verifier = SigningKey.ReadPublic(open, "k"))
            Assert.True(verifier.Verify("x"u8, key.Sign("x"u8)));
        Assert.Contains("password is wrong",
            Assert.Throws<ImageException>(() => SigningKey.ReadPrivate(secret, "k", () => "word")).Message);
        Assert.Contains("holds no private key",
            Assert.Throws<ImageException>(() => SigningKey.ReadPrivate(open, "k", () => "")).Message);
    }

    /// <summary>Skopeo reads a key made here, and what it signs is verified here.</summary>
    [Fact]
    public void Skopeo_signs_with_a_key_made_here()
    {
        if (!Tools.Available("skopeo") || !HasSodium())
            return;
        var (secret, open) = SigningKey.Make("word");
        var (private_, pass, copy) = (Path.Join(_box.Directory, "made.key"), Path.Join(_box.Directory, "pass"),
            Path.Join(_box.Directory, "copy"));
        File.WriteAllText(private_, secret);
        File.WriteAllText(pass, "word");
        var (code, _, error) = Tools.TryRun("skopeo", "--insecure-policy", "copy", "--sign-by-sigstore-private-key",
            private_,
            "--sign-passphrase-file", pass, "--sign-identity", Image, $"oci:{_box.Store.Root}:{Image}", $"dir:{copy}");
        if (error.Contains("sigstore disabled", StringComparison.Ordinal))
        {
            Console.WriteLine("skipped: this skopeo was built without sigstore");
            return;
        }
        Assert.True(code == 0, error);
        var text = File.ReadAllText(Path.Join(copy, "signature-1"));
        using var json = System.Text.Json.JsonDocument.Parse(text[text.IndexOf('{', StringComparison.Ordinal)..]);
        var payload = json.RootElement.GetProperty("payload").GetBytesFromBase64();
        var value = Convert.FromBase64String(json.RootElement.GetProperty("annotations")
            .GetProperty("dev.cosignproject.cosign/signature").GetString()!);
        using var verifier = SigningKey.ReadPublic(open, "k");
        Assert.Null(new SignedByKeys([verifier], IdentityMatch.Exact, null)
            .Refuse(Reference.Parse(Image), [Manifest], [new(payload, value)]));
    }

    [Fact]
    public void Openssl_verifies_what_was_signed()
    {
        if (!Tools.Available("openssl"))
            return;
        ImageTrust.Sign(_box.Store, Reference.Parse(Image), _key);
        var signature = Assert.Single(ImageTrust.Signatures(_box.Store, [Manifest]));
        var (payload, value) = (Path.Join(_box.Directory, "payload"), Path.Join(_box.Directory, "signature"));
        File.WriteAllBytes(payload, signature.Payload);
        File.WriteAllBytes(value, signature.Value);
        Assert.Contains("Verified OK", Tools.Run("openssl", "dgst", "-sha256", "-verify",
            Path.Join(_box.Directory, "key.pub"), "-signature", value, payload));
        Assert.Contains($"\"docker-manifest-digest\":\"{Manifest}\"", Encoding.UTF8.GetString(signature.Payload));
    }

    /// <summary>RFC 7914, 12.</summary>
    [Fact]
    public void Keys_are_derived_as_the_standard_says()
    {
        if (HasSodium())
            Assert.Equal("fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162",
                Convert.ToHexStringLower(Sodium.Scrypt("password"u8, "NaCl"u8, 1024, 8, 16)));
    }

    internal static bool HasSodium()
    {
        try
        {
            Sodium.KeyOfSeed(new byte[32]);
            return true;
        }
        catch (ImageException)
        {
            Tools.Available("libsodium");
            return File.Exists("/usr/lib/x86_64-linux-gnu/libsodium.so.23");
        }
    }
}
