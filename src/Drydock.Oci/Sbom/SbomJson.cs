using System.Buffers;
using System.Text.Json;

namespace Drydock.Oci;

/// <summary>What the two forms of a list of parts have in common.</summary>
internal static class SbomJson
{
    /// <summary>A document with the members that are written.</summary>
    public static byte[] Document(Action<Utf8JsonWriter> members)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>A list of one object.</summary>
    public static void WriteOnly(this Utf8JsonWriter json, string name,
        params ReadOnlySpan<(string Name, string Value)> members)
    {
        json.WriteStartArray(name);
        json.WriteStartObject();
        foreach (var member in members)
            json.WriteString(member.Name, member.Value);
        json.WriteEndObject();
        json.WriteEndArray();
    }
}
