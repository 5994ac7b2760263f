using System.Text;
using Drydock.Wasm.Binary;

namespace Drydock.Wasm;

/// <summary>
/// What a name of the <c>name</c> section belongs to; values are the ids of its subsections (spec: 7.4.1).
/// </summary>
public enum NameKind : byte
{
    /// <summary>A function.</summary>
    Function = 1,
    /// <summary>A type.</summary>
    Type = 4,
    /// <summary>A table.</summary>
    Table = 5,
    /// <summary>A memory.</summary>
    Memory = 6,
    /// <summary>A global.</summary>
    Global = 7,
    /// <summary>An element segment.</summary>
    Element = 8,
    /// <summary>A data segment.</summary>
    Data = 9,
    /// <summary>A tag.</summary>
    Tag = 11,
}

/// <summary>
/// The names that the custom section <c>name</c> gives to parts of a module (spec: 7.4.1). The section is for people:
/// what is damaged in it is left out, and never makes a module unusable.
/// </summary>
public sealed class NameSection
{
    private const byte ModuleSubsection = 0;
    internal const byte LocalSubsection = 2;
    internal const byte LabelSubsection = 3;
    internal const byte FieldSubsection = 10;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly Dictionary<(byte Kind, int Index), ByteRange> _names = [];
    private readonly Dictionary<(byte Kind, int Outer, int Inner), ByteRange> _innerNames = [];

    private NameSection(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    /// <summary>The module's own name, or null.</summary>
    public string? Module { get; private set; }

    /// <summary>The name of a member of an index space, or null.</summary>
    public string? NameOf(NameKind kind, int index) =>
        _names.TryGetValue(((byte)kind, index), out var range) ? Text(range) : null;

    /// <summary>The name of a function by its index, or null.</summary>
    public string? Function(int index) => NameOf(NameKind.Function, index);

    /// <summary>The name of a local, parameters first, or null.</summary>
    public string? Local(int function, int local) => InnerName(LocalSubsection, function, local);

    /// <summary>The name of a label, blocks counted as they begin, or null.</summary>
    public string? Label(int function, int label) => InnerName(LabelSubsection, function, label);

    /// <summary>The name of a field of a structure type, or null.</summary>
    public string? Field(int type, int field) => InnerName(FieldSubsection, type, field);

    private string? InnerName(byte kind, int outer, int inner) =>
        _innerNames.TryGetValue((kind, outer, inner), out var range) ? Text(range) : null;

    /// <summary>Reads the first <c>name</c> section of a module.</summary>
    internal static NameSection Read(WasmModule module)
    {
        var names = new NameSection(module.Bytes);
        var index = Array.FindIndex(module.CustomSections, section => section.Name == "name");
        if (index < 0) return names;
        try
        {
            names.ReadSubsections(module.CustomSections[index].Content);
        }
        catch (WasmFormatException)
        {
            // What was read before the damage stays.
        }
        return names;
    }

    private void ReadSubsections(ByteRange content)
    {
        var reader = new ByteReader(_bytes.Span, content.Offset, content.Offset + content.Length, "name");
        while (!reader.AtEnd)
        {
            var id = reader.ReadByte();
            var range = reader.ReadSizedRange();
            var body = new ByteReader(_bytes.Span, range.Offset, range.Offset + range.Length, "name");
            if (id == ModuleSubsection) Module = Text(body.ReadSizedRange());
            else if (id is LocalSubsection or LabelSubsection or FieldSubsection) ReadInner(ref body, id);
            else if (Enum.IsDefined((NameKind)id)) ReadNames(ref body, id);
        }
    }

    private void ReadNames(ref ByteReader reader, byte kind)
    {
        for (var count = reader.ReadU32(); count > 0; count--)
            _names[(kind, reader.ReadIndex())] = reader.ReadSizedRange();
    }

    private void ReadInner(ref ByteReader reader, byte kind)
    {
        for (var outers = reader.ReadU32(); outers > 0; outers--)
        {
            var outer = reader.ReadIndex();
            for (var count = reader.ReadU32(); count > 0; count--)
                _innerNames[(kind, outer, reader.ReadIndex())] = reader.ReadSizedRange();
        }
    }

    private string Text(ByteRange range) => Encoding.UTF8.GetString(_bytes.Span.Slice(range.Offset, range.Length));
}
