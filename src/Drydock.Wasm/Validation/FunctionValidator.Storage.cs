using System.Runtime.CompilerServices;
using Drydock.Wasm.Binary;

namespace Drydock.Wasm.Validation;

/// <summary>Locals, globals, tables, memories and <c>select</c> (spec: 3.3.3 to 3.3.7).</summary>
internal ref partial struct FunctionValidator
{
    private LocalRun[] ReadLocals(FunctionType type)
    {
        _stacks.LocalRuns.Clear();
        foreach (var parameter in type.Parameters) AddLocals(1, parameter);
        var parameterCount = _localCount;
        var declared = _stacks.Declared;
        declared.Clear();
        for (var runs = _reader.ReadCount(int.MaxValue, "locals"); runs > 0; runs--)
            declared.Add(ReadLocalRun(parameterCount));
        if (_tracksInitialization) StartInitialized(parameterCount);
        ForgetPlainLocals();
        return declared.Count == 0 ? [] : _stacks.TakeDeclared();
    }

    private LocalRun ReadLocalRun(int parameterCount)
    {
        var at = _reader.Position;
        var count = _reader.ReadU32();
        _reader.CheckLimit((long)count + _localCount - parameterCount, ImplementationLimits.Locals, "locals", at);
        var type = TypeReader.ReadValueType(ref _reader, _types.Count, _features);
        if (!type.IsDefaultable) _tracksInitialization = true;
        AddLocals((int)count, type);
        return new LocalRun((int)count, type);
    }

    private void AddLocals(int count, ValueType type)
    {
        var end = _localCount + count;
        if (_localCount < ValidatorStacks.ExpandedLocals)
            _stacks.Locals.AsSpan(_localCount, Math.Min(end, ValidatorStacks.ExpandedLocals) - _localCount).Fill(type);
        if (_localCount < PlainTables.LocalLimit)
            _stacks.Plain.Locals[_localCount..Math.Min(end, PlainTables.LocalLimit)].Fill(
                type.IsNumberOrVector ? (byte)type.Kind : PlainTables.NoLocal);
        if (end > ValidatorStacks.ExpandedLocals) _stacks.LocalRuns.Add((end, type));
        _localCount = end;
    }

    private readonly void ForgetPlainLocals()
    {
        var plain = _stacks.Plain;
        var count = Math.Min(_localCount, PlainTables.LocalLimit);
        if (count < plain.LocalCount) plain.Locals[count..plain.LocalCount].Fill(PlainTables.NoLocal);
        plain.LocalCount = count;
    }

    private void StartInitialized(int parameterCount)
    {
        _stacks.Initialized.Clear();
        _stacks.IsInitialized.Clear();
        for (var i = 0; i < parameterCount; i++) _stacks.IsInitialized.Add(i);
    }

    private void ForgetInitialized(int count)
    {
        var initialized = _stacks.Initialized;
        for (var i = initialized.Count - 1; i >= count; i--) _stacks.IsInitialized.Remove(initialized[i]);
        initialized.RemoveRange(count, initialized.Count - count);
    }

    private readonly ValueType LocalType(int index) =>
        (uint)index < ValidatorStacks.ExpandedLocals ? _stacks.Locals[index] : FindLocalType(index);

    private readonly ValueType FindLocalType(int index)
    {
        var runs = _stacks.LocalRuns;
        var (low, high) = (0, runs.Count - 1);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (index < runs[middle].End) high = middle;
            else low = middle + 1;
        }
        return runs[low].Type;
    }

    private void ValidateLocal(Opcode opcode)
    {
        var index = _reader.ReadIndex();
        if (index >= _localCount) FailInvalid($"unknown local {index}");
        var type = LocalType(index);
        if (opcode == Opcode.LocalGet)
        {
            if (_tracksInitialization) CheckInitialized(index, type);
            Push(type);
            return;
        }
        Pop(type);
        if (_tracksInitialization) MarkInitialized(index, type);
        if (opcode == Opcode.LocalTee) Push(type);
    }

    private readonly void CheckInitialized(int index, ValueType type)
    {
        if (!type.IsDefaultable && !_stacks.IsInitialized.Contains(index)) FailInvalid($"uninitialized local {index}");
    }

    private readonly void MarkInitialized(int index, ValueType type)
    {
        if (!type.IsDefaultable && _stacks.IsInitialized.Add(index)) _stacks.Initialized.Add(index);
    }

    private GlobalType ReadGlobal()
    {
        var index = _reader.ReadIndex();
        if (index >= _module.Globals.Count) FailInvalid($"unknown global {index}");
        if (_isConstant && index >= _module.ImportedGlobals && !_module.Has(WasmFeatures.Gc))
            FailInvalid($"unknown global {index}");
        return _module.Globals[index].Type;
    }

    private void ValidateGlobalGet()
    {
        var global = ReadGlobal();
        if (_isConstant && global.IsMutable) FailInvalid("constant expression required, found a mutable global");
        // It may be what a table starts with.
        if (_isConstant) NoteSharing(global.Type);
        Push(global.Type);
    }

    private void ValidateGlobalSet()
    {
        var global = ReadGlobal();
        if (!global.IsMutable) FailInvalid("immutable global");
        Pop(global.Type);
    }

    private void ValidateSelect()
    {
        Pop(ValueType.I32);
        var second = PopAny();
        var first = PopAny();
        if (first.IsReference || second.IsReference) FailInvalid("type mismatch: select of references needs a type");
        if (first != second && first != ValueType.Bottom && second != ValueType.Bottom) FailMismatch(first, second);
        Push(first == ValueType.Bottom ? second : first);
    }

    private void ValidateTypedSelect()
    {
        var count = _reader.ReadCount(int.MaxValue, "types");
        if (count != 1) FailInvalid("invalid result arity");
        var type = TypeReader.ReadValueType(ref _reader, _types.Count, _features);
        Pop(ValueType.I32);
        Pop(type);
        Pop(type);
        Push(type);
    }

    // ---- memories

    private static ValueType AddressType(Limits limits) => limits.Is64Bit ? ValueType.I64 : ValueType.I32;

    private ValueType ReadMemoryAddressType()
    {
        if (!_module.Has(WasmFeatures.MultiMemory)) return ReadOnlyMemoryAddressType();
        return MemoryAddressType(_reader.ReadIndex());
    }

    private ValueType ReadOnlyMemoryAddressType()
    {
        ReadZeroByte();
        return MemoryAddressType(0);
    }

    private readonly ValueType MemoryAddressType(int memory)
    {
        if (memory >= _module.Memories.Count) FailInvalid($"unknown memory {memory}");
        return AddressType(_module.Memories[memory].Limits);
    }

    private const uint MemoryIndexFlag = 0x40;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private ValueType ReadAccess(in InstructionShape shape)
    {
        var flags = _reader.ReadU32();
        var memory = 0;
        if (flags > 0x1F) memory = ReadAccessMemory(ref flags);
        var address = MemoryAddressType(memory);
        if (flags > shape.AccessLog2) FailInvalid("alignment must not be larger than natural");
        var offset = _module.Has(WasmFeatures.Memory64) ? _reader.ReadU64() : _reader.ReadU32();
        if (offset > uint.MaxValue && address == ValueType.I32) FailInvalid($"offset out of range: {offset}");
        if (shape.Feature == WasmFeatures.Threads && flags != shape.AccessLog2)
            FailInvalid("atomic alignment must be natural");
        return address;
    }

    private int ReadAccessMemory(ref uint flags)
    {
        var hasMultiMemory = _module.Has(WasmFeatures.MultiMemory);
        if (flags >= (hasMultiMemory ? 2 * MemoryIndexFlag : 0x20u))
            _reader.FailMalformed("malformed memop flags", _at);
        if ((flags & MemoryIndexFlag) == 0) return 0;
        flags &= ~MemoryIndexFlag;
        return _reader.ReadIndex();
    }

    private void ValidateAccess(in InstructionShape shape)
    {
        var address = ReadAccess(in shape);
        if (shape.LaneCount != 0) CheckLane(shape.LaneCount);
        PopOperands(shape.Signature);
        Pop(address);
        PushResults(shape.Signature);
    }

    private void ValidateMemoryGrow()
    {
        var address = ReadMemoryAddressType();
        Pop(address);
        Push(address);
    }

    // ---- tables

    private TableType ReadTable()
    {
        var index = _reader.ReadIndex();
        if (index >= _module.Tables.Count) FailInvalid($"unknown table {index}");
        return _module.Tables[index].Type;
    }

    /// <summary>Reads a table of which single elements are read or written.</summary>
    private TableType ReadAccessedTable()
    {
        var table = ReadTable();
        NoteSharing(table.Element);
        return table;
    }

    /// <summary>Notes that references are taken or put somewhere, if they are to functions.</summary>
    private void NoteSharing(ValueType type)
    {
        if (!_module.SharesFunctions && _module.IsFunction(type)) _module.SharesFunctions = true;
    }

    private void ValidateTableGet()
    {
        var table = ReadAccessedTable();
        Pop(AddressType(table.Limits));
        Push(table.Element);
    }

    private void ValidateTableSet()
    {
        var table = ReadAccessedTable();
        Pop(table.Element);
        Pop(AddressType(table.Limits));
    }

    /// <summary>The instructions of prefix 0xFC that move many bytes or elements.</summary>
    private void ValidateBulk(Opcode opcode)
    {
        switch (opcode)
        {
            case Opcode.MemoryInit: ValidateMemoryInit(); break;
            case Opcode.DataDrop: ReadDataIndex(); break;
            case Opcode.MemoryCopy: ValidateMemoryCopy(); break;
            case Opcode.MemoryFill: ValidateMemoryFill(); break;
            case Opcode.TableInit: ValidateTableInit(); break;
            case Opcode.ElemDrop: ReadElementIndex(); break;
            case Opcode.TableCopy: ValidateTableCopy(); break;
            case Opcode.TableGrow: ValidateTableGrow(); break;
            case Opcode.TableSize: Push(AddressType(ReadTable().Limits)); break;
            case Opcode.TableFill: ValidateTableFill(); break;
            default: FailUnknown(0xFC, (uint)opcode & 0xFFFF); break;
        }
    }

    private void ReadDataIndex() => CheckDataIndex(_reader.ReadIndex());

    private readonly void CheckDataIndex(int index)
    {
        if (_module.DataCount < 0 && _module.Data.Length > 0) _reader.FailMalformed("data count section required", _at);
        if (index >= _module.DataCount) FailInvalid($"unknown data segment {index}");
    }

    private ElementSegment ReadElementIndex()
    {
        var index = _reader.ReadIndex();
        if (index >= _module.Elements.Length) FailInvalid($"unknown elem segment {index}");
        return _module.Elements[index];
    }

    private void ValidateMemoryInit()
    {
        var data = _reader.ReadIndex();
        var address = ReadMemoryAddressType();
        CheckDataIndex(data);
        Pop(ValueType.I32);
        Pop(ValueType.I32);
        Pop(address);
    }

    private void ValidateMemoryCopy()
    {
        var target = ReadMemoryAddressType();
        var source = ReadMemoryAddressType();
        Pop(Narrower(target, source));
        Pop(source);
        Pop(target);
    }

    private static ValueType Narrower(ValueType a, ValueType b) => a == ValueType.I64 ? b : a;

    private void ValidateMemoryFill()
    {
        var address = ReadMemoryAddressType();
        Pop(address);
        Pop(ValueType.I32);
        Pop(address);
    }

    private void ValidateTableInit()
    {
        var elementIndexAt = _reader.Position;
        var element = _reader.ReadIndex();
        var table = ReadTable();
        if (element >= _module.Elements.Length) _reader.FailInvalid($"unknown elem segment {element}", elementIndexAt);
        var type = _module.Elements[element].Type;
        if (!_types.Matches(type, table.Element)) FailMismatch(table.Element, type);
        Pop(ValueType.I32);
        Pop(ValueType.I32);
        Pop(AddressType(table.Limits));
    }

    private void ValidateTableCopy()
    {
        var target = ReadTable();
        var source = ReadTable();
        if (!_types.Matches(source.Element, target.Element)) FailMismatch(target.Element, source.Element);
        Pop(Narrower(AddressType(target.Limits), AddressType(source.Limits)));
        Pop(AddressType(source.Limits));
        Pop(AddressType(target.Limits));
    }

    private void ValidateTableGrow()
    {
        var table = ReadAccessedTable();
        Pop(AddressType(table.Limits));
        Pop(table.Element);
        Push(AddressType(table.Limits));
    }

    private void ValidateTableFill()
    {
        var table = ReadAccessedTable();
        Pop(AddressType(table.Limits));
        Pop(table.Element);
        Pop(AddressType(table.Limits));
    }
}
