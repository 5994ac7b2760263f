using System.Text;
using Drydock.Runtime.Native;
using Drydock.Wasm;
using Drydock.Wasm.Binary;

namespace Drydock.Runtime.Snapshots;

/// <summary>
/// Writes the binary of a module again with an instance's state in it. Code and what it refers to by number stay as
/// they are; the sections of memories, globals, exports, elements and data are written anew.
/// </summary>
internal sealed class SnapshotWriter
{
    private const byte MemorySection = 5, GlobalSection = 6, ExportSection = 7, StartSection = 8, ElementSection = 9,
        CodeSection = 10, DataSection = 11, DataCountSection = 12;
    private const int End = 0x0B;

    private readonly Instance _instance;
    private readonly WasmModule _module;
    private readonly nint[][] _tablesBefore;
    private readonly string _export;
    private readonly Dictionary<long, int> _imported = [];
    private readonly List<(int Memory, int Start, int Length)> _data = [];
    private bool _hasDataCount;

    public SnapshotWriter(Instance instance, nint[][] tablesBefore, string export)
    {
        (_instance, _module, _tablesBefore, _export) = (instance, instance.Module.Definition, tablesBefore, export);
        ModuleSnapshot.Check(instance);
        for (int i = 0; i < _module.ImportedFunctionCount; i++) _imported[instance.FunctionReference(i)] = i;
        for (int i = 0; i < instance.Memories.Length; i++)
            foreach (var (start, length) in MemoryRuns.Find(instance.Memories[i].Span)) _data.Add((i, start, length));
    }

    public byte[] Write()
    {
        var output = new BinaryOutput();
        var binary = _module.Bytes.Span;
        output.Raw(binary[..8]);
        var sections = SectionList.Read(binary);
        bool hasElements = false, hasData = false;
        foreach (var section in sections)
        {
            _hasDataCount |= section.Id == DataCountSection;
            hasElements |= section.Id == ElementSection;
        }
        foreach (var section in sections)
        {
            if (!hasElements && section.Id is CodeSection or DataCountSection)
            {
                hasElements = true;
                WriteElements(output, default, 0);
            }
            hasData |= section.Id == DataSection;
            WriteSection(output, section);
        }
        if (!hasData) WriteSection(output, DataSection, WriteData);
        return output.Span.ToArray();
    }

    private void WriteSection(BinaryOutput output, in SectionHeader section)
    {
        switch (section.Id)
        {
            case MemorySection: WriteSection(output, section.Id, WriteMemories); break;
            case GlobalSection: WriteSection(output, section.Id, WriteGlobals); break;
            case ExportSection: WriteSection(output, section.Id, WriteExports); break;
            case StartSection: break;
            case ElementSection: WriteElements(output, section.Content, _module.Elements.Length); break;
            case DataCountSection:
                WriteSection(output, section.Id, content => content.Unsigned((ulong)DataCount)); break;
            case DataSection: WriteSection(output, section.Id, WriteData); break;
            default:
                output.Raw(_module.Bytes.Span[section.Start..(section.Content.Offset + section.Content.Length)]); break;
        }
    }

    private static void WriteSection(BinaryOutput output, byte id, Action<BinaryOutput> write)
    {
        var content = new BinaryOutput();
        write(content);
        output.Section(id, content);
    }

    private void WriteMemories(BinaryOutput content)
    {
        const int HasMaximum = 1, Is64Bit = 4, HasPageSize = 8, UsualPageSize = 16;
        content.Unsigned((ulong)_instance.Memories.Length);
        foreach (Memory memory in _instance.Memories)
        {
            MemoryType type = memory.Type;
            bool isUsual = type.PageSizeLog2 == UsualPageSize;
            content.Byte((type.Limits.Maximum is null
                ? 0
                : HasMaximum) | (type.Limits.Is64Bit ? Is64Bit : 0) | (isUsual ? 0 : HasPageSize));
            content.Unsigned(type.Limits.Minimum);
            if (type.Limits.Maximum is { } maximum) content.Unsigned(maximum);
            if (!isUsual) content.Unsigned((ulong)type.PageSizeLog2);
        }
    }

    /// <summary>The types keep their bytes: each stands directly before the initializer.</summary>
    private void WriteGlobals(BinaryOutput content)
    {
        content.Unsigned((ulong)_module.Globals.Length);
        for (int i = 0; i < _module.Globals.Length; i++)
        {
            var global = _module.Globals[i];
            int start = i == 0 ? FirstGlobal() : EndOf(_module.Globals[i - 1].Initializer);
            content.Raw(_module.Bytes.Span[start..global.Initializer.Offset]);
            if (!global.Type.IsMutable) content.Raw(_module.BytesOf(global.Initializer));
            else WriteValue(content, global.Type.Type, _instance.Globals[i]);
        }
    }

    private int FirstGlobal()
    {
        foreach (var section in SectionList.Read(_module.Bytes.Span))
            if (section.Id == GlobalSection) return section.Content.Offset + LengthOfCount(section.Content);
        return 0;
    }

    /// <summary>Bytes of the number that a section begins with, which may be longer than it has to be.</summary>
    private int LengthOfCount(ByteRange section)
    {
        int length = 1;
        while (_module.Bytes.Span[section.Offset + length - 1] >= 0x80) length++;
        return length;
    }

    private static int EndOf(ByteRange range) => range.Offset + range.Length;

    private void WriteValue(BinaryOutput content, Wasm.ValueType type, Global global)
    {
        Value value = global.Value;
        switch (type.Kind)
        {
            case ValueKind.I32: content.Byte((int)Opcode.I32Const); content.Signed(value.AsInt32()); break;
            case ValueKind.I64: content.Byte((int)Opcode.I64Const); content.Signed(value.AsInt64()); break;
            case ValueKind.F32:
                content.Byte((int)Opcode.F32Const); content.Raw(BitConverter.GetBytes((uint)value.AsInt32())); break;
            case ValueKind.F64:
                content.Byte((int)Opcode.F64Const); content.Raw(BitConverter.GetBytes(value.AsInt64())); break;
            case ValueKind.V128: content.Raw([0xFD, 0x0C]); WriteVector(content, value.AsVector()); break;
            default: WriteReference(content, type, value.Handle); break;
        }
        content.Byte(End);
    }

    private static void WriteVector(BinaryOutput content, UInt128 value)
    {
        content.Raw(BitConverter.GetBytes((ulong)value));
        content.Raw(BitConverter.GetBytes((ulong)(value >> 64)));
    }

    private void WriteReference(BinaryOutput content, Wasm.ValueType type, nint handle)
    {
        const int AbstractFunction = 0x70;
        if (handle == 0 && type.Heap == HeapType.Func)
        {
            content.Byte((int)Opcode.RefNull);
            content.Byte(AbstractFunction);
            return;
        }
        if (handle == 0
            || !_instance.Store.Engine.Signatures.IsFunction(SignatureRegistry.Canonical(type,
            _instance.Module.Signatures).Heap))
            throw new SnapshotException("a global or table holds references other than plain references to functions");
        content.Byte((int)Opcode.RefFunc);
        content.Unsigned((ulong)IndexOf(handle));
    }

    /// <summary>The index of the function that a reference leads to.</summary>
    private unsafe int IndexOf(nint handle)
    {
        if (_imported.TryGetValue(handle, out int imported)) return imported;
        // References to functions are blocks that live as long as the store.
        int index = (int)VmContext.UInt32((byte*)handle, FunctionReferenceExtension.FunctionIndex);
        return index >= _module.ImportedFunctionCount && index < _module.Functions.Length
            && _instance.FunctionReference(index) == handle
            ? index
            : throw new SnapshotException("a table refers to a function of another module");
    }

    private void WriteExports(BinaryOutput content)
    {
        bool resumes = Array.Exists(_module.Exports, export => ModuleSnapshot.IsResume(export.Name));
        var kept = new List<(string Name, Export Export)>();
        foreach (var export in _module.Exports)
        {
            if (export.Name == _export || export.Name == "_initialize" || resumes && export.Name == "_start") continue;
            kept.Add((ModuleSnapshot.IsResume(export.Name) ? "_start" : export.Name, export));
        }
        content.Unsigned((ulong)kept.Count);
        foreach (var (name, export) in kept)
        {
            content.Sized(Encoding.UTF8.GetBytes(name));
            content.Byte((int)export.Kind);
            content.Unsigned((ulong)export.Index);
        }
    }

    /// <summary>
    /// The segments there were, and behind them one for each table that has changed, which has the last word.
    /// </summary>
    private void WriteElements(BinaryOutput output, ByteRange section, int count)
    {
        var changed = new List<int>();
        for (int i = 0; i < _instance.Tables.Length; i++)
            if (HasChanged(i)) changed.Add(i);
        var content = new BinaryOutput();
        content.Unsigned((ulong)(count + changed.Count));
        if (section.Length > 0)
        {
            int skipped = LengthOfCount(section);
            content.Raw(_module.Bytes.Span[(section.Offset + skipped)..EndOf(section)]);
        }
        foreach (int table in changed) WriteTable(content, table);
        if (section.Length > 0 || changed.Count > 0) output.Section(ElementSection, content);
    }

    private bool HasChanged(int table)
    {
        var now = _instance.Tables[table].Span;
        if (now.Length != _tablesBefore[table].Length) throw new SnapshotException("a table has grown");
        return !now.SequenceEqual(_tablesBefore[table]);
    }

    /// <summary>An active segment of expressions (spec: 5.5.12, kind 6).</summary>
    private void WriteTable(BinaryOutput content, int index)
    {
        const int ActiveExpressions = 6, FunctionReference = 0x70;
        Table table = _instance.Tables[index];
        if (table.Type.Element.Heap != HeapType.Func)
            throw new SnapshotException("a table of references other than functions has changed");
        content.Byte(ActiveExpressions);
        content.Unsigned((ulong)index);
        content.Raw([(byte)(table.Type.Limits.Is64Bit ? Opcode.I64Const : Opcode.I32Const), 0, End, FunctionReference]);
        content.Unsigned((ulong)table.Span.Length);
        foreach (nint handle in table.Span)
        {
            WriteReference(content, table.Type.Element, handle);
            content.Byte(End);
        }
    }

    /// <summary>
    /// Only modules that count their segments refer to them by number; in others none of the old ones is needed.
    /// </summary>
    private int KeptSegments => _hasDataCount ? _module.Data.Length : 0;
    private int DataCount => KeptSegments + _data.Count;

    private void WriteData(BinaryOutput content)
    {
        const int Passive = 1, ActiveOfMemory = 2;
        content.Unsigned((ulong)DataCount);
        for (int i = 0; i < KeptSegments; i++)
        {
            content.Byte(Passive);
            content.Sized(_instance.DataOf(i)); // empty once it is dropped, as active ones are
        }
        foreach (var (memory, start, length) in _data)
        {
            content.Byte(memory == 0 ? 0 : ActiveOfMemory);
            if (memory != 0) content.Unsigned((ulong)memory);
            content.Byte((int)(_module.Memories[memory].Limits.Is64Bit ? Opcode.I64Const : Opcode.I32Const));
            content.Signed(start);
            content.Byte(End);
            content.Sized(_instance.Memories[memory].Span.Slice(start, length));
        }
    }
}
