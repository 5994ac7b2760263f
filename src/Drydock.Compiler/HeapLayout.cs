using Drydock.Wasm;
using ValueType = Drydock.Wasm.ValueType;

namespace Drydock.Compiler;

/// <summary>
/// How references and the objects of a store's heap look. A reference of the any, extern and exn hierarchies is eight
/// bytes: zero is null, a set low bit makes it an i31 (the value times two, plus one, zero-extended), and anything else
/// is the address of an object. An object begins with four bytes, the engine-wide number of its type; a structure's
/// fields follow as <see cref="StructLayout"/> says, an array's length is at <see cref="ArrayLength"/>.
/// </summary>
public static class HeapLayout
{
    /// <summary>Offset of the engine-wide number of the type (u32); zero where no object is.</summary>
    public const int TypeNumber = 0;
    /// <summary>Offset of an array's length (u32).</summary>
    public const int ArrayLength = 4;
    /// <summary>Offset of an array's first element.</summary>
    public const int ArrayElements = 8;
    /// <summary>Offset in an exception of the address of its tag's <see cref="TagLayout"/> block.</summary>
    public const int ExceptionTag = 8;
    /// <summary>Offset of what an exception carries.</summary>
    public const int ExceptionFields = 16;

    /// <summary>The type number of objects that stand for the host's.</summary>
    public const int HostNumber = 1;
    /// <summary>The type number of exceptions.</summary>
    public const int ExceptionNumber = 2;
    /// <summary>The first type number that a module's type can have.</summary>
    public const int FirstNumber = 3;

    /// <summary>A reference to null, or to anything below this address, faults: nothing is ever mapped there.</summary>
    public const int NullGuardSize = 4096;

    /// <summary>Cells are multiples of this size and aligned to it.</summary>
    public const int Granule = 16;
    /// <summary>Size of the largest cell; larger objects have blocks of their own.</summary>
    public const int LargestCell = 32768;

    private static readonly int[] Cells =
    [
        16, 32, 48, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 448, 512, 640, 768, 1024, 1280, 1536, 2048,
        2720, 4096, 8192, 10912, 16384, 21840, LargestCell,
    ];

    private static readonly byte[] Classes = MakeClasses();

    /// <summary>Number of size classes.</summary>
    public static int ClassCount => Cells.Length;

    /// <summary>Size of the cells of a class.</summary>
    public static int CellSize(int sizeClass) => Cells[sizeClass];

    /// <summary>The class of objects of <paramref name="size"/> bytes, at most <see cref="LargestCell"/>.</summary>
    public static int ClassOf(int size) => Classes[(size + Granule - 1) / Granule];

    /// <summary>Bytes a field or element takes up: 1, 2, 4, 8 or 16.</summary>
    public static int SizeOf(FieldType field) => field.PackedSize != 0 ? field.PackedSize : SizeOf(field.Type);

    /// <summary>Bytes a value takes up in an object: 4, 8 or 16.</summary>
    public static int SizeOf(ValueType type) => type.Kind switch
    {
        ValueKind.I32 or ValueKind.F32 => 4,
        ValueKind.V128 => 16,
        _ => 8,
    };

    private static byte[] MakeClasses()
    {
        var classes = new byte[LargestCell / Granule + 1];
        for (int i = 1, next = 0; i < classes.Length; i++)
        {
            if (i * Granule > Cells[next]) next++;
            classes[i] = (byte)next;
        }
        return classes;
    }
}

/// <summary>
/// Where the fields of a structure are. Each goes to the first place it fits, so that small ones fill the gap behind
/// the header; the place depends only on the fields before it, so a subtype's fields are where its supertype's are.
/// </summary>
public sealed class StructLayout
{
    private readonly int[] _offsets;
    /// <summary>Offsets of unused places of 4, 2 and 1 bytes, or 0: there is never more than one of each.</summary>
    private int _gap4 = HeapLayout.ArrayLength, _gap2, _gap1;
    private int _end;

    /// <summary>Lays out a structure.</summary>
    public StructLayout(StructType type) : this(type.Fields.Length, HeapLayout.ArrayElements)
    {
        for (int i = 0; i < _offsets.Length; i++) _offsets[i] = Place(HeapLayout.SizeOf(type.Fields[i]));
    }

    /// <summary>Lays out an exception whose tag has the parameters of <paramref name="tag"/>.</summary>
    public StructLayout(FunctionType tag) : this(tag.Parameters.Length, HeapLayout.ExceptionFields)
    {
        for (int i = 0; i < _offsets.Length; i++) _offsets[i] = Place(HeapLayout.SizeOf(tag.Parameters[i]));
    }

    private StructLayout(int count, int start)
    {
        _offsets = new int[count];
        _end = start;
    }

    /// <summary>Size of the object, a multiple of 8.</summary>
    public int Size => _end;

    /// <summary>Offset of a field from the start of the object.</summary>
    public int Offset(int field) => _offsets[field];

    private int Place(int size)
    {
        switch (size)
        {
            case 1: return PlaceIn(ref _gap1, 2);
            case 2: return PlaceIn(ref _gap2, 4);
            case 4: return PlaceIn(ref _gap4, 8);
            default:
                int offset = _end;
                _end += size;
                return offset;
        }
    }

    /// <summary>Takes the gap, or half of the next larger place, whose other half becomes the gap.</summary>
    private int PlaceIn(ref int gap, int larger)
    {
        int offset = gap;
        gap = 0;
        if (offset != 0) return offset;
        offset = Place(larger);
        gap = offset + larger / 2;
        return offset;
    }
}

/// <summary>
/// What is known of a type at run time: <see cref="Size"/> bytes at the address in <see cref="VmContextLayout.TypeInfos"/>
/// plus the type's engine-wide number times that size.
/// </summary>
public static class TypeInfoLayout
{
    /// <summary>How many supertypes the type has (u32).</summary>
    public const int Depth = 0;
    /// <summary>What it describes (u32, a <see cref="ObjectKind"/>).</summary>
    public const int Kind = 4;
    /// <summary>
    /// Numbers (u32) of the type's ancestors from the topmost on, itself last; what is beyond is all ones.
    /// </summary>
    public const int Display = 8;
    /// <summary>How many ancestors <see cref="Display"/> has room for.</summary>
    public const int DisplayLength = 8;
    /// <summary>Address of the whole row of ancestors, <see cref="Depth"/> plus one u32.</summary>
    public const int FullDisplay = 40;
    /// <summary>Address of the offsets (i32) of a structure's references into the heap.</summary>
    public const int References = 48;
    /// <summary>Their number (u32); for an array 1 if its elements are references into the heap.</summary>
    public const int ReferenceCount = 56;
    /// <summary>Size of an array's element, or of a structure (u32).</summary>
    public const int ObjectSize = 60;
    /// <summary>Size of a type's entry, as a power of two.</summary>
    public const int SizeLog2 = 6;
    /// <summary>Size of a type's entry.</summary>
    public const int Size = 1 << SizeLog2;
}

/// <summary>What a type describes. Structures and arrays, which are <c>eq</c>, come last.</summary>
public enum ObjectKind
{
    /// <summary>Nothing: no such type.</summary>
    None,
    /// <summary>A function.</summary>
    Function,
    /// <summary>An object of the host.</summary>
    Host,
    /// <summary>An exception.</summary>
    Exception,
    /// <summary>A structure.</summary>
    Structure,
    /// <summary>An array.</summary>
    Array,
}

/// <summary>A tag as compiled code and the collector know it; its address is its identity.</summary>
public static class TagLayout
{
    /// <summary>Handle of the runtime's tag.</summary>
    public const int Handle = 0;
    /// <summary>Address of the offsets (i32) of references into the heap in exceptions of this tag.</summary>
    public const int References = 8;
    /// <summary>Their number (u32).</summary>
    public const int ReferenceCount = 16;
    /// <summary>Size of an exception (u32).</summary>
    public const int ObjectSize = 20;
    /// <summary>Size of the block.</summary>
    public const int Size = 32;
}

/// <summary>The structure layouts of a module, made when first asked for. Safe to use in parallel.</summary>
public sealed class ModuleObjects(WasmModule module)
{
    private readonly StructLayout?[] _structures = new StructLayout?[module.Types.Length];
    private readonly int[] _depths = MakeDepths(module.Types);

    /// <summary>The layout of the structure type at an index.</summary>
    public StructLayout Structure(int typeIndex) =>
        _structures[typeIndex] ??= new StructLayout((StructType)module.Types[typeIndex].Composite);

    /// <summary>How many supertypes the type at an index has.</summary>
    public int Depth(int typeIndex) => _depths[typeIndex];

    /// <summary>The layout of exceptions of a tag.</summary>
    public StructLayout Exception(int tag) => new((FunctionType)module.Types[module.Tags[tag]].Composite);

    /// <summary>Whether values of a type are references into the store's heap rather than to functions.</summary>
    public static bool IsHeapReference(ValueType type, SubType[] types)
    {
        if (!type.IsReference) return false;
        if (!type.Heap.IsAbstract) return types[type.Heap.TypeIndex].Composite is not FunctionType;
        return type.Heap != HeapType.Func && type.Heap != HeapType.NoFunc;
    }

    private static int[] MakeDepths(SubType[] types)
    {
        var depths = new int[types.Length];
        for (int i = 0; i < types.Length; i++)
            depths[i] = types[i].SuperType < 0 ? 0 : depths[types[i].SuperType] + 1;
        return depths;
    }
}
