using System.Runtime.InteropServices;

namespace Drydock.Layout;

/// <summary>A section header of a 64-bit ELF file (<c>Elf64_Shdr</c>).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct SectionHeader
{
    public uint Name;
    public uint Type;
    public ulong Flags;
    public ulong Address;
    public ulong Offset;
    public ulong Size;
    public uint Link;
    public uint Info;
    public ulong Alignment;
    public ulong EntrySize;
}

/// <summary>An entry of a symbol table (<c>Elf64_Sym</c>).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Symbol
{
    public uint Name;
    public byte Info;
    public byte Other;
    public ushort Section;
    public ulong Value;
    public ulong Size;

    /// <summary>STT_FUNC, STT_SECTION and so on.</summary>
    public readonly int Type => Info & 15;
}

/// <summary>An entry of a relocation table with addends (<c>Elf64_Rela</c>).</summary>
[StructLayout(LayoutKind.Sequential, Pack = 1)]
internal struct Relocation
{
    public ulong Offset;
    public uint Type;
    public uint Symbol;
    public long Addend;
}
