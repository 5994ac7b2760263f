using System.Security.Cryptography;
using System.Text;

namespace Drydock.Oci;

/// <summary>
/// An Ed25519 key: in the form of the tool conventions (a byte for what it is, then the key), or in PEM as OpenSSL
/// makes it (RFC 8410).
/// </summary>
public sealed class Ed25519Key
{
    private const byte PublicForm = 0x01, PairForm = 0x81;
    private static readonly byte[] PublicPrefix = Convert.FromHexString("302a300506032b6570032100");
    private static readonly byte[] PrivatePrefix = Convert.FromHexString("302e020100300506032b657004220420");

    private readonly byte[] _public;
    private readonly byte[]? _secret;

    private Ed25519Key(ReadOnlySpan<byte> publicKey, byte[]? secret) =>
        (_public, _secret) = (publicKey.ToArray(), secret);

    /// <summary>Whether it can sign.</summary>
    public bool IsPrivate => _secret is not null;

    /// <summary>The public key, as the tool conventions have it.</summary>
    public byte[] PublicForms => [PublicForm, .. _public];

    /// <summary>Reads a key.</summary>
    /// <param name="content">Bytes of the file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="ImageException">It is no such key.</exception>
    public static Ed25519Key Read(ReadOnlySpan<byte> content, string name)
    {
        if (content is [PublicForm, ..] && content.Length == 1 + Sodium.PublicKeyLength)
            return new(content[1..], null);
        if (content is [PairForm, ..] && content.Length == 1 + Sodium.SecretKeyLength)
            return new(content[33..], content[1..].ToArray());
        return ReadPem(Encoding.UTF8.GetString(content)) ?? throw new ImageException(ImageError.Trust,
            $"{name} is no Ed25519 key: make one with 'openssl genpkey -algorithm ed25519'");
    }

    internal bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature) =>
        Sodium.Verify(message, signature, _public);

    internal byte[] Sign(ReadOnlySpan<byte> message) => Sodium.Sign(message, _secret!);

    private static Ed25519Key? ReadPem(string text)
    {
        if (!PemEncoding.TryFind(text, out var fields))
            return null;
        var der = Convert.FromBase64String(text[fields.Base64Data]);
        if (der.AsSpan().StartsWith(PublicPrefix) && der.Length == PublicPrefix.Length + Sodium.PublicKeyLength)
            return new(der.AsSpan(PublicPrefix.Length), null);
        if (!der.AsSpan().StartsWith(PrivatePrefix) || der.Length != PrivatePrefix.Length + Sodium.SeedLength)
            return null;
        var secret = Sodium.KeyOfSeed(der.AsSpan(PrivatePrefix.Length));
        return new(secret.AsSpan(Sodium.SeedLength), secret);
    }
}
