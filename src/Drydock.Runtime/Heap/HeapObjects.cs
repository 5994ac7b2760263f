using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime.Heap;

/// <summary>Makes and fills objects on behalf of an instance.</summary>
internal static unsafe class HeapObjects
{
    /// <summary>
    /// A structure of the type at an index of the instance's module, all zero; zero if the heap is at its limit.
    /// </summary>
    public static nint NewStructure(Instance instance, int typeIndex)
    {
        uint number = (uint)instance.Module.Signatures[typeIndex];
        byte* info = InfoOf(instance, number);
        nint structure = instance.Store.Heap.AllocateFast(VmContext.UInt32(info, TypeInfoLayout.ObjectSize));
        if (structure != 0) *(uint*)structure = number;
        return structure;
    }

    /// <summary>An array, all zero; zero if the heap is at its limit.</summary>
    public static nint NewArray(Instance instance, int typeIndex, uint length)
    {
        uint number = (uint)instance.Module.Signatures[typeIndex];
        // No larger than what a span can hold.
        if (length > int.MaxValue) return 0;
        long size = HeapLayout.ArrayElements + (long)length * ElementSize(instance, number);
        nint array = instance.Store.Heap.AllocateFast(size);
        if (array == 0) return 0;
        *(uint*)array = number;
        *(uint*)(array + HeapLayout.ArrayLength) = length;
        return array;
    }

    /// <summary>An exception with room for what its tag says, all zero; zero if the heap is at its limit.</summary>
    public static nint NewException(Store store, Tag tag)
    {
        nint exception = store.Heap.AllocateFast(VmContext.UInt32((byte*)tag.Block, TagLayout.ObjectSize));
        if (exception == 0) return 0;
        *(uint*)exception = HeapLayout.ExceptionNumber;
        *(nint*)(exception + HeapLayout.ExceptionTag) = tag.Block;
        return exception;
    }

    /// <summary>The number of elements of an array.</summary>
    public static uint LengthOf(nint array) => *(uint*)(array + HeapLayout.ArrayLength);

    /// <summary>Bytes of an element of an array.</summary>
    public static int ElementSizeOf(Instance instance, nint array) => ElementSize(instance, *(uint*)array);

    /// <summary>Address of an element of an array.</summary>
    public static nint ElementAt(nint array, uint index, int size) =>
        array + HeapLayout.ArrayElements + (nint)index * size;

    /// <summary>Stores a value as a field or element.</summary>
    public static void Store(nint field, FieldType type, Value value)
    {
        UInt128 bits = value.AsVector();
        switch (HeapLayout.SizeOf(type))
        {
            case 1: *(byte*)field = (byte)bits; break;
            case 2: *(ushort*)field = (ushort)bits; break;
            case 4: *(uint*)field = (uint)bits; break;
            case 8: *(ulong*)field = (ulong)bits; break;
            default: *(UInt128*)field = bits; break;
        }
    }

    /// <summary>The value in a field that is not packed.</summary>
    public static Value Load(nint field, ValueType type) => HeapLayout.SizeOf(type) switch
    {
        4 => new Value(*(uint*)field, 0),
        8 => new Value(*(ulong*)field, 0),
        _ => *(Value*)field,
    };

    private static byte* InfoOf(Instance instance, uint number) =>
        TypeInfos.EntryOf(instance.Store.Engine.Signatures.Infos.Address, number);

    private static int ElementSize(Instance instance, uint number) =>
        (int)VmContext.UInt32(InfoOf(instance, number), TypeInfoLayout.ObjectSize);
}
