using System.Text;

namespace Drydock.Oci.Tests;

public sealed class ModuleSignatureTests
{
    private static readonly byte[] Seed =
        Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");

    /// <summary>A module of a type section and a custom section.</summary>
    private static readonly byte[] Module = [.. Sandbox.Module, 1, 4, 1, 0x60, 0, 0, 0, 3, 2, (byte)'h', (byte)'i'];
    private static readonly byte[] Delimiter = [0, 36, 19, .. "signature_delimiter"u8, .. new byte[16]];

    private static Ed25519Key Key(byte first = 0x9d)
    {
        byte[] seed = [first, .. Seed[1..]];
        return Ed25519Key.Read(
            Encoding.ASCII.GetBytes(new string(System.Security.Cryptography.PemEncoding.Write("PRIVATE KEY",
            [.. Convert.FromHexString("302e020100300506032b657004220420"), .. seed]))), "k");
    }

    /// <summary>RFC 8032, 7.1, test 1, with the seed as it stands there.</summary>
    [Fact]
    public void Signs_as_the_standard_says()
    {
        if (!TrustTests.HasSodium())
            return;
        var seed = Convert.FromHexString("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        var secret = Sodium.KeyOfSeed(seed);
        Assert.Equal("d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
            Convert.ToHexStringLower(secret.AsSpan(32)));
        Assert.StartsWith("e5564300c360ac729086e2cc806e828a", Convert.ToHexStringLower(Sodium.Sign([], secret)));
    }

    [Fact]
    public void A_signed_module_is_verified_and_a_changed_one_is_not()
    {
        if (!TrustTests.HasSodium())
            return;
        var key = Key();
        var publicKey = Ed25519Key.Read(key.PublicForms, "p");
        Assert.Equal("is not signed", ModuleSignature.Verify(Module, [publicKey]));
        var signed = ModuleSignature.Sign(Module, key);
        Assert.Null(ModuleSignature.Verify(signed, [publicKey]));
        Assert.Contains("by no key", ModuleSignature.Verify(signed, [Key(0x11)]));
        Assert.Null(ModuleSignature.Verify(signed, [Key(0x11), publicKey]));
        signed[^1] ^= 1;
        Assert.Contains("was changed", ModuleSignature.Verify(signed, [publicKey]));
        byte[] longer = [.. ModuleSignature.Sign(Module, key), 0, 3, 2, (byte)'x', (byte)'y'];
        Assert.Contains("was changed", ModuleSignature.Verify(longer, [publicKey]));
    }

    [Fact]
    public void Parts_are_signed_together_and_a_part_alone_is_not_enough()
    {
        if (!TrustTests.HasSodium())
            return;
        var key = Key();
        byte[] two = [.. Module, .. Delimiter, 0, 3, 2, (byte)'x', (byte)'y', .. Delimiter];
        Assert.Null(ModuleSignature.Verify(ModuleSignature.Sign(two, key), [key]));
        var partly = ModuleSignature.Sign((byte[])[.. Module, .. Delimiter], key);
        Assert.Null(ModuleSignature.Verify(partly, [key]));
        Assert.Contains("in part only",
            ModuleSignature.Verify([.. partly, 0, 3, 2, (byte)'x', (byte)'y', .. Delimiter], [key]));
    }

    [Fact]
    public void A_module_signed_again_has_one_signature_section()
    {
        if (!TrustTests.HasSodium())
            return;
        var again = ModuleSignature.Sign(ModuleSignature.Sign(Module, Key(0x11)), Key());
        Assert.Null(ModuleSignature.Verify(again, [Key()]));
        Assert.Single(WasmSections.Read(again), section => section.Name == "signature");
    }

    [Fact]
    public void Damaged_signatures_are_told_and_never_verified()
    {
        if (!TrustTests.HasSodium())
            return;
        var random = new Random(2);
        var signed = ModuleSignature.Sign(Module, Key());
        for (var round = 0; round < 2000; round++)
        {
            var bytes = (byte[])signed.Clone();
            bytes[random.Next(8, bytes.Length)] ^= (byte)random.Next(1, 256);
            Assert.NotNull(ModuleSignature.Verify(bytes, [Key()]));
        }
        Assert.NotNull(ModuleSignature.Verify([], [Key()]));
        Assert.Throws<ImageException>(() => ModuleSignature.Sign("text"u8, Key()));
    }

    [Theory]
    [InlineData("")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n")]
    public void What_is_no_key_is_told(string text) =>
        Assert.Contains("is no Ed25519 key",
            Assert.Throws<ImageException>(() => Ed25519Key.Read(Encoding.UTF8.GetBytes(text), "k")).Message);
}
