using System.Buffers.Binary;
using System.Text;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Takes the code of one function out of the relocatable ELF file that LLVM emitted: text, then read-only data, with
/// the distances between them filled in. What is left are calls of functions of the module.
/// </summary>
internal readonly ref struct ObjectReader
{
    private const int SectionHeaderSize = 64, SymbolSize = 24, RelocationSize = 24;
    private const uint TypeProgramBits = 1, TypeSymbols = 2, TypeRelocations = 4;
    private const ulong FlagAllocated = 2, FlagExecutable = 4;
    private const uint RelocationPc32 = 2, RelocationPlt32 = 4;

    private readonly ReadOnlySpan<byte> _file;
    private readonly int _sections, _count;
    private readonly int[] _places;
    private readonly byte[] _text;
    private readonly int _symbols, _strings;

    public ObjectReader(ReadOnlySpan<byte> file)
    {
        _file = file;
        _sections = (int)BinaryPrimitives.ReadInt64LittleEndian(file[40..]);
        _count = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        _places = new int[_count];
        Array.Fill(_places, -1);
        _text = new byte[Place()];
        CopySections();
        for (int i = 0; i < _count; i++)
            if (UInt32(i, 4) == TypeSymbols)
                (_symbols, _strings) = ((int)UInt64(i, 24), (int)UInt64((int)UInt32(i, 40), 24));
    }

    /// <summary>The function, which must be the only one in the file.</summary>
    /// <exception cref="LlvmException">The code needs something that is not in the module.</exception>
    public FunctionCode Read()
    {
        var calls = new List<CallSite>();
        for (int i = 0; i < _count; i++)
        {
            if (UInt32(i, 4) != TypeRelocations) continue;
            int target = _places[(int)UInt32(i, 44)];
            if (target >= 0) Relocate(i, target, calls);
        }
        calls.Sort((left, right) => left.Offset.CompareTo(right.Offset));
        return new FunctionCode(_text, [.. calls], TrapInstruction.FindAll(_text)) { Alignment = Alignment() };
    }

    private int Alignment()
    {
        int most = 16;
        for (int i = 0; i < _count; i++)
            if (_places[i] >= 0) most = Math.Max(most, (int)UInt64(i, 48));
        return most;
    }

    /// <summary>Gives every section that is loaded its place: code first, at the start.</summary>
    private int Place()
    {
        int size = 0;
        foreach (bool isCode in (ReadOnlySpan<bool>)[true, false])
        {
            for (int i = 0; i < _count; i++)
            {
                ulong flags = UInt64(i, 8);
                bool isLoaded = UInt32(i, 4) == TypeProgramBits && (flags & FlagAllocated) != 0 && UInt64(i, 32) > 0;
                if (!isLoaded || ((flags & FlagExecutable) != 0) != isCode) continue;
                int alignment = (int)Math.Max(1, UInt64(i, 48));
                _places[i] = (size + alignment - 1) & -alignment;
                size = _places[i] + (int)UInt64(i, 32);
            }
        }
        return size;
    }

    private void CopySections()
    {
        for (int i = 0; i < _count; i++)
            if (_places[i] >= 0) _file.Slice((int)UInt64(i, 24), (int)UInt64(i, 32)).CopyTo(_text.AsSpan(_places[i]));
    }

    private void Relocate(int section, int target, List<CallSite> calls)
    {
        int first = (int)UInt64(section, 24), count = (int)UInt64(section, 32) / RelocationSize;
        for (int i = 0; i < count; i++)
        {
            var entry = _file.Slice(first + i * RelocationSize, RelocationSize);
            int at = target + (int)BinaryPrimitives.ReadInt64LittleEndian(entry);
            uint type = BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
            int symbol = (int)BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]);
            long addend = BinaryPrimitives.ReadInt64LittleEndian(entry[16..]);
            if (type is not (RelocationPc32 or RelocationPlt32))
                throw new LlvmException($"relocation of type {type} in compiled code");
            if (AddressOf(symbol) is { } address) WriteInt32(at, (int)(address + addend - at));
            else calls.Add(new CallSite(at - 1, FunctionOf(symbol), IsNear: true));
        }
    }

    /// <summary>The place of a symbol that is defined here, or null.</summary>
    private int? AddressOf(int symbol)
    {
        var entry = _file.Slice(_symbols + symbol * SymbolSize, SymbolSize);
        int section = BinaryPrimitives.ReadUInt16LittleEndian(entry[6..]);
        if (section == 0) return null;
        if (section >= _count || _places[section] < 0)
            throw new LlvmException("compiled code refers to a section that is not loaded");
        return _places[section] + (int)BinaryPrimitives.ReadInt64LittleEndian(entry[8..]);
    }

    private int FunctionOf(int symbol)
    {
        int name = _strings + (int)BinaryPrimitives.ReadUInt32LittleEndian(_file[(_symbols + symbol * SymbolSize)..]);
        var text = _file[name..];
        text = text[..text.IndexOf((byte)0)];
        if (text.Length > 1 && text[0] == (byte)'f' && int.TryParse(text[1..], out int function)) return function;
        throw new LlvmException(
            $"compiled code calls {Encoding.ASCII.GetString(text)}, which is not part of the module");
    }

    private void WriteInt32(int at, int value) => BinaryPrimitives.WriteInt32LittleEndian(_text.AsSpan(at), value);
    private uint UInt32(int section, int field) =>
        BinaryPrimitives.ReadUInt32LittleEndian(_file[(_sections + section * SectionHeaderSize + field)..]);
    private ulong UInt64(int section, int field) =>
        BinaryPrimitives.ReadUInt64LittleEndian(_file[(_sections + section * SectionHeaderSize + field)..]);
}

/// <summary>
/// The instruction LLVM makes of <c>llvm.ubsantrap(code)</c>: <c>ud1 eax, [eax + code]</c>. It is undefined, so that it
/// faults, and carries the trap's code in itself.
/// </summary>
internal static class TrapInstruction
{
    private static ReadOnlySpan<byte> Prefix => [0x67, 0x0F, 0xB9, 0x40];

    /// <summary>
    /// Every place that looks like one, ascending. Bytes of other instructions and constants may look like one as well;
    /// nothing ever faults there.
    /// </summary>
    public static CodeSite[] FindAll(ReadOnlySpan<byte> text)
    {
        var sites = new List<CodeSite>();
        for (int at = 0; at + Prefix.Length < text.Length;)
        {
            int found = text[at..].IndexOf(Prefix);
            if (found < 0 || at + found + Prefix.Length >= text.Length) break;
            at += found;
            sites.Add(new CodeSite(at, (TrapCode)text[at + Prefix.Length], -1));
            at += Prefix.Length + 1;
        }
        return [.. sites];
    }
}
