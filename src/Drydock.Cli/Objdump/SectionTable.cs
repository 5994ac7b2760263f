using System.Globalization;
using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Cli.Objdump;

/// <summary>The sections of a module: where they are, how long, and what they hold.</summary>
internal static class SectionTable
{
    public static void Print(WasmModule module, TextWriter output)
    {
        var table = new Table("SECTION", "START", "END", "SIZE", "CONTENT");
        int custom = 0;
        foreach (SectionHeader section in SectionList.Read(module.Bytes.Span))
        {
            ByteRange content = section.Content;
            table.Add(
                SectionNames.Of(section.Id),
                Hex(section.Start),
                Hex(content.Offset + content.Length),
                content.Length.ToString(CultureInfo.InvariantCulture),
                section.Id == 0 ? $"\"{module.CustomSections[custom++].Name}\"" : Content(module, section.Id));
        }
        output.Write(table);
    }

    private static string Hex(int offset) => "0x" + offset.ToString("x6", CultureInfo.InvariantCulture);

    private static string Content(WasmModule module, byte id) => id switch
    {
        1 => Count(module.Types.Length, "type"),
        2 => Count(module.Imports.Length, "import"),
        3 => Count(module.Bodies.Length, "function"),
        4 => Count(module.Tables.Length - module.ImportedTableCount, "table"),
        5 => Count(module.Memories.Length - module.ImportedMemoryCount, "memory"),
        6 => Count(module.Globals.Length - module.ImportedGlobalCount, "global"),
        7 => Count(module.Exports.Length, "export"),
        8 => $"function {module.StartFunction}",
        9 => Count(module.Elements.Length, "segment"),
        10 => Count(module.Bodies.Length, "body"),
        11 or 12 => Count(module.Data.Length, "segment"),
        _ => Count(module.Tags.Length - module.ImportedTagCount, "tag"),
    };

    private static string Count(int count, string what) =>
        count == 1 ? $"1 {what}" : $"{count} {(what.EndsWith('y') ? what[..^1] + "ie" : what)}s";
}
