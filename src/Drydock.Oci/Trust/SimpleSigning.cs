using System.Buffers;
using System.Text.Json;

namespace Drydock.Oci;

/// <summary>A signature of an image: what was signed, and the signature over it.</summary>
/// <param name="Payload">The document, a simple-signing payload.</param>
/// <param name="Value">The signature, in DER.</param>
internal sealed record ImageSignature(byte[] Payload, byte[] Value);

/// <summary>
/// What a signature says of an image (containers/image: containers-signature, critical; cosign: SIGNATURE_SPEC).
/// </summary>
/// <param name="Reference">The name it was signed under, as written: cosign leaves the tag out, others do not.</param>
/// <param name="Manifest">Digest of the manifest or index.</param>
internal sealed record SimpleSigning(string Reference, Digest Manifest)
{
    private const string Type = "cosign container image signature";

    /// <summary>The document to sign.</summary>
    public byte[] Write()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject("critical");
            json.WriteStartObject("identity");
            json.WriteString("docker-reference", Reference);
            json.WriteEndObject();
            json.WriteStartObject("image");
            json.WriteString("docker-manifest-digest", Manifest.ToString());
            json.WriteEndObject();
            json.WriteString("type", Type);
            json.WriteEndObject();
            json.WriteNull("optional");
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Reads a document; null where it is none.</summary>
    public static SimpleSigning? Read(byte[] payload)
    {
        try
        {
            using var document = JsonDocument.Parse(payload);
            var critical = document.RootElement.GetProperty("critical");
            return critical.GetProperty("type").GetString() == Type
                && Digest.TryParse(critical.GetProperty("image").GetProperty("docker-manifest-digest").GetString(),
                    out var digest)
                ? new(critical.GetProperty("identity").GetProperty("docker-reference").GetString() ?? "", digest)
                : null;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException)
        {
            return null;
        }
    }
}
