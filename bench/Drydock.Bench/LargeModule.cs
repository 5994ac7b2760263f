using System.Text;
using Drydock.Wasm;

namespace Drydock.Bench;

/// <summary>
/// A large module that ends with its first instruction: a program whose functions are there more than once,
/// with an empty function as its start.
/// </summary>
internal static class LargeModule
{
    private const int HeaderLength = 8;
    private const int FunctionSection = 3, ExportSection = 7, CodeSection = 10;
    private const string Start = "_start";

    /// <summary>A module of <paramref name="size"/> bytes and a little more.</summary>
    public static byte[] Make(byte[] program, int size)
    {
        WasmModule module = ModuleDecoder.Decode(program);
        int functions = FunctionsFor(module, size - program.Length);
        var result = new MemoryStream();
        result.Write(program.AsSpan(0, HeaderLength));
        for (int at = HeaderLength; at < program.Length;)
        {
            int id = program[at++];
            int length = (int)ReadNumber(program, ref at);
            byte[] content = id switch
            {
                FunctionSection => Functions(module, functions),
                ExportSection => Exports(module, module.ImportedFunctionCount + functions),
                CodeSection => Code(module, functions),
                _ => program[at..(at + length)],
            };
            result.WriteByte((byte)id);
            WriteNumber(result, (uint)content.Length);
            result.Write(content);
            at += length;
        }
        return result.ToArray();
    }

    /// <summary>How many functions there have to be for the module to grow by so many bytes.</summary>
    private static int FunctionsFor(WasmModule module, int growth)
    {
        int count = module.Bodies.Length;
        for (; growth > 0; count++) growth -= module.Bodies[count % module.Bodies.Length].Entry.Length;
        return count;
    }

    private static byte[] Functions(WasmModule module, int count)
    {
        var section = new MemoryStream();
        int[] types = module.Functions[module.ImportedFunctionCount..];
        WriteNumber(section, (uint)count + 1);
        for (int i = 0; i < count; i++) WriteNumber(section, (uint)types[i % types.Length]);
        int start = Array.Find(module.Exports, export => export.Name == Start).Index;
        WriteNumber(section, (uint)module.Functions[start]);
        return section.ToArray();
    }

    private static byte[] Exports(WasmModule module, int start)
    {
        var section = new MemoryStream();
        WriteNumber(section, (uint)module.Exports.Length);
        foreach (Export export in module.Exports)
        {
            byte[] name = Encoding.UTF8.GetBytes(export.Name);
            WriteNumber(section, (uint)name.Length);
            section.Write(name);
            section.WriteByte((byte)export.Kind);
            WriteNumber(section, (uint)(export.Name == Start ? start : export.Index));
        }
        return section.ToArray();
    }

    private static byte[] Code(WasmModule module, int count)
    {
        byte[] empty = [0, (byte)Opcode.End];
        var section = new MemoryStream();
        WriteNumber(section, (uint)count + 1);
        for (int i = 0; i < count; i++)
            WriteBody(section, module.BytesOf(module.Bodies[i % module.Bodies.Length].Entry));
        WriteBody(section, empty);
        return section.ToArray();
    }

    private static void WriteBody(MemoryStream section, ReadOnlySpan<byte> body)
    {
        WriteNumber(section, (uint)body.Length);
        section.Write(body);
    }

    private static uint ReadNumber(byte[] bytes, ref int at)
    {
        uint value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[at++];
            value |= (next & 0x7Fu) << shift;
            if (next < 0x80) return value;
        }
    }

    private static void WriteNumber(MemoryStream stream, uint value)
    {
        for (; value >= 0x80; value >>= 7) stream.WriteByte((byte)(value | 0x80));
        stream.WriteByte((byte)value);
    }
}
