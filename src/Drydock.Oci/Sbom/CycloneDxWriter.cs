using System.Text.Json;

namespace Drydock.Oci;

/// <summary>Writes CycloneDX 1.5 as JSON, the same bytes for the same parts.</summary>
internal static class CycloneDxWriter
{
    public static byte[] Write(SbomSubject subject, IReadOnlyList<SbomPart> parts) => SbomJson.Document(json =>
    {
        json.WriteString("bomFormat", "CycloneDX");
        json.WriteString("specVersion", "1.5");
        json.WriteString("serialNumber", $"urn:uuid:{UuidOf(subject.Manifest)}");
        json.WriteNumber("version", 1);
        WriteMetadata(json, subject);
        json.WriteStartArray("components");
        foreach (var part in parts)
            WriteComponent(json, TypeOf(part.Kind), part.Identifier, part);
        json.WriteEndArray();
    });

    private static void WriteMetadata(Utf8JsonWriter json, SbomSubject subject)
    {
        json.WriteStartObject("metadata");
        json.WriteString("timestamp", subject.Created);
        json.WriteStartObject("tools");
        json.WriteOnly("components", ("type", "application"), ("name", "drydock"));
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
            json.WriteOnly("hashes", ("alg", "SHA-256"), ("content", hash));
        // As an expression: a single licence is one too.
        if (part.License is { } license)
            json.WriteOnly("licenses", ("expression", license));
        if (part.PackageUrl is { } packageUrl)
            json.WriteString("purl", packageUrl);
        json.WriteEndObject();
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
