using System.Runtime.InteropServices;

namespace Drydock.Oci;

/// <summary>
/// Ed25519, scrypt and XSalsa20-Poly1305, which the framework lacks, from libsodium. It is loaded when a key or a
/// signature of that kind is first met, so that nobody needs it who does not use them.
/// </summary>
internal static unsafe class Sodium
{
    public const int PublicKeyLength = 32, SecretKeyLength = 64, SeedLength = 32, SignatureLength = 64;
    public const int BoxKeyLength = 32, NonceLength = 24, TagLength = 16;

    private static readonly string[] Names = ["libsodium.so.26", "libsodium.so.23", "libsodium.so", "libsodium.dylib"];
    private static readonly Lazy<nint> Library = new(Load);

    /// <summary>Whether a signature over a message is that of a public key (RFC 8032).</summary>
    public static bool Verify(ReadOnlySpan<byte> message, ReadOnlySpan<byte> signature, ReadOnlySpan<byte> publicKey)
    {
        if (signature.Length != SignatureLength || publicKey.Length != PublicKeyLength)
            return false;
        var verify = (delegate* unmanaged<byte*, byte*, ulong, byte*, int>)Function("crypto_sign_verify_detached");
        // The lengths the library takes for granted are checked above; it reads no more than they say.
        fixed (byte* s = signature, m = message, k = publicKey)
            return verify(s, m, (ulong)message.Length, k) == 0;
    }

    /// <summary>Signs a message with a secret key, the seed followed by the public key.</summary>
    public static byte[] Sign(ReadOnlySpan<byte> message, ReadOnlySpan<byte> secretKey)
    {
        Require(secretKey.Length == SecretKeyLength);
        var sign = (delegate* unmanaged<byte*, ulong*, byte*, ulong, byte*, int>)Function("crypto_sign_detached");
        var signature = new byte[SignatureLength];
        fixed (byte* s = signature, m = message, k = secretKey)
            Require(sign(s, null, m, (ulong)message.Length, k) == 0);
        return signature;
    }

    /// <summary>The secret key of a seed, with the public key in its second half.</summary>
    public static byte[] KeyOfSeed(ReadOnlySpan<byte> seed)
    {
        Require(seed.Length == SeedLength);
        var make = (delegate* unmanaged<byte*, byte*, byte*, int>)Function("crypto_sign_seed_keypair");
        byte[] publicKey = new byte[PublicKeyLength], secretKey = new byte[SecretKeyLength];
        fixed (byte* p = publicKey, k = secretKey, s = seed)
            Require(make(p, k, s) == 0);
        return secretKey;
    }

    /// <summary>scrypt (RFC 7914), 32 bytes of it.</summary>
    public static byte[] Scrypt(ReadOnlySpan<byte> password, ReadOnlySpan<byte> salt, ulong cost, uint blockSize,
        uint parallelism)
    {
        var derive = (delegate* unmanaged<byte*, nuint, byte*, nuint, ulong, uint, uint, byte*, nuint, int>)
            Function("crypto_pwhash_scryptsalsa208sha256_ll");
        var key = new byte[BoxKeyLength];
        fixed (byte* p = password, s = salt, k = key)
            Require(derive(p, (nuint)password.Length, s, (nuint)salt.Length, cost, blockSize, parallelism, k,
                (nuint)key.Length) == 0);
        return key;
    }

    /// <summary>Opens a secret box (NaCl); null where the key or the box is not the right one.</summary>
    public static byte[]? OpenBox(ReadOnlySpan<byte> box, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key)
    {
        if (box.Length < TagLength || nonce.Length != NonceLength || key.Length != BoxKeyLength)
            return null;
        var open = (delegate* unmanaged<byte*, byte*, ulong, byte*, byte*, int>)Function("crypto_secretbox_open_easy");
        var message = new byte[box.Length - TagLength];
        fixed (byte* m = message, b = box, n = nonce, k = key)
            return open(m, b, (ulong)box.Length, n, k) == 0 ? message : null;
    }

    /// <summary>Seals a message in a secret box.</summary>
    public static byte[] SealBox(ReadOnlySpan<byte> message, ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> key)
    {
        Require(nonce.Length == NonceLength && key.Length == BoxKeyLength);
        var seal = (delegate* unmanaged<byte*, byte*, ulong, byte*, byte*, int>)Function("crypto_secretbox_easy");
        var box = new byte[message.Length + TagLength];
        fixed (byte* b = box, m = message, n = nonce, k = key)
            Require(seal(b, m, (ulong)message.Length, n, k) == 0);
        return box;
    }

    private static nint Function(string name) => NativeLibrary.GetExport(Library.Value, name);

    private static nint Load()
    {
        foreach (var name in Names)
            if (NativeLibrary.TryLoad(name, out var library))
            {
                ((delegate* unmanaged<int>)NativeLibrary.GetExport(library, "sodium_init"))();
                return library;
            }
        throw new ImageException(ImageError.Trust,
            "Ed25519 keys and encrypted cosign keys need libsodium: install it with 'apt-get install libsodium23', or the like of your system");
    }

    private static void Require(bool condition)
    {
        if (!condition)
            throw new ImageException(ImageError.Trust, "the key or its parameters do not fit the algorithm");
    }
}
