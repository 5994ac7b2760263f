using System.Numerics;

namespace Drydock.Wasm.Text;

/// <summary>
/// What follows the name of an instruction in text, written the way the binary format has it (spec: 5.4).
/// </summary>
internal sealed class ImmediateParser(
    TextCursor cursor, TypeParser types, ModuleScope scope, IndexSpace locals, LabelStack labels)
{
    /// <summary>Whether a data segment was named.</summary>
    public bool UsesData { get; private set; }

    /// <summary>Writes an instruction that opens no block.</summary>
    public void Emit(ModuleEmitter code, NamedInstruction instruction)
    {
        var opcode = instruction.Row.Opcode;
        switch (opcode)
        {
            case Opcode.Select: Select(code); return;
            case Opcode.RefTest: CastTarget(code, Opcode.RefTest, Opcode.RefTestNull); return;
            case Opcode.RefCast: CastTarget(code, Opcode.RefCast, Opcode.RefCastNull); return;
        }

        code.Instruction(opcode);
        Emit(code, instruction.Row.Immediate, instruction.AlignmentLog2);
    }

    private void Emit(ModuleEmitter code, Immediate immediate, int alignmentLog2)
    {
        switch (immediate)
        {
            case Immediate.None: break;
            case Immediate.BranchOnCast: BranchOnCast(code); break;
            case Immediate.BranchTable: BranchTable(code); break;
            case Immediate.CallIndirect: CallIndirect(code); break;
            case Immediate.DataAndMemory: DataAndMemory(code); break;
            case Immediate.DataIndex: code.Unsigned(Data()); break;
            case Immediate.ElementAndTable: ElementAndTable(code); break;
            case Immediate.ElementIndex: code.Unsigned(scope.Elements.Resolve(cursor)); break;
            case Immediate.F32: code.Fixed32((uint)cursor.Float(FloatFormat.Single)); break;
            case Immediate.F64: code.Fixed64(cursor.Float(FloatFormat.Double)); break;
            case Immediate.FunctionIndex: code.Unsigned(scope.Functions.Resolve(cursor)); break;
            case Immediate.GlobalIndex: code.Unsigned(scope.Globals.Resolve(cursor)); break;
            case Immediate.HeapType: code.Heap(types.Heap()); break;
            case Immediate.I32: code.Signed((int)(uint)cursor.Integer(32)); break;
            case Immediate.I64: code.Signed((long)cursor.Integer(64)); break;
            case Immediate.LabelIndex: code.Unsigned(labels.Resolve(cursor)); break;
            case Immediate.Lane: Lane(code); break;
            case Immediate.LocalIndex: code.Unsigned(locals.Resolve(cursor)); break;
            case Immediate.MemoryAndMemory: Pair(code, scope.Memories); break;
            case Immediate.MemoryArgument: MemoryArgument(code, alignmentLog2, hasLane: false); break;
            case Immediate.MemoryArgumentAndLane: MemoryArgument(code, alignmentLog2, hasLane: true); Lane(code); break;
            case Immediate.MemoryIndex: code.Unsigned(Optional(scope.Memories)); break;
            case Immediate.Shuffle: Shuffle(code); break;
            case Immediate.TableAndTable: Pair(code, scope.Tables); break;
            case Immediate.TableIndex: code.Unsigned(Optional(scope.Tables)); break;
            case Immediate.TagIndex: code.Unsigned(Tag()); break;
            case Immediate.TypeAndCount: Type(code); code.Unsigned(cursor.U32()); break;
            case Immediate.TypeAndData: Type(code); code.Unsigned(Data()); break;
            case Immediate.TypeAndElement: Type(code); code.Unsigned(scope.Elements.Resolve(cursor)); break;
            case Immediate.TypeAndField: TypeAndField(code); break;
            case Immediate.TypeAndType: Type(code); Type(code); break;
            case Immediate.TypeIndex: Type(code); break;
            case Immediate.V128: VectorLiteral.Emit(cursor, code); break;
            case Immediate.ZeroByte: code.Byte(0); break;
            default: throw new InvalidOperationException($"no text form for the immediate {immediate}");
        }
    }

    public uint Tag() => scope.Tags.Resolve(cursor);

    private uint Data()
    {
        UsesData = true;
        return scope.Data.Resolve(cursor);
    }

    private void Type(ModuleEmitter code) => code.Unsigned(scope.TypeNames.Resolve(cursor));

    private uint Optional(IndexSpace space) => cursor.AtIndex ? space.Resolve(cursor) : 0;

    private void Lane(ModuleEmitter code) => code.Byte((int)cursor.Unsigned(8));

    private void Pair(ModuleEmitter code, IndexSpace space)
    {
        var hasIndices = cursor.AtIndex;
        code.Unsigned(hasIndices ? space.Resolve(cursor) : 0);
        code.Unsigned(hasIndices ? space.Resolve(cursor) : 0);
    }

    /// <summary>Text names the memory first and may omit it; binary names it last.</summary>
    private void DataAndMemory(ModuleEmitter code)
    {
        var memory = AtSecondIndex() ? scope.Memories.Resolve(cursor) : 0;
        code.Unsigned(Data());
        code.Unsigned(memory);
    }

    private void ElementAndTable(ModuleEmitter code)
    {
        var table = AtSecondIndex() ? scope.Tables.Resolve(cursor) : 0;
        code.Unsigned(scope.Elements.Resolve(cursor));
        code.Unsigned(table);
    }

    /// <summary>Whether an index follows the index here.</summary>
    private bool AtSecondIndex() =>
        cursor.AtIndex && cursor.Tokens[cursor.Position + 1].Kind is TokenKind.Number or TokenKind.Identifier;

    private void BranchTable(ModuleEmitter code)
    {
        var targets = new List<uint> { labels.Resolve(cursor) };
        while (cursor.AtIndex) targets.Add(labels.Resolve(cursor));
        code.Unsigned((ulong)targets.Count - 1);
        foreach (var target in targets) code.Unsigned(target);
    }

    private void CallIndirect(ModuleEmitter code)
    {
        var table = Optional(scope.Tables);
        code.Unsigned(types.Use(null));
        code.Unsigned(table);
    }

    private void Select(ModuleEmitter code)
    {
        var results = new List<ValueType>();
        var isTyped = cursor.AtForm("result"u8);
        while (cursor.TryForm("result"u8)) types.ValueList(results);
        code.Instruction(isTyped ? Opcode.SelectT : Opcode.Select);
        if (isTyped) code.Types([.. results]);
    }

    private void CastTarget(ModuleEmitter code, Opcode opcode, Opcode nullable)
    {
        var type = types.Reference();
        code.Instruction(type.IsNullable ? nullable : opcode);
        code.Heap(type.Heap);
    }

    private void BranchOnCast(ModuleEmitter code)
    {
        var label = labels.Resolve(cursor);
        var source = types.Reference();
        var target = types.Reference();
        code.Byte((source.IsNullable ? 1 : 0) | (target.IsNullable ? 2 : 0));
        code.Unsigned(label);
        code.Heap(source.Heap);
        code.Heap(target.Heap);
    }

    private void TypeAndField(ModuleEmitter code)
    {
        var type = scope.TypeNames.Resolve(cursor);
        code.Unsigned(type);
        if (cursor.Kind != TokenKind.Identifier) code.Unsigned(cursor.U32());
        else
            code.Unsigned((scope.Types[type].Fields
                ?? throw cursor.Error($"unknown field of type {type}")).Resolve(cursor));
    }

    /// <summary>The catch clauses of <c>try_table</c>; their labels are counted from outside of it.</summary>
    public void Catches(ModuleEmitter code)
    {
        var count = 0UL;
        var clauses = new ModuleEmitter();
        for (; TryCatch(clauses); count++) { }
        code.Unsigned(count);
        code.Bytes(clauses.Written);
    }

    private bool TryCatch(ModuleEmitter clauses)
    {
        if (cursor.TryForm("catch"u8)) Catch(clauses, 0, hasTag: true);
        else if (cursor.TryForm("catch_ref"u8)) Catch(clauses, 1, hasTag: true);
        else if (cursor.TryForm("catch_all"u8)) Catch(clauses, 2, hasTag: false);
        else if (cursor.TryForm("catch_all_ref"u8)) Catch(clauses, 3, hasTag: false);
        else return false;
        return true;
    }

    private void Catch(ModuleEmitter clauses, int kind, bool hasTag)
    {
        clauses.Byte(kind);
        if (hasTag) clauses.Unsigned(Tag());
        clauses.Unsigned(labels.Resolve(cursor));
        cursor.Close();
    }

    private void MemoryArgument(ModuleEmitter code, int naturalLog2, bool hasLane)
    {
        var memory = AtMemory(hasLane) ? scope.Memories.Resolve(cursor) : 0;
        var offset = Assignment("offset="u8) ?? 0;
        var alignmentLog2 = naturalLog2;
        if (Assignment("align="u8) is { } alignment)
        {
            if (!BitOperations.IsPow2(alignment)) throw cursor.ErrorBefore("alignment must be a power of two");
            alignmentLog2 = BitOperations.Log2(alignment);
        }

        code.Unsigned((uint)alignmentLog2 | (memory == 0 ? 0U : 0x40));
        if (memory != 0) code.Unsigned(memory);
        code.Unsigned(offset);
    }

    /// <summary>Whether a memory index is here. A lone number before a lane is the lane itself.</summary>
    private bool AtMemory(bool hasLane)
    {
        if (!hasLane || cursor.Kind != TokenKind.Number) return cursor.AtIndex;
        return cursor.Tokens[cursor.Position + 1].Kind is TokenKind.Number or TokenKind.Keyword
            && (cursor.Tokens[cursor.Position + 1].Kind == TokenKind.Number || NextIsAssignment());
    }

    private bool NextIsAssignment()
    {
        var next = cursor.Tokens.TextOf(cursor.Tokens[cursor.Position + 1]);
        return next.StartsWith("offset="u8) || next.StartsWith("align="u8);
    }

    private ulong? Assignment(ReadOnlySpan<byte> name)
    {
        if (cursor.Kind != TokenKind.Keyword || !cursor.Text.StartsWith(name)) return null;
        var status = TextNumber.TryParseUnsigned(cursor.Text[name.Length..], out var value);
        if (status == NumberStatus.Malformed) throw cursor.Unexpected("unknown operator");
        if (status == NumberStatus.OutOfRange) throw cursor.Error("i64 constant out of range");
        cursor.Position++;
        return value;
    }

    private void Shuffle(ModuleEmitter code)
    {
        for (var i = 0; i < 16; i++)
        {
            if (cursor.Kind != TokenKind.Number) throw cursor.Error("invalid lane length");
            Lane(code);
        }

        if (cursor.Kind == TokenKind.Number) throw cursor.Error("invalid lane length");
    }
}
