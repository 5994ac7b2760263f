using System.Text.Json;

namespace Drydock.Oci;

/// <summary>Writes SPDX 2.3 as JSON, the same bytes for the same parts.</summary>
internal static class SpdxWriter
{
    private const string Document = "SPDXRef-DOCUMENT";
    private const string ImageId = "SPDXRef-image";

    public static byte[] Write(SbomSubject subject, IReadOnlyList<SbomPart> parts) => SbomJson.Document(json =>
    {
        json.WriteString("spdxVersion", "SPDX-2.3");
        json.WriteString("dataLicense", "CC0-1.0");
        json.WriteString("SPDXID", Document);
        json.WriteString("name", subject.Name);
        json.WriteString("documentNamespace", $"https://spdx.org/spdxdocs/drydock-{subject.Manifest.Hex}");
        WriteCreation(json, subject);
        WritePackages(json, subject, parts);
        WriteRelationships(json, parts);
    });

    private static void WriteCreation(Utf8JsonWriter json, SbomSubject subject)
    {
        json.WriteStartObject("creationInfo");
        json.WriteString("created", subject.Created);
        json.WriteStartArray("creators");
        json.WriteStringValue("Tool: drydock");
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WritePackages(Utf8JsonWriter json, SbomSubject subject, IReadOnlyList<SbomPart> parts)
    {
        json.WriteStartArray("packages");
        WritePackage(json, ImageId, subject.Name, subject.Manifest.ToString(), "CONTAINER", subject.Manifest.Hex, null,
            null);
        foreach (var part in parts)
            WritePackage(json, IdOf(part), part.Name, part.Version,
                part.Kind == SbomPartKind.Package ? "LIBRARY" : "APPLICATION", part.Sha256, part.License,
                part.PackageUrl);
        json.WriteEndArray();
    }

    private static void WritePackage(
        Utf8JsonWriter json, string id, string name, string version, string purpose, string? sha256, string? license,
        string? packageUrl)
    {
        json.WriteStartObject();
        json.WriteString("SPDXID", id);
        json.WriteString("name", name);
        if (version.Length > 0)
            json.WriteString("versionInfo", version);
        json.WriteString("downloadLocation", "NOASSERTION");
        json.WriteBoolean("filesAnalyzed", false);
        json.WriteString("licenseDeclared", license ?? "NOASSERTION");
        json.WriteString("primaryPackagePurpose", purpose);
        if (sha256 is not null)
            json.WriteOnly("checksums", ("algorithm", "SHA256"), ("checksumValue", sha256));
        if (packageUrl is not null)
            json.WriteOnly("externalRefs",
                ("referenceCategory", "PACKAGE-MANAGER"), ("referenceType", "purl"), ("referenceLocator", packageUrl));
        json.WriteEndObject();
    }

    private static void WriteRelationships(Utf8JsonWriter json, IReadOnlyList<SbomPart> parts)
    {
        json.WriteStartArray("relationships");
        WriteRelationship(json, Document, "DESCRIBES", ImageId);
        foreach (var part in parts)
            if (part.Kind is SbomPartKind.Module or SbomPartKind.Package)
                WriteRelationship(json, ImageId, "CONTAINS", IdOf(part));
            else
                WriteRelationship(json, IdOf(part), "BUILD_TOOL_OF", ImageId);
        json.WriteEndArray();
    }

    private static void WriteRelationship(Utf8JsonWriter json, string from, string type, string to)
    {
        json.WriteStartObject();
        json.WriteString("spdxElementId", from);
        json.WriteString("relationshipType", type);
        json.WriteString("relatedSpdxElement", to);
        json.WriteEndObject();
    }

    private static string IdOf(SbomPart part) => "SPDXRef-" + part.Identifier;
}
