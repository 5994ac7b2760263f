using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace Drydock.Oci.Registry;

/// <summary>
/// SHA-256 of what is transferred. OpenSSL uses the processor's own instructions and is several times faster than ours;
/// loading it takes milliseconds, which small blobs are hashed in, and a machine may lack it.
/// </summary>
internal sealed class TransferHash : IDisposable
{
    private const long WorthLoading = 8 << 20;
    private static readonly Lazy<bool> HasOpenSsl = new(static () =>
        new[] { "libssl.so.3", "libssl.so.1.1" }.Any(static name => NativeLibrary.TryLoad(name, out _)));

    private readonly IncrementalHash? _fast;
    private readonly Sha256 _plain = new();

    /// <param name="size">About how many bytes there will be.</param>
    public TransferHash(long size) =>
        _fast = size >= WorthLoading && HasOpenSsl.Value ? IncrementalHash.CreateHash(HashAlgorithmName.SHA256) : null;

    public void Append(ReadOnlySpan<byte> data)
    {
        if (_fast is null)
            _plain.Append(data);
        else
            _fast.AppendData(data);
    }

    /// <summary>The digest of everything appended. Nothing may be appended afterwards.</summary>
    public Digest Finish()
    {
        if (_fast is null)
            return _plain.Finish();
        Span<byte> hash = stackalloc byte[32];
        _fast.GetHashAndReset(hash);
        return Digest.FromHash(hash);
    }

    public void Dispose() => _fast?.Dispose();
}
