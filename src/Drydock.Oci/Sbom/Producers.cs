namespace Drydock.Oci;

/// <summary>
/// Reads the <c>producers</c> section: languages, tools and SDKs (tool-conventions: ProducersSection.md).
/// </summary>
internal static class Producers
{
    private const int MaxNameLength = 1 << 10;
    private const int MaxEntries = 1 << 10;

    /// <summary>
    /// What the section says; nothing where there is none or it is malformed, for it has no bearing on the module.
    /// </summary>
    public static List<SbomPart> Read(ReadOnlySpan<byte> module)
    {
        List<SbomPart> parts = [];
        try
        {
            var content = WasmSections.Custom(module, "producers");
            if (!content.IsEmpty)
                ReadFields(new WasmCursor(content), parts);
        }
        catch (InvalidDataException)
        {
        }
        return parts;
    }

    private static void ReadFields(WasmCursor cursor, List<SbomPart> parts)
    {
        var fields = cursor.Number();
        for (var field = 0u; field < fields && parts.Count < MaxEntries; field++)
        {
            var kind = cursor.Text(MaxNameLength) == "language" ? SbomPartKind.Language : SbomPartKind.Tool;
            var values = cursor.Number();
            for (var value = 0u; value < values && parts.Count < MaxEntries; value++)
                parts.Add(new(kind, "", cursor.Text(MaxNameLength), cursor.Text(MaxNameLength)));
        }
    }
}
