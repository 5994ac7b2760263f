using System.Buffers;
using System.Text.Json;

namespace Drydock.Oci;

/// <summary>
/// The interfaces a component imports and exports (component model, Binary: import and export definitions).
/// </summary>
/// <param name="Imports">Names, in order.</param>
/// <param name="Exports">Names, in order.</param>
internal sealed record ComponentNames(IReadOnlyList<string> Imports, IReadOnlyList<string> Exports)
{
    private const byte ImportSection = 10;
    private const byte ExportSection = 11;
    private const int MaxNameLength = 1 << 12;

    /// <summary>
    /// Reads the names as far as they can be told apart; what comes after an unknown form is left out.
    /// </summary>
    public static ComponentNames Read(ReadOnlySpan<byte> binary)
    {
        List<string> imports = [], exports = [];
        try
        {
            foreach (var section in WasmSections.Read(binary))
                if (section.Id is ImportSection or ExportSection)
                    ReadSection(binary[section.ContentStart..section.End], section.Id == ImportSection ? imports
                        : exports, section.Id);
        }
        catch (InvalidDataException)
        {
        }
        return new(imports, exports);
    }

    /// <summary>As an artifact's configuration has it.</summary>
    public JsonElement ToJson()
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            Write(json, "exports", Exports);
            Write(json, "imports", Imports);
            json.WriteEndObject();
        }
        using var document = JsonDocument.Parse(buffer.WrittenMemory);
        return document.RootElement.Clone();
    }

    private static void Write(Utf8JsonWriter json, string name, IReadOnlyList<string> values)
    {
        json.WriteStartArray(name);
        foreach (var value in values)
            json.WriteStringValue(value);
        json.WriteEndArray();
    }

    private static void ReadSection(ReadOnlySpan<byte> content, List<string> names, byte section)
    {
        var cursor = new WasmCursor(content);
        var count = cursor.Number();
        for (var i = 0u; i < count; i++)
        {
            ReadVersionedName(ref cursor, names);
            if (section == ExportSection)
                PassSortIndex(ref cursor);
            if (section == ImportSection || cursor.Byte() == 1)
                PassDescription(ref cursor);
        }
    }

    /// <summary>0x00 or 0x01 and a name; 0x02 adds a version suffix.</summary>
    private static void ReadVersionedName(ref WasmCursor cursor, List<string> names)
    {
        var form = cursor.Byte();
        names.Add(cursor.Text(MaxNameLength));
        if (form == 2)
            cursor.Text(MaxNameLength);
    }

    private static void PassSortIndex(ref WasmCursor cursor)
    {
        if (cursor.Byte() == 0)
            cursor.Byte();
        cursor.Number();
    }

    /// <summary>An extern description: core module 0x00 0x11, function, value, type, component or instance.</summary>
    private static void PassDescription(ref WasmCursor cursor)
    {
        switch (cursor.Byte())
        {
            case 0: cursor.Byte(); cursor.Number(); break;
            case 1 or 4 or 5: cursor.Number(); break;
            case 3: if (cursor.Byte() == 0) cursor.Number(); break;
            default: throw new InvalidDataException("a form of description that is not known");
        }
    }
}
