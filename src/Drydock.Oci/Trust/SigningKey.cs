using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Drydock.Oci;

/// <summary>
/// A key that signs or verifies images: ECDSA over P-256 with SHA-256, in PEM, as cosign makes them; a private one
/// plain (PKCS #8, SEC 1) or encrypted in cosign's own form (scrypt and a NaCl secret box).
/// </summary>
public sealed class SigningKey : IDisposable
{
    private const int MaxBytes = 1 << 16;
    private const ulong MaxCost = 1 << 20;
    /// <summary>The first is the older one, which every version of the tools reads.</summary>
    private static readonly string[] EncryptedLabels =
        ["ENCRYPTED COSIGN PRIVATE KEY", "ENCRYPTED SIGSTORE PRIVATE KEY"];

    private readonly ECDsa _key;

    private SigningKey(ECDsa key) => _key = key;

    /// <summary>Reads a public key, or the public half of a private one.</summary>
    /// <param name="pem">The text of the file.</param>
    /// <param name="name">What messages call it.</param>
    /// <exception cref="ImageException">It is no such key.</exception>
    public static SigningKey ReadPublic(string pem, string name) => Read(pem, name, key => key.ImportFromPem(pem));

    /// <summary>Reads a private key.</summary>
    /// <param name="pem">The text of the file.</param>
    /// <param name="name">What messages call it.</param>
    /// <param name="password">Asked for a password where the key is encrypted.</param>
    /// <exception cref="ImageException">It is no such key, or the password is wrong.</exception>
    public static SigningKey ReadPrivate(string pem, string name, Func<string> password) => Read(pem, name, key =>
    {
        if (PemEncoding.TryFind(pem, out var fields) && EncryptedLabels.Contains(pem[fields.Label]))
            key.ImportPkcs8PrivateKey(Decrypt(Convert.FromBase64String(pem[fields.Base64Data]), name, password()),
                out _);
        else if (pem.Contains("PRIVATE KEY", StringComparison.Ordinal))
            key.ImportFromPem(pem);
        else
            throw new ImageException(ImageError.Trust, $"{name} holds no private key");
    });

    /// <summary>Reads a key file of a few lines.</summary>
    /// <exception cref="ImageException">It cannot be read.</exception>
    public static string ReadFile(string path)
    {
        try
        {
            return new FileInfo(path).Length <= MaxBytes
                ? File.ReadAllText(path)
                : throw new ImageException(ImageError.Trust,
                    $"key {path} is no key: it measures more than {MaxBytes} bytes");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ImageException(ImageError.Trust, $"cannot read key {path}: {StoreErrors.Describe(e)}", e);
        }
    }

    /// <summary>Makes a key pair.</summary>
    /// <param name="password">Encrypts the private key; empty leaves it plain.</param>
    /// <returns>The private and the public key, each the text of a file.</returns>
    public static (string Private, string Public) Make(string password)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var secret = password.Length == 0 ? key.ExportPkcs8PrivateKeyPem() + "\n"
            : Encrypt(key.ExportPkcs8PrivateKey(), password);
        return (secret, key.ExportSubjectPublicKeyInfoPem() + "\n");
    }

    /// <summary>Signs; the signature in DER, as cosign has it.</summary>
    public byte[] Sign(ReadOnlySpan<byte> content) =>
        _key.SignData(content, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Whether a signature over content is this key's.</summary>
    public bool Verify(ReadOnlySpan<byte> content, ReadOnlySpan<byte> signature) =>
        _key.VerifyData(content, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);

    /// <inheritdoc/>
    public void Dispose() => _key.Dispose();

    private static SigningKey Read(string pem, string name, Action<ECDsa> import)
    {
        var key = ECDsa.Create();
        try
        {
            import(key);
            return key.KeySize == 256 ? new(key) : throw new ImageException(
                ImageError.Trust, $"{name} is a key of {key.KeySize} bits; P-256 is what cosign uses");
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException or FormatException)
        {
            key.Dispose();
            throw new ImageException(ImageError.Trust,
                $"{name} is no ECDSA key in PEM{(pem.Contains("ENCRYPTED", StringComparison.Ordinal) ? " that can be decrypted" : "")}", e);
        }
    }

    /// <summary>JSON with the parameters of scrypt, the nonce and the box.</summary>
    private static byte[] Decrypt(byte[] content, string name, string password)
    {
        try
        {
            using var document = JsonDocument.Parse(content);
            var (kdf, cipher) = (document.RootElement.GetProperty("kdf"), document.RootElement.GetProperty("cipher"));
            if (kdf.GetProperty("name").GetString() != "scrypt"
                || cipher.GetProperty("name").GetString() != "nacl/secretbox")
                throw new ImageException(ImageError.Trust, $"{name} is encrypted in a way that is not known");
            var parameters = kdf.GetProperty("params");
            var cost = parameters.GetProperty("N").GetUInt64();
            var (block, parallel) = (parameters.GetProperty("r").GetUInt32(), parameters.GetProperty("p").GetUInt32());
            if (cost > MaxCost || block > 64 || parallel > 16)
                throw new ImageException(ImageError.Trust, $"{name} asks for more work to decrypt it than is sensible");
            var key = Sodium.Scrypt(Encoding.UTF8.GetBytes(password), kdf.GetProperty("salt").GetBytesFromBase64(),
                cost, block, parallel);
            var box = document.RootElement.GetProperty("ciphertext").GetBytesFromBase64();
            return Sodium.OpenBox(box, cipher.GetProperty("nonce").GetBytesFromBase64(), key)
                ?? throw new ImageException(ImageError.Trust, $"cannot decrypt {name}: the password is wrong");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException
            or FormatException)
        {
            throw new ImageException(ImageError.Trust, $"{name} is no encrypted key of cosign's", e);
        }
    }

    private static string Encrypt(byte[] secret, string password)
    {
        const int cost = 65536, block = 8, parallel = 1;
        byte[] salt = RandomNumberGenerator.GetBytes(32), nonce = RandomNumberGenerator.GetBytes(Sodium.NonceLength);
        var box = Sodium.SealBox(secret, nonce,
            Sodium.Scrypt(Encoding.UTF8.GetBytes(password), salt, cost, block, parallel));
        var json = $$"""
            {"kdf":{"name":"scrypt","params":{"N":{{cost}},"r":{{block}},"p":{{parallel}}},"salt":"{{Convert.ToBase64String(salt)}}"},"cipher":{"name":"nacl/secretbox","nonce":"{{Convert.ToBase64String(nonce)}}"},"ciphertext":"{{Convert.ToBase64String(box)}}"}
            """;
        return PemEncoding.WriteString(EncryptedLabels[0], Encoding.UTF8.GetBytes(json.Trim())) + "\n";
    }
}
