using System.Text;
using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Text;

/// <summary>One instruction with its immediates as text (spec: 6.5), and the labels around it.</summary>
internal sealed class InstructionPrinter(ModuleIdentifiers identifiers, TypePrinter types)
{
    private readonly List<string?> _labels = [];
    private readonly HashSet<string> _taken = new(StringComparer.Ordinal);
    private readonly StringBuilder _text = new();
    private Func<int, string?> _labelName = _ => null;
    private Identifiers _locals = Identifiers.None;
    private int _blocks;

    /// <summary>Starts a function, or with nothing given a constant expression.</summary>
    public void Begin(Identifiers? locals = null, Func<int, string?>? labelName = null)
    {
        _locals = locals ?? Identifiers.None;
        _labelName = labelName ?? (_ => null);
        _labels.Clear();
        _taken.Clear();
        _blocks = 0;
    }

    /// <summary>How many blocks are open.</summary>
    public int Depth => _labels.Count;

    /// <summary>Leaves the innermost block.</summary>
    public void Leave() => _labels.RemoveAt(_labels.Count - 1);

    /// <summary>The text of the instruction whose opcode was just read; enters the block that it opens.</summary>
    public string Print(NamedInstruction instruction, ref InstructionReader reader)
    {
        _text.Clear().Append(NameOf(instruction.Row));
        var row = instruction.Row;
        if (row.Opcode is Opcode.RefTest or Opcode.RefCast)
            Append(types.Value(ValueType.Reference(reader.ReadHeapType(), false)));
        else if (row.Opcode is Opcode.RefTestNull or Opcode.RefCastNull)
            Append(types.Value(ValueType.Reference(reader.ReadHeapType(), true)));
        else Immediate(row.Immediate, instruction.AlignmentLog2, ref reader);
        return _text.ToString();
    }

    private static string NameOf(OpcodeInfo row) => row.Opcode switch
    {
        Opcode.SelectT => "select",
        Opcode.RefTestNull => "ref.test",
        Opcode.RefCastNull => "ref.cast",
        _ => row.Name,
    };

    private void Append(string text) => _text.Append(' ').Append(text);

    private void Immediate(Immediate immediate, int naturalLog2, ref InstructionReader reader)
    {
        switch (immediate)
        {
            case Wasm.Immediate.None: break;
            case Wasm.Immediate.BlockType: Enter(types.Block(reader.ReadBlockType())); break;
            case Wasm.Immediate.TryTable: TryTable(ref reader); break;
            case Wasm.Immediate.BranchOnCast: BranchOnCast(ref reader); break;
            case Wasm.Immediate.BranchTable:
                for (var count = reader.ReadU32() + 1; count > 0; count--) Label(ref reader); break;
            case Wasm.Immediate.CallIndirect: CallIndirect(ref reader); break;
            case Wasm.Immediate.DataAndMemory: SegmentFirst(identifiers.Data, identifiers.Memories, ref reader); break;
            case Wasm.Immediate.ElementAndTable:
                SegmentFirst(identifiers.Elements, identifiers.Tables, ref reader); break;
            case Wasm.Immediate.DataIndex: Index(identifiers.Data, ref reader); break;
            case Wasm.Immediate.ElementIndex: Index(identifiers.Elements, ref reader); break;
            case Wasm.Immediate.F32: Append(NumberText.Single(reader.ReadF32Bits())); break;
            case Wasm.Immediate.F64: Append(NumberText.Double(reader.ReadF64Bits())); break;
            case Wasm.Immediate.FunctionIndex: Index(identifiers.Functions, ref reader); break;
            case Wasm.Immediate.GlobalIndex: Index(identifiers.Globals, ref reader); break;
            case Wasm.Immediate.HeapType: Append(types.Heap(reader.ReadHeapType())); break;
            case Wasm.Immediate.I32: _text.Append(' ').Append(reader.ReadS32()); break;
            case Wasm.Immediate.I64: _text.Append(' ').Append(reader.ReadS64()); break;
            case Wasm.Immediate.LabelIndex: Label(ref reader); break;
            case Wasm.Immediate.Lane: _text.Append(' ').Append(reader.ReadByte()); break;
            case Wasm.Immediate.LocalIndex: Index(_locals, ref reader); break;
            case Wasm.Immediate.MemoryAndMemory: Pair(identifiers.Memories, ref reader); break;
            case Wasm.Immediate.TableAndTable: Pair(identifiers.Tables, ref reader); break;
            case Wasm.Immediate.MemoryArgument: MemoryArgument(naturalLog2, ref reader); break;
            case Wasm.Immediate.MemoryArgumentAndLane:
                MemoryArgument(naturalLog2, ref reader);
                _text.Append(' ').Append(reader.ReadByte());
                break;
            case Wasm.Immediate.MemoryIndex: UnlessZero(identifiers.Memories, reader.ReadIndex()); break;
            case Wasm.Immediate.SelectTypes:
                for (var count = reader.ReadU32(); count > 0; count--)
                    Append($"(result {types.Value(reader.ReadValueType())})"); break;
            case Wasm.Immediate.Shuffle: foreach (var lane in reader.ReadV128()) _text.Append(' ').Append(lane); break;
            case Wasm.Immediate.TableIndex: UnlessZero(identifiers.Tables, reader.ReadIndex()); break;
            case Wasm.Immediate.TagIndex: Index(identifiers.Tags, ref reader); break;
            case Wasm.Immediate.TypeAndCount:
                Index(identifiers.Types, ref reader); _text.Append(' ').Append(reader.ReadU32()); break;
            case Wasm.Immediate.TypeAndData:
                Index(identifiers.Types, ref reader); Index(identifiers.Data, ref reader); break;
            case Wasm.Immediate.TypeAndElement:
                Index(identifiers.Types, ref reader); Index(identifiers.Elements, ref reader); break;
            case Wasm.Immediate.TypeAndField: TypeAndField(ref reader); break;
            case Wasm.Immediate.TypeAndType:
                Index(identifiers.Types, ref reader); Index(identifiers.Types, ref reader); break;
            case Wasm.Immediate.TypeIndex: Index(identifiers.Types, ref reader); break;
            case Wasm.Immediate.V128: Append(NumberText.Vector(reader.ReadV128())); break;
            case Wasm.Immediate.ZeroByte: reader.ReadByte(); break;
            default: throw new InvalidOperationException($"no text form for the immediate {immediate}");
        }
    }

    private void Index(Identifiers space, ref InstructionReader reader) => Append(space.Reference(reader.ReadIndex()));

    private void UnlessZero(Identifiers space, int index)
    {
        if (index != 0) Append(space.Reference(index));
    }

    private void Pair(Identifiers space, ref InstructionReader reader)
    {
        var (first, second) = (reader.ReadIndex(), reader.ReadIndex());
        if (first == 0 && second == 0) return;
        Append(space.Reference(first));
        Append(space.Reference(second));
    }

    /// <summary>The binary names the segment first, the text last.</summary>
    private void SegmentFirst(Identifiers segments, Identifiers space, ref InstructionReader reader)
    {
        var segment = reader.ReadIndex();
        UnlessZero(space, reader.ReadIndex());
        Append(segments.Reference(segment));
    }

    private void CallIndirect(ref InstructionReader reader)
    {
        var type = reader.ReadIndex();
        UnlessZero(identifiers.Tables, reader.ReadIndex());
        Append(types.Use(type));
    }

    private void TypeAndField(ref InstructionReader reader)
    {
        var type = reader.ReadIndex();
        Append(identifiers.Types.Reference(type));
        Append(identifiers.Fields(type).Reference(reader.ReadIndex()));
    }

    private void MemoryArgument(int naturalLog2, ref InstructionReader reader)
    {
        reader.ReadMemoryArgument(out var alignLog2, out var memory, out var offset);
        UnlessZero(identifiers.Memories, memory);
        if (offset != 0) Append($"offset={offset}");
        if (alignLog2 != naturalLog2) Append($"align={1UL << (int)alignLog2}");
    }

    private void BranchOnCast(ref InstructionReader reader)
    {
        var flags = reader.ReadByte();
        Label(ref reader);
        Append(types.Value(ValueType.Reference(reader.ReadHeapType(), (flags & 1) != 0)));
        Append(types.Value(ValueType.Reference(reader.ReadHeapType(), (flags & 2) != 0)));
    }

    private void TryTable(ref InstructionReader reader)
    {
        var block = types.Block(reader.ReadBlockType());
        var outside = _text.ToString();
        _text.Clear();
        // The labels of the clauses do not count the block itself.
        for (var count = reader.ReadU32(); count > 0; count--) Catch(ref reader);
        var clauses = _text.ToString();
        _text.Clear().Append(outside);
        Enter(block);
        _text.Append(clauses);
    }

    private void Catch(ref InstructionReader reader)
    {
        var kind = reader.ReadByte();
        _text.Append(kind switch { 0 => " (catch", 1 => " (catch_ref", 2 => " (catch_all", _ => " (catch_all_ref" });
        if (kind < 2) Index(identifiers.Tags, ref reader);
        Label(ref reader);
        _text.Append(')');
    }

    /// <summary>Enters a block, named as the name section says, else numbered in a comment.</summary>
    private void Enter(string block)
    {
        var name = _labelName(_blocks++);
        if (string.IsNullOrEmpty(name)) name = null;
        while (name is not null && !_taken.Add(name)) name = $"{name}#{_blocks}";
        var label = name is null ? null : TextEscapes.Identifier(name);
        _labels.Add(label);
        Append(label ?? $"(;@{_labels.Count};)");
        _text.Append(block);
    }

    private void Label(ref InstructionReader reader)
    {
        var depth = reader.ReadU32();
        var index = _labels.Count - 1 - (long)depth;
        if (index < 0) _text.Append(' ').Append(depth);
        else if (_labels[(int)index] is { } name) Append(name);
        else _text.Append(' ').Append(depth).Append(" (;@").Append(index + 1).Append(";)");
    }
}
