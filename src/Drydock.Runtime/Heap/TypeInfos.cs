using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime.Heap;

/// <summary>
/// The native side of an engine's types: an entry for each number, as <see cref="TypeInfoLayout"/> says, which compiled
/// code reads to cast and the collector to find references. Entries are written before their number is given out.
/// </summary>
internal sealed unsafe class TypeInfos : IDisposable
{
    /// <summary>
    /// Most types of an engine; address space for them is reserved at once, so that entries never move.
    /// </summary>
    private const int Capacity = 1 << 22;
    private const uint Absent = uint.MaxValue;

    private readonly List<nint> _blocks = [];
    private byte* _entries;
    private int _count;

    public TypeInfos()
    {
        const int Flags = Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve;
        nint address = Libc.Map(0, Size, Libc.ProtRead | Libc.ProtWrite, Flags, -1, 0);
        if (address == Libc.MapFailed) throw Libc.Failed($"cannot reserve {Size >> 20} MiB of address space for types");
        _entries = (byte*)address;
    }

    private static nuint Size => (nuint)Capacity << TypeInfoLayout.SizeLog2;

    /// <summary>Address of the entry of number zero.</summary>
    public nint Address => (nint)_entries;

    /// <summary>The entry of a number.</summary>
    public static byte* EntryOf(nint infos, uint number) => (byte*)infos + ((nint)number << TypeInfoLayout.SizeLog2);

    /// <summary>Writes the entry of the next number for what is no type of a module.</summary>
    public void Add(ObjectKind kind) => _ = Next(kind);

    /// <summary>Writes the entry of the next number.</summary>
    /// <param name="type">What it describes.</param>
    /// <param name="superNumber">Number of the declared supertype, or negative.</param>
    /// <param name="types">The module's types, which <paramref name="type"/> refers to.</param>
    public void Add(CompositeType type, int superNumber, SubType[] types)
    {
        uint number = (uint)_count;
        byte* entry = Next(KindOf(type));
        WriteDisplay(entry, number, superNumber);
        if (type is StructType structure) WriteStructure(entry, structure, types);
        else if (type is ArrayType array) WriteArray(entry, array, types);
    }

    public void Dispose()
    {
        if (_entries == null) return;
        foreach (nint block in _blocks) NativeMemory.Free((void*)block);
        _ = Libc.Unmap((nint)_entries, Size);
        _entries = null;
    }

    private static ObjectKind KindOf(CompositeType type) => type switch
    {
        FunctionType => ObjectKind.Function,
        StructType => ObjectKind.Structure,
        _ => ObjectKind.Array,
    };

    private byte* Next(ObjectKind kind)
    {
        if (_count == Capacity) throw new LinkException($"cannot add a type: an engine is limited to {Capacity} types");
        byte* entry = EntryOf(Address, (uint)_count++);
        VmContext.UInt32(entry, TypeInfoLayout.Kind) = (uint)kind;
        new Span<uint>(entry + TypeInfoLayout.Display, TypeInfoLayout.DisplayLength).Fill(Absent);
        return entry;
    }

    private void WriteDisplay(byte* entry, uint number, int superNumber)
    {
        uint depth = 0;
        byte* super = null;
        if (superNumber >= 0)
        {
            super = EntryOf(Address, (uint)superNumber);
            depth = VmContext.UInt32(super, TypeInfoLayout.Depth) + 1;
        }
        VmContext.UInt32(entry, TypeInfoLayout.Depth) = depth;
        uint* display = (uint*)(entry + TypeInfoLayout.Display);
        // A short row of ancestors needs no memory beyond the entry.
        if (depth >= TypeInfoLayout.DisplayLength) display = (uint*)Allocate((depth + 1) * sizeof(uint));
        VmContext.Word(entry, TypeInfoLayout.FullDisplay) = (nint)display;
        if (super != null)
            Buffer.MemoryCopy((void*)VmContext.Word(super, TypeInfoLayout.FullDisplay), display, depth * 4, depth * 4);
        display[depth] = number;
        int shown = (int)Math.Min(depth + 1, TypeInfoLayout.DisplayLength);
        new ReadOnlySpan<uint>(display, shown).CopyTo(new Span<uint>(entry + TypeInfoLayout.Display, shown));
    }

    private void WriteStructure(byte* entry, StructType type, SubType[] types)
    {
        var layout = new StructLayout(type);
        var offsets = new List<int>();
        for (int i = 0; i < type.Fields.Length; i++)
            if (ModuleObjects.IsHeapReference(type.Fields[i].Type, types)) offsets.Add(layout.Offset(i));
        VmContext.UInt32(entry, TypeInfoLayout.ObjectSize) = (uint)layout.Size;
        VmContext.UInt32(entry, TypeInfoLayout.ReferenceCount) = (uint)offsets.Count;
        VmContext.Word(entry, TypeInfoLayout.References) = CopyOffsets(offsets);
    }

    private static void WriteArray(byte* entry, ArrayType type, SubType[] types)
    {
        VmContext.UInt32(entry, TypeInfoLayout.ObjectSize) = (uint)HeapLayout.SizeOf(type.Element);
        VmContext.UInt32(entry, TypeInfoLayout.ReferenceCount) =
            ModuleObjects.IsHeapReference(type.Element.Type, types) ? 1u : 0;
    }

    private nint CopyOffsets(List<int> offsets)
    {
        if (offsets.Count == 0) return 0;
        var copy = (int*)Allocate((uint)offsets.Count * sizeof(int));
        for (int i = 0; i < offsets.Count; i++) copy[i] = offsets[i];
        return (nint)copy;
    }

    private void* Allocate(uint size)
    {
        void* block = NativeMemory.Alloc(size);
        _blocks.Add((nint)block);
        return block;
    }
}
