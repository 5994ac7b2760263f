using System.Globalization;
using System.Text;
using Drydock.Compiler;
using Drydock.Runtime.Heap;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>
/// Gives every type an engine-wide number, the same for equal types of different modules (spec: 3.1, iso-recursive
/// equality), and knows declared supertypes. Most types are plain function types, found by their own equality; types of
/// larger groups, with supertypes or with references to other types are found by a spelling of their whole group.
/// </summary>
internal sealed unsafe class SignatureRegistry : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<FunctionType, int> _plain = [];
    private readonly Dictionary<string, int> _groups = [];
    private readonly List<Entry> _entries = [];

    public SignatureRegistry()
    {
        // Numbers of objects that are of no module's type.
        foreach (var kind in (ReadOnlySpan<ObjectKind>)[ObjectKind.None, ObjectKind.Host, ObjectKind.Exception])
        {
            _entries.Add(new(-1, new FunctionType([], [])));
            Infos.Add(kind);
        }
    }

    private readonly record struct Entry(int SuperType, CompositeType Composite);

    /// <summary>What compiled code and the collector know of the types.</summary>
    public TypeInfos Infos { get; } = new();

    public void Dispose() => Infos.Dispose();

    /// <summary>Whether references to a heap type, by engine-wide number if it is concrete, are to functions.</summary>
    public bool IsFunction(HeapType heap)
    {
        if (heap.IsAbstract) return heap == HeapType.Func || heap == HeapType.NoFunc;
        byte* info = TypeInfos.EntryOf(Infos.Address, (uint)heap.TypeIndex);
        return VmContext.UInt32(info, TypeInfoLayout.Kind) == (uint)ObjectKind.Function;
    }

    /// <summary>The number of a function type that refers to no other types.</summary>
    public int Register(FunctionType type)
    {
        lock (_gate)
        {
            if (!_plain.TryGetValue(type, out int number)) _plain[type] = number = Add(new(-1, type), []);
            return number;
        }
    }

    /// <summary>The numbers of all types of a module.</summary>
    public int[] Register(WasmModule module)
    {
        var numbers = new int[module.Types.Length];
        for (int start = 0; start < numbers.Length; start += module.Types[start].GroupLength)
            RegisterGroup(module, start, numbers);
        return numbers;
    }

    /// <summary>
    /// Whether a value of type <paramref name="sub"/> can stand where <paramref name="super"/> is expected.
    /// </summary>
    public bool IsSubtype(int sub, int super)
    {
        lock (_gate)
        {
            while (sub >= 0 && sub != super) sub = _entries[sub].SuperType;
            return sub >= 0;
        }
    }

    /// <summary>The same for value types whose type indices are engine-wide numbers (spec: 3.3.4).</summary>
    public bool IsSubtype(ValueType sub, ValueType super)
    {
        if (sub == super) return true;
        if (!sub.IsReference || !super.IsReference || sub.IsNullable && !super.IsNullable) return false;
        if (!sub.Heap.IsAbstract && !super.Heap.IsAbstract) return IsSubtype(sub.Heap.TypeIndex, super.Heap.TypeIndex);
        return super.Heap.IsAbstract ? IsBelow(Abstract(sub.Heap), super.Heap) || sub.Heap == super.Heap
            : sub.Heap == Bottom(Top(Abstract(super.Heap)));
    }

    /// <summary>Replaces a type index by its engine-wide number.</summary>
    public static ValueType Canonical(ValueType type, int[] numbers) =>
        !type.IsReference || type.Heap.IsAbstract
            ? type
            : ValueType.Reference(new HeapType(numbers[type.Heap.TypeIndex]), type.IsNullable);

    private void RegisterGroup(WasmModule module, int start, int[] numbers)
    {
        var first = module.Types[start];
        if (first is { GroupLength: 1, IsFinal: true, SuperType: < 0, Composite: FunctionType type } && IsPlain(type))
        {
            numbers[start] = Register(type);
            return;
        }
        string spelling = Spell(module, start, first.GroupLength, numbers);
        lock (_gate)
        {
            bool isKnown = _groups.TryGetValue(spelling, out int number);
            if (!isKnown) _groups[spelling] = number = _entries.Count;
            for (int i = 0; i < first.GroupLength; i++) numbers[start + i] = number + i;
            if (isKnown) return;
            for (int i = 0; i < first.GroupLength; i++)
            {
                var member = module.Types[start + i];
                _ = Add(new(member.SuperType < 0 ? -1 : numbers[member.SuperType], member.Composite), module.Types);
            }
        }
    }

    private int Add(Entry entry, SubType[] types)
    {
        Infos.Add(entry.Composite, entry.SuperType, types);
        _entries.Add(entry);
        return _entries.Count - 1;
    }

    private static bool IsPlain(FunctionType type) => IsPlain(type.Parameters) && IsPlain(type.Results);

    private static bool IsPlain(ReadOnlySpan<ValueType> types)
    {
        foreach (var type in types)
            if (type.IsReference && !type.Heap.IsAbstract) return false;
        return true;
    }

    /// <summary>
    /// Spells a group so that equal groups are spelled alike: types within it by position, others by number.
    /// </summary>
    private static string Spell(WasmModule module, int start, int length, int[] numbers)
    {
        var text = new StringBuilder();
        for (int i = start; i < start + length; i++)
        {
            var type = module.Types[i];
            text.Append(type.IsFinal ? 'f' : 'o').Append(Name(type.SuperType, start, length, numbers));
            SpellComposite(text, type.Composite, start, length, numbers);
        }
        return text.ToString();
    }

    private static void SpellComposite(StringBuilder text, CompositeType type, int start, int length, int[] numbers)
    {
        switch (type)
        {
            case FunctionType function:
                text.Append('(');
                foreach (var parameter in function.Parameters) SpellValue(text, parameter, start, length, numbers);
                text.Append(':');
                foreach (var result in function.Results) SpellValue(text, result, start, length, numbers);
                text.Append(')');
                break;
            case StructType structure:
                text.Append('{');
                foreach (var field in structure.Fields) SpellField(text, field, start, length, numbers);
                text.Append('}');
                break;
            case ArrayType array:
                text.Append('[');
                SpellField(text, array.Element, start, length, numbers);
                text.Append(']');
                break;
        }
    }

    private static void SpellField(StringBuilder text, FieldType field, int start, int length, int[] numbers)
    {
        text.Append(field.IsMutable ? 'm' : 'c').Append(field.PackedSize);
        SpellValue(text, field.Type, start, length, numbers);
    }

    private static void SpellValue(StringBuilder text, ValueType type, int start, int length, int[] numbers)
    {
        text.Append((int)type.Kind).Append(',');
        if (!type.IsReference) return;
        text.Append(type.Heap.IsAbstract
            ? type.Heap.Code.ToString(CultureInfo.InvariantCulture)
            : Name(type.Heap.TypeIndex, start, length, numbers)).Append(';');
    }

    private static string Name(int typeIndex, int start, int length, int[] numbers) => typeIndex < 0
        ? "-"
        : typeIndex >= start && typeIndex < start + length
            ? string.Create(CultureInfo.InvariantCulture, $"r{typeIndex - start}")
            : string.Create(CultureInfo.InvariantCulture, $"t{numbers[typeIndex]}");

    /// <summary>The abstract heap type directly above a concrete one.</summary>
    private HeapType Abstract(HeapType heap)
    {
        if (heap.IsAbstract) return heap;
        lock (_gate)
        {
            return _entries[heap.TypeIndex].Composite switch
            {
                FunctionType => HeapType.Func,
                StructType => HeapType.Struct,
                _ => HeapType.Array,
            };
        }
    }

    private static HeapType Top(HeapType heap) =>
        heap == HeapType.Func || heap == HeapType.NoFunc ? HeapType.Func
        : heap == HeapType.Extern || heap == HeapType.NoExtern ? HeapType.Extern
        : heap == HeapType.Exn || heap == HeapType.NoExn ? HeapType.Exn
        : HeapType.Any;

    private static HeapType Bottom(HeapType top) =>
        top == HeapType.Func ? HeapType.NoFunc
        : top == HeapType.Extern ? HeapType.NoExtern
        : top == HeapType.Exn ? HeapType.NoExn
        : HeapType.None;

    /// <summary>Whether an abstract heap type matches another (spec: 3.3.3).</summary>
    private static bool IsBelow(HeapType sub, HeapType super) =>
        sub == super
        || Top(sub) == Top(super)
            && (super == Top(super) || sub == Bottom(Top(sub)) || super == HeapType.Eq && sub != HeapType.Any);
}
