using System.Buffers.Binary;

namespace Drydock.Layout;

/// <summary>
/// Puts methods of an object file that the .NET compiler made next to each other. They are all in one section, and the
/// compiler resolves what they call of each other itself, so those calls are found by reading the code. Everything else
/// refers to a method by its symbol: data, tables for unwinding and other code follow when the symbol moves.
/// </summary>
internal sealed class CodeOrder
{
    private const int FunctionSymbol = 2;
    private const int SectionSymbol = 3;
    private const byte Nop = 0x90;
    private readonly ElfFile _file;
    private readonly int _section;
    private readonly SortedList<int, Method> _methods = [];
    private readonly Dictionary<string, Method> _byName = [];
    private readonly List<(int At, Method From, Method To)> _calls = [];

    private CodeOrder(ElfFile file)
    {
        _file = file;
        _section = file.SectionNamed("__managedcode"u8);
    }

    /// <summary>Methods that are found by their names.</summary>
    public int Known { get; private set; }

    /// <summary>Bytes of the section that the known ones take together.</summary>
    public int KnownBytes { get; private set; }

    /// <summary>Changes the file so that the methods named come first, in their order; unknown names are passed over.</summary>
    /// <exception cref="UnexpectedShapeException">The file is not what it is taken for; it is as it was.</exception>
    public static CodeOrder Apply(ElfFile file, IEnumerable<string> names)
    {
        var order = new CodeOrder(file);
        order.FindMethods();
        order.FindCalls();
        int size = order.Arrange(names);
        order.Move(size);
        return order;
    }

    /// <summary>The names of the methods by where they are in the section, for a file that is not changed.</summary>
    public static Dictionary<int, string> NamesByPlace(ElfFile file)
    {
        var order = new CodeOrder(file);
        order.FindMethods();
        Dictionary<int, string> names = [];
        foreach ((string name, Method method) in order._byName) names.TryAdd(method.Start, name);
        return names;
    }

    private void FindMethods()
    {
        int size = _file.ContentOf(_section).Length;
        foreach (ref readonly Symbol symbol in _file.Symbols)
        {
            if (!IsMoved(symbol)) continue;
            string name = _file.NameOf(symbol);
            Require(symbol.Type == FunctionSymbol && symbol.Size > 0 && symbol.Value < (ulong)size
                && symbol.Size <= (ulong)size - symbol.Value, $"the symbol '{name}' is not of a method");
            var method = new Method((int)symbol.Value, (int)symbol.Size);
            // Some have a second name.
            if (!_methods.TryAdd(method.Start, method)) method = _methods[method.Start];
            Require(method.Size == (int)symbol.Size, $"'{name}' has two sizes");
            _byName[name] = method;
        }
        for (int i = 1; i < _methods.Count; i++)
            Require(_methods.GetValueAtIndex(i - 1).End <= _methods.GetKeyAtIndex(i), "methods overlap");
    }

    /// <summary>Reads all code, and takes it for understood if all that can be checked about it is as it should be.</summary>
    private void FindCalls()
    {
        HashSet<ulong> relocated = OffsetsOfRelocations();
        Span<byte> code = _file.ContentOf(_section);
        foreach (Method method in _methods.Values)
        {
            int at = method.Start;
            while (at < method.End)
            {
                Require(Instruction.TryRead(code[at..method.End], out Instruction instruction),
                    $"the code at {at:x} is not understood");
                if (instruction.RelativeSize > 0 && !relocated.Remove((ulong)(at + instruction.RelativeAt)))
                    NoteCall(method, at, instruction, instruction.Target(code[at..], at));
                at += instruction.Length;
            }
        }
        Require(relocated.Count == 0, "something but a distance is relocated in the code");
    }

    private HashSet<ulong> OffsetsOfRelocations()
    {
        HashSet<ulong> offsets = [];
        foreach (int table in _file.RelocationTables())
            foreach (ref readonly Relocation relocation in _file.RelocationsIn(table))
            {
                Require(relocation.Symbol < _file.Symbols.Length, "a relocation has no symbol");
                ref Symbol symbol = ref _file.Symbols[(int)relocation.Symbol];
                Require(symbol.Section != _section || symbol.Type == FunctionSymbol, "a relocation names no method");
                if (_file.Sections[table].Info == _section) offsets.Add(relocation.Offset);
            }
        return offsets;
    }

    private void NoteCall(Method method, int at, Instruction instruction, long target)
    {
        if (target >= method.Start && target < method.End) return;
        Require(instruction.RelativeSize == 4 && target >= 0 && target <= int.MaxValue
            && _methods.ContainsKey((int)target), $"the code at {at:x} refers to {target:x}, where no method begins");
        _calls.Add((at + instruction.RelativeAt, method, _methods[(int)target]));
    }

    /// <summary>Gives every method its place.</summary>
    /// <returns>The size of the section.</returns>
    private int Arrange(IEnumerable<string> names)
    {
        int end = 0;
        foreach (string name in names)
            if (_byName.TryGetValue(name, out Method? method) && method.Place < 0)
            {
                end = Put(method, method.AlignmentIf(inStart: true), end);
                Known++;
            }
        KnownBytes = end;
        foreach (Method method in _methods.Values)
            if (method.Place < 0)
                end = Put(method, method.AlignmentIf(inStart: false), end);
        return end;
    }

    private static int Put(Method method, int alignment, int end)
    {
        method.Place = (end + alignment - 1) / alignment * alignment;
        return method.Place + method.Size;
    }

    private void Move(int size)
    {
        Span<byte> code = _file.ContentOf(_section);
        byte[] moved = new byte[size];
        moved.AsSpan().Fill(Nop);
        foreach (Method method in _methods.Values)
            code.Slice(method.Start, method.Size).CopyTo(moved.AsSpan(method.Place));
        foreach ((int at, Method from, Method to) in _calls)
        {
            Span<byte> distance = moved.AsSpan(at - from.Start + from.Place, 4);
            BinaryPrimitives.WriteInt32LittleEndian(distance, BinaryPrimitives.ReadInt32LittleEndian(distance)
                + (to.Place - to.Start) - (from.Place - from.Start));
        }
        MoveRelocations();
        foreach (ref Symbol symbol in _file.Symbols)
            if (IsMoved(symbol))
                symbol.Value = (ulong)_methods[(int)symbol.Value].Place;
        _file.Replace(_section, moved);
    }

    private bool IsMoved(in Symbol symbol) => symbol.Section == _section && symbol.Type != SectionSymbol;

    private void MoveRelocations()
    {
        foreach (int table in _file.RelocationTables())
        {
            if (_file.Sections[table].Info != _section) continue;
            Span<Relocation> relocations = _file.RelocationsIn(table);
            relocations.Sort((one, other) => one.Offset.CompareTo(other.Offset));
            int next = 0;
            foreach (Method method in _methods.Values)
                for (; next < relocations.Length && relocations[next].Offset < (ulong)method.End; next++)
                    relocations[next].Offset = relocations[next].Offset - (ulong)method.Start + (ulong)method.Place;
        }
    }

    private static void Require(bool condition, string otherwise)
    {
        if (!condition) throw new UnexpectedShapeException(otherwise);
    }
}
