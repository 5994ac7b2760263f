namespace Drydock.Wasm;

/// <summary>
/// A module without what is not needed to run it once it is compiled: its binary without the code section and without
/// custom sections other than names; in the place of code, what is to be known of it. <see cref="ModuleDecoder.DecodeOutline"/>
/// reads it.
/// </summary>
public static class ModuleOutline
{
    private const int HeaderLength = 8, CustomSection = 0, CodeSection = 10;

    /// <summary>The outline of a module that was decoded, and so is known to be well-formed.</summary>
    public static byte[] Of(WasmModule module)
    {
        var binary = module.Bytes.Span;
        var outline = new MemoryStream();
        outline.Write(binary[..HeaderLength]);
        for (int at = HeaderLength; at < binary.Length;)
        {
            int start = at, id = binary[at++], length = ReadLength(binary, ref at);
            if (id != CodeSection && (id != CustomSection || IsNames(module, at, length)))
                outline.Write(binary[start..(at + length)]);
            at += length;
        }
        if (module.UsesExceptions) WriteMark(outline, ExceptionsMark);
        if (!module.IsSelfContained) WriteMark(outline, SharingMark);
        return outline.ToArray();
    }

    /// <summary>The name of the custom section that an outline of a module has whose code uses exceptions.</summary>
    internal const string ExceptionsMark = "drydock.exceptions";

    /// <summary>The name of the custom section that an outline of a module has that is not self-contained.</summary>
    internal const string SharingMark = "drydock.sharing";

    private static void WriteMark(MemoryStream outline, string mark)
    {
        outline.Write([CustomSection, (byte)(mark.Length + 1), (byte)mark.Length]);
        outline.Write(System.Text.Encoding.ASCII.GetBytes(mark));
    }

    private static bool IsNames(WasmModule module, int start, int length)
    {
        foreach (var section in module.CustomSections)
            if (section.Name == "name" && section.Content.Offset > start && section.Content.Offset <= start + length)
                return true;
        return false;
    }

    private static int ReadLength(ReadOnlySpan<byte> bytes, ref int at)
    {
        uint value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (uint)(next & 0x7F) << shift;
            if (next < 0x80) return (int)value;
        }
    }
}
