using Drydock.Wasm;

namespace Drydock.Compiler.Baseline;

/// <summary>What follows each opcode, as arrays for quick passing over.</summary>
internal static class OpcodeImmediates
{
    private const int Rows = 0x120;
    private static readonly Immediate[] Table = Build();

    /// <summary>The immediate of an opcode of validated code.</summary>
    public static Immediate Of(Opcode opcode)
    {
        uint prefix = (uint)opcode >> 16;
        return prefix == 0 ? Table[(uint)opcode] : Table[256 + (prefix - 0xFB) * Rows + ((uint)opcode & 0xFFFF)];
    }

    private static Immediate[] Build()
    {
        var table = new Immediate[256 + 4 * Rows];
        foreach (OpcodeInfo info in OpcodeTable.All)
        {
            uint prefix = (uint)info.Opcode >> 16, low = (uint)info.Opcode & 0xFFFF;
            table[prefix == 0 ? low : 256 + (prefix - 0xFB) * Rows + low] = info.Immediate;
        }
        return table;
    }
}
