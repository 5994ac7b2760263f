using System.Text;
using Drydock.Wasm.Binary;

namespace Drydock.Wasm;

/// <summary>
/// The names that the custom section <c>name</c> gives to parts of a module (spec: 7.4.1). The section is for people: what
/// is damaged in it is left out, and never makes a module unusable.
/// </summary>
public sealed class NameSection
{
    private const byte ModuleSubsection = 0;
    private const byte FunctionSubsection = 1;
    private const byte LocalSubsection = 2;

    private readonly ReadOnlyMemory<byte> _bytes;
    private readonly Dictionary<int, ByteRange> _functions = [];
    private readonly Dictionary<(int Function, int Local), ByteRange> _locals = [];

    private NameSection(ReadOnlyMemory<byte> bytes) => _bytes = bytes;

    /// <summary>The module's own name, or null.</summary>
    public string? Module { get; private set; }

    /// <summary>The name of a function by its index, or null.</summary>
    public string? Function(int index) => _functions.TryGetValue(index, out var range) ? Text(range) : null;

    /// <summary>The name of a local, parameters first, or null.</summary>
    public string? Local(int function, int local) =>
        _locals.TryGetValue((function, local), out var range) ? Text(range) : null;

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
            else if (id == FunctionSubsection) ReadFunctions(ref body);
            else if (id == LocalSubsection) ReadLocals(ref body);
        }
    }

    private void ReadFunctions(ref ByteReader reader)
    {
        for (var count = reader.ReadU32(); count > 0; count--) _functions[reader.ReadIndex()] = reader.ReadSizedRange();
    }

    private void ReadLocals(ref ByteReader reader)
    {
        for (var functions = reader.ReadU32(); functions > 0; functions--)
        {
            var function = reader.ReadIndex();
            for (var count = reader.ReadU32(); count > 0; count--)
                _locals[(function, reader.ReadIndex())] = reader.ReadSizedRange();
        }
    }

    private string Text(ByteRange range) => Encoding.UTF8.GetString(_bytes.Span.Slice(range.Offset, range.Length));
}
