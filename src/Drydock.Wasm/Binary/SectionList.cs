namespace Drydock.Wasm.Binary;

/// <summary>A section of a binary.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Start">Offset of the id.</param>
/// <param name="Content">What follows the size.</param>
public readonly record struct SectionHeader(byte Id, int Start, ByteRange Content);

/// <summary>The sections of a binary by their headers alone (spec: 5.5.2).</summary>
public static class SectionList
{
    private const int HeaderLength = 8;

    /// <summary>Reads the headers.</summary>
    /// <exception cref="WasmFormatException">A size leads past the end, or an id is unknown.</exception>
    public static IReadOnlyList<SectionHeader> Read(ReadOnlySpan<byte> bytes)
    {
        var sections = new List<SectionHeader>();
        var reader = new ByteReader(bytes, Math.Min(HeaderLength, bytes.Length), bytes.Length, section: null);
        while (!reader.AtEnd)
        {
            var start = reader.Position;
            var id = reader.ReadByte();
            if (!SectionNames.IsKnown(id)) reader.FailMalformed("malformed section id", start);
            sections.Add(new SectionHeader(id, start, reader.ReadSizedRange()));
        }
        return sections;
    }
}

/// <summary>Section ids, their names and their order (spec: 5.5.2).</summary>
public static class SectionNames
{
    private static readonly string[] Names =
    [
        "custom", "type", "import", "function", "table", "memory", "global", "export", "start", "element", "code",
        "data",
        "data count", "tag",
    ];

    /// <summary>The names in the text format's placements of custom sections.</summary>
    private static readonly string[] TextNames =
        ["", "type", "import", "func", "table", "memory", "global", "export", "start", "elem", "code", "data",
            "datacount", "tag"];

    /// <summary>The ids in the order that sections have.</summary>
    internal static ReadOnlySpan<byte> Order => [0, 1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];

    /// <summary>Whether the specification knows an id.</summary>
    public static bool IsKnown(byte id) => id < Names.Length;

    /// <summary>The specification's name.</summary>
    public static string Of(byte id) => Names[id];

    internal static string OfText(byte id) => TextNames[id];

    /// <summary>The id of a text name, or -1.</summary>
    internal static int FromText(ReadOnlySpan<char> name) =>
        name.IsEmpty ? -1 : Array.IndexOf(TextNames, name.ToString());
}
