namespace Drydock.Oci;

/// <summary>One thing a policy asks of an image.</summary>
internal abstract record Requirement
{
    /// <summary>Why an image is refused; null where it is not.</summary>
    /// <param name="name">The name it goes by.</param>
    /// <param name="digests">Digest of its manifest, and of the index it came in.</param>
    /// <param name="signatures">The signatures at hand.</param>
    public abstract string? Refuse(Reference name, IReadOnlyCollection<Digest> digests,
        IReadOnlyList<ImageSignature> signatures);
}

/// <summary>Takes everything.</summary>
internal sealed record AcceptAnything : Requirement
{
    public override string? Refuse(Reference name, IReadOnlyCollection<Digest> digests,
        IReadOnlyList<ImageSignature> signatures) => null;
}

/// <summary>Takes nothing.</summary>
internal sealed record RejectEverything : Requirement
{
    public override string? Refuse(Reference name, IReadOnlyCollection<Digest> digests,
        IReadOnlyList<ImageSignature> signatures) =>
        "is refused by the policy";
}

/// <summary>
/// How the name in a signature and that of an image must agree (containers-policy.json: signedIdentity).
/// </summary>
internal enum IdentityMatch
{
    /// <summary>The repository; what cosign signs has no tag.</summary>
    Repository,
    /// <summary>Name and tag.</summary>
    Exact,
    /// <summary>Name and tag, or the repository where the image is asked for by digest.</summary>
    RepositoryDigestOrExact,
    /// <summary>A name that the policy gives.</summary>
    Given,
}

/// <summary>Asks for a signature by one of some keys, in cosign's form.</summary>
internal sealed record SignedByKeys(IReadOnlyList<SigningKey> Keys, IdentityMatch Match, string? Identity) : Requirement
{
    public override string? Refuse(Reference name, IReadOnlyCollection<Digest> digests,
        IReadOnlyList<ImageSignature> signatures)
    {
        if (signatures.Count == 0)
            return "is not signed, and the policy asks for a signature";
        var reason = "is signed, but by no key that the policy trusts";
        foreach (var signature in signatures.Where(IsByKey))
            if (SimpleSigning.Read(signature.Payload) is not { } said || !digests.Contains(said.Manifest))
                reason = "has a signature that is for another image";
            else if (IsFor(name, said.Reference))
                return null;
            else
                reason =
                    $"is signed under the name {Printable.Of(said.Reference)}, which the policy does not take for it";
        return reason;
    }

    private bool IsByKey(ImageSignature signature) => Keys.Any(key => key.Verify(signature.Payload, signature.Value));

    private bool IsFor(Reference name, string signed)
    {
        if (!Reference.TryParse(signed, out var reference))
            return false;
        var isRepository = reference.Repository == name.Repository;
        return Match switch
        {
            IdentityMatch.Repository => isRepository,
            IdentityMatch.Exact => isRepository && reference.Tag == name.Tag && reference.Digest == name.Digest,
            IdentityMatch.RepositoryDigestOrExact =>
                isRepository && (reference.Tag == name.Tag || !name.Digest.IsEmpty),
            _ => Reference.TryParse(Identity ?? "", out var given)
                && (reference == given || reference.Repository == Identity),
        };
    }
}

/// <summary>Asks that the module itself is signed, in a <c>signature</c> section.</summary>
internal sealed record ModuleSigned(IReadOnlyList<Ed25519Key> Keys) : Requirement
{
    /// <summary>The module is looked at when it is started; until then nothing speaks against the image.</summary>
    public override string? Refuse(Reference name, IReadOnlyCollection<Digest> digests,
        IReadOnlyList<ImageSignature> signatures) => null;

    /// <summary>Why a module is refused; null where it is not.</summary>
    public string? RefuseModule(ReadOnlySpan<byte> module) => ModuleSignature.Verify(module, Keys);
}
