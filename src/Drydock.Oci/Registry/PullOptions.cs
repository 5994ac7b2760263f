namespace Drydock.Oci.Registry;

/// <summary>What to pull of an image.</summary>
public sealed record PullOptions
{
    /// <summary>The platform; null prefers WebAssembly, then what this machine is.</summary>
    public Platform? Platform { get; init; }
    /// <summary>Everything that the name leads to, for a copy of it elsewhere.</summary>
    public bool AllPlatforms { get; init; }
    /// <summary>What the image must have; null for the policy of this machine, where there is one.</summary>
    public TrustPolicy? Policy { get; init; }
}

/// <summary>What came of a pull.</summary>
/// <param name="Name">The name the store has it under.</param>
/// <param name="Digest">Digest of what the name leads to: a manifest or an index.</param>
/// <param name="Image">The image that was chosen.</param>
/// <param name="TransferredBytes">Bytes of the blobs that this process fetched.</param>
/// <param name="IsNew">Whether the store had something else under the name, or nothing.</param>
public sealed record PullResult(Reference Name, Digest Digest, Image Image, long TransferredBytes, bool IsNew);
