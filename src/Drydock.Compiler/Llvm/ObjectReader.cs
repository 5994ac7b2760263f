using System.Buffers.Binary;
using System.Text;

namespace Drydock.Compiler.Llvm;

/// <summary>
/// Takes functions out of the relocatable ELF file that LLVM emitted: each has a section of its own, and all of them
/// share the constants. Distances between these are filled in when they are linked.
/// </summary>
internal readonly ref struct ObjectReader
{
    private const int SectionHeaderSize = 64, SymbolSize = 24, RelocationSize = 24;
    private const uint TypeProgramBits = 1, TypeSymbols = 2, TypeRelocations = 4;
    private const ulong FlagAllocated = 2, FlagExecutable = 4;
    private const uint RelocationPc32 = 2, RelocationPlt32 = 4;
    private const int SymbolIsFunction = 2, NotPlaced = -1;

    private readonly ReadOnlySpan<byte> _file;
    private readonly int _sections, _count;
    /// <summary>For each section where it is among the constants.</summary>
    private readonly int[] _places;
    /// <summary>For each section the index of the function whose code it is.</summary>
    private readonly int[] _functions;
    private readonly byte[] _constants;
    private readonly int _alignment;
    private readonly int _symbols, _symbolCount, _strings;

    public ObjectReader(ReadOnlySpan<byte> file)
    {
        _file = file;
        _sections = (int)BinaryPrimitives.ReadInt64LittleEndian(file[40..]);
        _count = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        (_places, _functions) = (new int[_count], new int[_count]);
        Array.Fill(_places, NotPlaced);
        Array.Fill(_functions, NotPlaced);
        _constants = new byte[PlaceConstants(out _alignment)];
        for (int i = 0; i < _count; i++)
        {
            if (_places[i] >= 0) BytesOf(i).CopyTo(_constants.AsSpan(_places[i]));
            if (UInt32(i, 4) != TypeSymbols) continue;
            (_symbols, _symbolCount) = ((int)UInt64(i, 24), (int)UInt64(i, 32) / SymbolSize);
            _strings = (int)UInt64((int)UInt32(i, 40), 24);
        }
        FindFunctions();
    }

    /// <summary>The code of functions.</summary>
    /// <param name="functions">Their indices in the module's function index space.</param>
    /// <param name="code">Is given the code of each, or null where the file lacks it.</param>
    /// <exception cref="LlvmException">The code needs something that is not in the module.</exception>
    public void Read(ReadOnlySpan<int> functions, Span<FunctionCode?> code)
    {
        var relocations = RelocationSections();
        var constants = ReadConstants(relocations);
        for (int i = 0; i < _count; i++)
        {
            int place = _functions[i] < 0 ? -1 : functions.IndexOf(_functions[i]);
            if (place >= 0) code[place] = ReadFunction(i, relocations[i], constants);
        }
    }

    private FunctionCode ReadFunction(int section, int relocations, SharedConstants? constants)
    {
        var (calls, sites) = (new List<CallSite>(), new List<ConstantSite>());
        for (int i = 0; i < CountOf(relocations); i++)
        {
            var relocation = RelocationAt(relocations, i);
            int target = SectionOf(relocation.Symbol), addend = checked((int)relocation.Addend);
            if (target > 0 && _places[target] >= 0)
                sites.Add(new(relocation.Offset, _places[target] + ValueOf(relocation.Symbol) + addend));
            else
                calls.Add(new CallSite(relocation.Offset - 1, FunctionOf(relocation.Symbol), IsNear: true));
        }
        calls.Sort((left, right) => left.Offset.CompareTo(right.Offset));
        byte[] text = BytesOf(section).ToArray();
        return new FunctionCode(text, [.. calls], TrapInstruction.FindAll(text))
        {
            Alignment = (int)Math.Max(1, UInt64(section, 48)),
            Constants = sites.Count > 0 ? constants : null,
            ConstantSites = [.. sites],
        };
    }

    /// <summary>The constants, whose distances to each other are filled in.</summary>
    private SharedConstants? ReadConstants(int[] relocations)
    {
        if (_constants.Length == 0) return null;
        var sites = new List<FunctionSite>();
        for (int section = 0; section < _count; section++)
        {
            if (_places[section] < 0) continue;
            for (int i = 0; i < CountOf(relocations[section]); i++)
            {
                var relocation = RelocationAt(relocations[section], i);
                int target = SectionOf(relocation.Symbol), at = _places[section] + relocation.Offset;
                int addend = checked((int)relocation.Addend + ValueOf(relocation.Symbol));
                if (_places[target] >= 0)
                    BinaryPrimitives.WriteInt32LittleEndian(_constants.AsSpan(at), _places[target] + addend - at);
                else if (_functions[target] >= 0) sites.Add(new(at, _functions[target], addend));
                else throw new LlvmException("constants refer to a section that is not loaded");
            }
        }
        return new(_constants, _alignment, [.. sites]);
    }

    /// <summary>Gives every section of constants its place.</summary>
    private int PlaceConstants(out int most)
    {
        (int size, most) = (0, 1);
        for (int i = 0; i < _count; i++)
        {
            ulong flags = UInt64(i, 8);
            bool isLoaded = UInt32(i, 4) == TypeProgramBits && (flags & FlagAllocated) != 0 && UInt64(i, 32) > 0;
            if (!isLoaded || (flags & FlagExecutable) != 0) continue;
            int alignment = (int)Math.Max(1, UInt64(i, 48));
            _places[i] = (size + alignment - 1) & -alignment;
            size = _places[i] + (int)UInt64(i, 32);
            most = Math.Max(most, alignment);
        }
        return size;
    }

    private void FindFunctions()
    {
        for (int symbol = 0; symbol < _symbolCount; symbol++)
        {
            int section = SectionOf(symbol);
            bool isFunction = (Symbol(symbol)[4] & 0xF) == SymbolIsFunction;
            if (isFunction && section > 0) _functions[section] = FunctionOf(symbol);
        }
    }

    /// <summary>For each section the one with its relocations, or zero.</summary>
    private int[] RelocationSections()
    {
        var sections = new int[_count];
        for (int i = 0; i < _count; i++)
            if (UInt32(i, 4) == TypeRelocations) sections[(int)UInt32(i, 44)] = i;
        return sections;
    }

    private int CountOf(int relocations) => relocations == 0 ? 0 : (int)UInt64(relocations, 32) / RelocationSize;

    private (int Offset, int Symbol, long Addend) RelocationAt(int section, int index)
    {
        var entry = _file.Slice((int)UInt64(section, 24) + index * RelocationSize, RelocationSize);
        uint type = BinaryPrimitives.ReadUInt32LittleEndian(entry[8..]);
        if (type is not (RelocationPc32 or RelocationPlt32))
            throw new LlvmException($"relocation of type {type} in compiled code");
        return ((int)BinaryPrimitives.ReadInt64LittleEndian(entry),
            (int)BinaryPrimitives.ReadUInt32LittleEndian(entry[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(entry[16..]));
    }

    private ReadOnlySpan<byte> Symbol(int symbol) => _file.Slice(_symbols + symbol * SymbolSize, SymbolSize);

    /// <summary>The section a symbol is defined in, or zero; other special values count as zero.</summary>
    private int SectionOf(int symbol)
    {
        int section = BinaryPrimitives.ReadUInt16LittleEndian(Symbol(symbol)[6..]);
        return section < _count ? section : 0;
    }

    private int ValueOf(int symbol) => (int)BinaryPrimitives.ReadInt64LittleEndian(Symbol(symbol)[8..]);

    private int FunctionOf(int symbol)
    {
        var text = _file[(_strings + (int)BinaryPrimitives.ReadUInt32LittleEndian(Symbol(symbol)))..];
        text = text[..text.IndexOf((byte)0)];
        if (text.Length > 1 && text[0] == (byte)'f' && int.TryParse(text[1..], out int function)) return function;
        throw new LlvmException(
            $"compiled code calls {Encoding.ASCII.GetString(text)}, which is not part of the module");
    }

    private ReadOnlySpan<byte> BytesOf(int section) =>
        _file.Slice((int)UInt64(section, 24), (int)UInt64(section, 32));

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
