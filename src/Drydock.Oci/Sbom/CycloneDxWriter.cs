using System.Buffers;
using System.Text.Json;

namespace Drydock.Oci;

/// <summary>Writes CycloneDX 1.5 as JSON, the same bytes for the same parts.</summary>
internal static class CycloneDxWriter
{
    public static byte[] Write(SbomSubject subject, IReadOnlyList<SbomPart> parts)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("bomFormat", "CycloneDX");
            json.WriteString("specVersion", "1.5");
            json.WriteString("serialNumber", $"urn:uuid:{UuidOf(subject.Manifest)}");
            json.WriteNumber("version", 1);
            WriteMetadata(json, subject);
            json.WriteStartArray("components");
            foreach (var part in parts)
                WriteComponent(json, TypeOf(part.Kind), part.Identifier, part);
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    private static void WriteMetadata(Utf8JsonWriter json, SbomSubject subject)
    {
        json.WriteStartObject("metadata");
        json.WriteString("timestamp", subject.Created);
        json.WriteStartObject("tools");
        json.WriteStartArray("components");
        json.WriteStartObject();
        json.WriteString("type", "application");
        json.WriteString("name", "drydock");
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WritePropertyName("component");
        WriteComponent(json, "container", "image",
            new(SbomPartKind.Module, "", subject.Name, subject.Manifest.ToString(), subject.Manifest.Hex));
        json.WriteEndObject();
    }

    private static void WriteComponent(Utf8JsonWriter json, string type, string reference, SbomPart part)
    {
        json.WriteStartObject();
        json.WriteString("type", type);
        json.WriteString("bom-ref", reference);
        json.WriteString("name", part.Name);
        if (part.Version.Length > 0)
            json.WriteString("version", part.Version);
        if (part.Sha256 is { } hash)
            WriteHash(json, hash);
        if (part.License is { } license)
            WriteLicense(json, license);
        if (part.PackageUrl is { } packageUrl)
            json.WriteString("purl", packageUrl);
        json.WriteEndObject();
    }

    private static void WriteHash(Utf8JsonWriter json, string hash)
    {
        json.WriteStartArray("hashes");
        json.WriteStartObject();
        json.WriteString("alg", "SHA-256");
        json.WriteString("content", hash);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    /// <summary>As an expression: a single licence is one too.</summary>
    private static void WriteLicense(Utf8JsonWriter json, string license)
    {
        json.WriteStartArray("licenses");
        json.WriteStartObject();
        json.WriteString("expression", license);
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static string TypeOf(SbomPartKind kind) => kind switch
    {
        SbomPartKind.Package => "library",
        SbomPartKind.Module => "file",
        _ => "application",
    };

    /// <summary>A UUID of version 8, which leaves its bits to the maker (RFC 9562, 5.8), made of the digest.</summary>
    private static string UuidOf(Digest digest)
    {
        var hex = digest.Hex;
        return $"{hex[..8]}-{hex[8..12]}-8{hex[13..16]}-8{hex[17..20]}-{hex[20..32]}";
    }
}
