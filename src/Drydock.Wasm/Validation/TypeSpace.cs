namespace Drydock.Wasm.Validation;

/// <summary>
/// The type index space with its equivalences and its subtyping (spec: 3.1.1, 3.3.4 to 3.3.6). Recursive groups that
/// are equal get the same canonical indices, so that equivalence is a comparison of two integers.
/// </summary>
internal sealed class TypeSpace
{
    private readonly List<SubType> _types = [];
    private readonly List<int> _canonical = [];
    private readonly List<byte> _depths = [];
    private readonly Dictionary<int[], int> _groups = new(GroupShapeComparer.Instance);

    public int Count => _types.Count;
    /// <summary>How many types from the first on are functions: in most modules all.</summary>
    public int LeadingFunctions { get; private set; }

    public SubType this[int index] => _types[index];

    public SubType[] ToArray() => [.. _types];

    public int[] CanonicalIndices() => [.. _canonical];

    public int CanonicalOf(int index) => _canonical[index];

    /// <summary>The type at an index if it exists and is a function type.</summary>
    public FunctionType? FunctionAt(int index) =>
        (uint)index < (uint)_types.Count ? _types[index].Composite as FunctionType : null;

    /// <summary>
    /// Adds a recursive group. Returns the index of the first type whose declared supertype it does not match, or -1.
    /// </summary>
    public int AddGroup(ReadOnlySpan<SubType> group)
    {
        var start = _types.Count;
        foreach (var type in group)
        {
            if (LeadingFunctions == _types.Count && type.Composite is FunctionType) LeadingFunctions++;
            _types.Add(type);
        }
        var shape = new GroupShape(this, start, group.Length).Describe();
        if (!_groups.TryGetValue(shape, out var first)) _groups.Add(shape, first = start);
        for (var i = 0; i < group.Length; i++) _canonical.Add(first + i);
        return FindInvalid(start, HasOrderedSuperType) is >= 0 and var unordered
            ? unordered
            : FindInvalid(start, MatchesSuperType);
    }

    /// <summary>Why <see cref="AddGroup"/> found a type invalid.</summary>
    public string ReasonAgainst(int index)
    {
        var super = _types[index].SuperType;
        if (super >= index) return $"comes before its super type {super}";
        return _depths[super] >= ImplementationLimits.SubtypingDepth
            ? $"is too deep: at most {ImplementationLimits.SubtypingDepth} super types above each other are supported"
            : "does not match its super type";
    }

    private int FindInvalid(int start, Predicate<int> isValid)
    {
        for (var i = start; i < _types.Count; i++)
        {
            if (!isValid(i)) return i;
        }
        return -1;
    }

    /// <summary>
    /// Holds for the whole group before anything is matched, so that every walk up the supertypes is short.
    /// </summary>
    private bool HasOrderedSuperType(int index)
    {
        var super = _types[index].SuperType;
        if (super >= index || (super >= 0 && _depths[super] >= ImplementationLimits.SubtypingDepth)) return false;
        _depths.Add(super < 0 ? (byte)0 : (byte)(_depths[super] + 1));
        return true;
    }

    private bool MatchesSuperType(int index)
    {
        var super = _types[index].SuperType;
        return super < 0 || (!_types[super].IsFinal && Matches(_types[index].Composite, _types[super].Composite));
    }

    private bool Matches(CompositeType sub, CompositeType super) => (sub, super) switch
    {
        (FunctionType a, FunctionType b) => Matches(b.Parameters, a.Parameters) && Matches(a.Results, b.Results),
        (StructType a, StructType b) => Matches(a.Fields, b.Fields),
        (ArrayType a, ArrayType b) => Matches(a.Element, b.Element),
        _ => false,
    };

    private bool Matches(ReadOnlySpan<FieldType> sub, ReadOnlySpan<FieldType> super)
    {
        if (sub.Length < super.Length) return false;
        for (var i = 0; i < super.Length; i++)
        {
            if (!Matches(sub[i], super[i])) return false;
        }
        return true;
    }

    private bool Matches(FieldType sub, FieldType super) =>
        sub.IsMutable == super.IsMutable
        && MatchesStorage(sub, super)
        && (!sub.IsMutable || MatchesStorage(super, sub));

    /// <summary>Whether what one field holds can be stored in another.</summary>
    public bool MatchesStorage(FieldType sub, FieldType super) =>
        sub.PackedSize == super.PackedSize && Matches(sub.Type, super.Type);

    /// <summary>Whether each type of a list is a subtype of its counterpart.</summary>
    public bool Matches(ReadOnlySpan<ValueType> sub, ReadOnlySpan<ValueType> super)
    {
        if (sub.Length != super.Length) return false;
        for (var i = 0; i < sub.Length; i++)
        {
            if (!Matches(sub[i], super[i])) return false;
        }
        return true;
    }

    /// <summary>Whether a value type is a subtype of another (spec: 3.3.3).</summary>
    public bool Matches(ValueType sub, ValueType super)
    {
        if (sub == super || sub == ValueType.Bottom) return true;
        if (!sub.IsReference || !super.IsReference) return false;
        return (super.IsNullable || !sub.IsNullable) && Matches(sub.Heap, super.Heap);
    }

    /// <summary>Whether a heap type is a subtype of another (spec: 3.3.2).</summary>
    public bool Matches(HeapType sub, HeapType super)
    {
        if (sub == super || sub == HeapType.Bottom) return true;
        if (!sub.IsAbstract)
            return super.IsAbstract ? MatchesAbstract(sub, super) : InheritsFrom(sub.TypeIndex, super.TypeIndex);
        if (!super.IsAbstract) return sub == BottomOf(super);
        return MatchesAbstractly(sub, super);
    }

    private bool InheritsFrom(int index, int super)
    {
        for (var canonical = _canonical[super]; index >= 0; index = _types[index].SuperType)
        {
            if (_canonical[index] == canonical) return true;
        }
        return false;
    }

    private bool MatchesAbstract(HeapType sub, HeapType super) =>
        KindOf(sub) is var kind && (kind == super || MatchesAbstractly(kind, super));

    private static bool MatchesAbstractly(HeapType sub, HeapType super)
    {
        if (sub == HeapType.NoFunc) return super == HeapType.Func;
        if (sub == HeapType.NoExtern) return super == HeapType.Extern;
        if (sub == HeapType.NoExn) return super == HeapType.Exn;
        if (super == HeapType.Any) return TopOfAbstract(sub) == HeapType.Any;
        if (super == HeapType.Eq) return sub == HeapType.None || IsEqual(sub);
        return sub == HeapType.None && IsEqual(super);
    }

    private static bool IsEqual(HeapType type) =>
        type == HeapType.I31 || type == HeapType.Struct || type == HeapType.Array;

    /// <summary>The abstract type right above a concrete one.</summary>
    private HeapType KindOf(HeapType concrete) => _types[concrete.TypeIndex].Composite switch
    {
        FunctionType => HeapType.Func,
        StructType => HeapType.Struct,
        _ => HeapType.Array,
    };

    private HeapType BottomOf(HeapType concrete) =>
        KindOf(concrete) == HeapType.Func ? HeapType.NoFunc : HeapType.None;

    /// <summary>The top of the hierarchy that a heap type belongs to.</summary>
    public HeapType TopOf(HeapType type) => TopOfAbstract(type.IsAbstract ? type : KindOf(type));

    private static HeapType TopOfAbstract(HeapType type)
    {
        if (type == HeapType.Func || type == HeapType.NoFunc) return HeapType.Func;
        if (type == HeapType.Extern || type == HeapType.NoExtern) return HeapType.Extern;
        if (type == HeapType.Exn || type == HeapType.NoExn) return HeapType.Exn;
        return HeapType.Any;
    }

    /// <summary>
    /// Writes a group as numbers in which types of the group itself count from its start and earlier ones are
    /// canonical: two groups are equal exactly if their numbers are.
    /// </summary>
    private readonly struct GroupShape(TypeSpace space, int start, int length)
    {
        private const int WithinGroup = 1 << 30;

        public int[] Describe()
        {
            var shape = new List<int>(length * 4);
            for (var i = start; i < start + length; i++) Add(shape, space._types[i]);
            return [.. shape];
        }

        private void Add(List<int> shape, SubType type)
        {
            shape.Add(type.IsFinal ? 1 : 0);
            shape.Add(type.SuperType < 0 ? -1 : Relative(type.SuperType));
            switch (type.Composite)
            {
                case FunctionType function:
                    shape.Add(-1);
                    Add(shape, function.Parameters);
                    Add(shape, function.Results);
                    break;
                case StructType structure:
                    shape.Add(-2);
                    shape.Add(structure.Fields.Length);
                    foreach (var field in structure.Fields) Add(shape, field);
                    break;
                case ArrayType array:
                    shape.Add(-3);
                    Add(shape, array.Element);
                    break;
            }
        }

        private void Add(List<int> shape, ReadOnlySpan<ValueType> types)
        {
            shape.Add(types.Length);
            foreach (var type in types) Add(shape, type);
        }

        private void Add(List<int> shape, FieldType field)
        {
            shape.Add(field.PackedSize * 2 + (field.IsMutable ? 1 : 0));
            Add(shape, field.Type);
        }

        private void Add(List<int> shape, ValueType type)
        {
            shape.Add((int)type.Kind);
            if (type.IsReference) shape.Add(type.Heap.IsAbstract ? type.Heap.Code : Relative(type.Heap.TypeIndex));
        }

        private int Relative(int index) => index >= start ? WithinGroup + index - start : space._canonical[index];
    }

    private sealed class GroupShapeComparer : IEqualityComparer<int[]>
    {
        public static readonly GroupShapeComparer Instance = new();

        public bool Equals(int[]? left, int[]? right) => left.AsSpan().SequenceEqual(right);

        public int GetHashCode(int[] shape)
        {
            var hash = new HashCode();
            hash.AddBytes(System.Runtime.InteropServices.MemoryMarshal.AsBytes(shape.AsSpan()));
            return hash.ToHashCode();
        }
    }
}
