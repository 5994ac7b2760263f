using System.Security.Cryptography;

namespace Drydock.Oci;

/// <summary>
/// Signatures in a module's first section (tool-conventions: Signatures.md, a draft): hashes of what the file holds up
/// to each delimiter, and Ed25519 signatures over them. A signature counts when it covers the whole module.
/// </summary>
public static class ModuleSignature
{
    private const string SectionName = "signature";
    private const string DelimiterName = "signature_delimiter";
    private const byte Version = 1, ContentType = 1, HashFunction = 1, Ed25519 = 1;
    private const int HashLength = 32;
    private const int MaxSets = 64, MaxHashes = 64, MaxSignatures = 64, MaxKeyName = 256;

    /// <summary>Why a module is not signed as a whole by one of some keys; null where it is.</summary>
    public static string? Verify(ReadOnlySpan<byte> module, IReadOnlyList<Ed25519Key> keys)
    {
        try
        {
            var sections = WasmSections.Read(module);
            if (sections.Count == 0 || sections[0] is not { Id: 0, Name: SectionName } first)
                return "is not signed";
            var hashes = Hashes(module, sections, 1);
            return Verify(module[first.ContentStart..first.End], hashes, keys);
        }
        catch (InvalidDataException e)
        {
            return $"has a signature that cannot be read: {Printable.Of(e.Message)}";
        }
    }

    /// <summary>
    /// The module with a signature in front; signatures that were there stay if they are for the same content.
    /// </summary>
    /// <param name="module">A module or component.</param>
    /// <param name="key">A private key.</param>
    /// <exception cref="ImageException">It is no WebAssembly binary.</exception>
    public static byte[] Sign(ReadOnlySpan<byte> module, Ed25519Key key)
    {
        try
        {
            var sections = WasmSections.Read(module);
            var isSigned = sections.Count > 0 && sections[0] is { Id: 0, Name: SectionName };
            var rest = isSigned ? module[sections[0].End..] : module[WasmSections.HeaderLength..];
            var hashes = Hashes(module, sections, isSigned ? 1 : 0);
            byte[] data = [Version, ContentType, HashFunction, 1, (byte)(hashes.Length / HashLength), .. hashes,
                1, 0, Ed25519, Sodium.SignatureLength, .. key.Sign(Message(hashes))];
            byte[] content = [.. Number((uint)SectionName.Length), .. "signature"u8, .. data];
            return [.. module[..WasmSections.HeaderLength], 0, .. Number((uint)content.Length), .. content, .. rest];
        }
        catch (InvalidDataException e)
        {
            throw new ImageException(ImageError.Trust, $"cannot sign: {Printable.Of(e.Message)}", e);
        }
    }

    private static string? Verify(ReadOnlySpan<byte> data, byte[] expected, IReadOnlyList<Ed25519Key> keys)
    {
        var cursor = new WasmCursor(data);
        if (cursor.Byte() != Version || cursor.Byte() != ContentType || cursor.Byte() != HashFunction)
            return "has a signature of a kind that is not known";
        string? reason = "is signed, but by no key that is trusted";
        for (var sets = Bounded(cursor.Number(), MaxSets); sets > 0; sets--)
        {
            var hashes = cursor.Bytes((uint)Bounded(cursor.Number(), MaxHashes) * HashLength).ToArray();
            for (var signatures = Bounded(cursor.Number(), MaxSignatures); signatures > 0; signatures--)
            {
                if (IsTrusted(ref cursor, hashes, keys) && reason is not null)
                    reason = hashes.AsSpan().SequenceEqual(expected) ? null
                        : "is signed, but was changed since, or is signed in part only";
            }
        }
        return cursor.IsAtEnd ? reason : "has a signature with something behind it";
    }

    private static bool IsTrusted(ref WasmCursor cursor, byte[] hashes, IReadOnlyList<Ed25519Key> keys)
    {
        cursor.Text(MaxKeyName);
        var algorithm = cursor.Byte();
        var signature = cursor.Bytes(cursor.Length()).ToArray();
        return algorithm == Ed25519 && keys.Any(key => key.Verify(Message(hashes), signature));
    }

    /// <summary>
    /// A rolling hash over the sections: its value at each delimiter, and at the end if none stands there.
    /// </summary>
    private static byte[] Hashes(ReadOnlySpan<byte> module, List<WasmSection> sections, int first)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        List<byte> hashes = [];
        var isOpen = true;
        foreach (var section in sections.Skip(first))
        {
            hash.AppendData(module[section.Start..section.End]);
            isOpen = section is not { Id: 0, Name: DelimiterName };
            if (!isOpen)
                hashes.AddRange(hash.GetCurrentHash());
        }
        if (isOpen)
            hashes.AddRange(hash.GetCurrentHash());
        return hashes.Count <= MaxHashes * HashLength ? [.. hashes]
            : throw new InvalidDataException("it has too many delimiters");
    }

    private static byte[] Message(byte[] hashes) => [.. "wasmsig"u8, Version, ContentType, HashFunction, .. hashes];

    private static int Bounded(uint count, int most) =>
        count <= most ? (int)count
            : throw new InvalidDataException($"it counts {count} where at most {most} are accepted");

    private static byte[] Number(uint value)
    {
        List<byte> bytes = [];
        for (; value >= 0x80; value >>= 7)
            bytes.Add((byte)(value | 0x80));
        bytes.Add((byte)value);
        return [.. bytes];
    }
}
