using Drydock.Compiler;
using Drydock.Runtime.Heap;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <content>References: what the host may hold, and what keeps objects alive.</content>
public sealed unsafe partial class Store
{
    private readonly List<nint> _rootCells = [];
    private readonly List<Table> _rootTables = [];
    private GuestHeap? _heap;

    /// <summary>
    /// Begins a scope: references to guests' objects given to the host from now on are valid until it is disposed.
    /// </summary>
    public ReferenceScope OpenReferenceScope()
    {
        EnsureAlive();
        return new(this);
    }

    /// <summary>Keeps a reference valid until the result is disposed.</summary>
    /// <exception cref="ArgumentException">The reference is not this store's, or no longer valid.</exception>
    public HeldReference Hold(Value reference)
    {
        EnsureAlive();
        if (IsObject(reference) && ProblemOfHandle(reference) is { } problem) throw new ArgumentException(problem);
        return new(this, reference);
    }

    /// <summary>An <c>externref</c> to <paramref name="target"/>; equal for the same object.</summary>
    /// <exception cref="TrapException">The store's heap is at its limit.</exception>
    public Value ToExternalReference(object? target)
    {
        EnsureHere();
        if (target is null) return Value.Null;
        return Expose(HostObjects.StandInOf(target, Heap));
    }

    /// <summary>The host's object of an <c>externref</c>; null for the null reference.</summary>
    /// <exception cref="ArgumentException">
    /// It is not an external reference of this store, or no longer valid, or a guest's own object.
    /// </exception>
    public object? FromExternalReference(Value reference)
    {
        if (reference.IsNull) return null;
        CheckReference(reference, ValueType.ExternRef);
        return HostObjects.TargetOf(reference.Handle)
            ?? throw new ArgumentException("the reference is to an object of a guest, not of the host");
    }

    /// <summary>The function of a <c>funcref</c>; null for the null reference.</summary>
    /// <exception cref="ArgumentException">It is not a function reference of this store.</exception>
    public Function? FromFunctionReference(Value reference)
    {
        if (reference.IsNull) return null;
        CheckReference(reference, ValueType.FuncRef);
        return Function.FromReference((byte*)reference.Handle);
    }

    /// <summary>
    /// Finds the objects of guests that can no longer be reached, now. Happens by itself as guests allocate; hosts may
    /// want it when a guest is idle.
    /// </summary>
    public void CollectHeap()
    {
        EnsureHere();
        _heap?.Collect();
    }

    /// <summary>
    /// Bytes of the objects that the last collection left, how many there were, and how long the last took.
    /// </summary>
    public HeapStatistics HeapStatistics =>
        _heap is null ? default : new(_heap.LiveBytes, _heap.Collections, _heap.LastPause);

    /// <summary>The heap; made when first needed.</summary>
    internal GuestHeap Heap => _heap ??= new(this);
    internal HostObjects HostObjects { get; } = new();
    internal HostReferences References { get; } = new();
    /// <summary>Above all frames of guests of this store, or zero when none is running.</summary>
    internal nint StackTop { get; private set; }

    /// <summary>Whether a reference is to an object rather than null or an i31.</summary>
    internal static bool IsObject(Value reference) => reference.Handle != 0 && (reference.Handle & 1) == 0;

    /// <summary>Gives a reference to the host.</summary>
    internal Value Expose(nint reference)
    {
        if ((reference & 1) == 0) References.Expose(reference);
        return new Value((ulong)reference, HeapTag);
    }

    /// <summary>A value as the host gets it: without stray bits, and references marked as this store's.</summary>
    /// <param name="value">The value.</param>
    /// <param name="type">Its type, with engine-wide numbers as type indices.</param>
    internal Value ToHost(Value value, ValueType type)
    {
        if (!type.IsReference) return value.Normalize(type);
        if (value.IsNull) return Value.Null;
        return Engine.Signatures.IsFunction(type.Heap)
            ? new Value((ulong)value.Handle, _functionTag)
            : Expose(value.Handle);
    }

    /// <summary>
    /// Whether a valid reference of this store is of an abstract reference type, such as <c>structref</c>.
    /// </summary>
    public bool IsReferenceOf(Value value, ValueType type)
    {
        EnsureAlive();
        return type is { IsReference: true, Heap.IsAbstract: true } && ProblemOf(value, type) is null;
    }

    /// <summary>Refuses a reference that is another store's, null where none is allowed, or of another type.</summary>
    /// <param name="value">The value; anything but a reference passes.</param>
    /// <param name="type">Its type, with engine-wide numbers as type indices.</param>
    internal void CheckReference(Value value, ValueType type)
    {
        if (type.IsReference && ProblemOf(value, type) is { } problem) throw new ArgumentException(problem);
    }

    private string? ProblemOf(Value value, ValueType type)
    {
        if (value.IsNull) return type.IsNullable ? null : $"null is no {type}";
        return Engine.Signatures.IsFunction(type.Heap) ? ProblemOfFunction(value, type) : ProblemOfObject(value, type);
    }

    /// <summary>Refuses to touch the heap while another thread runs a guest in it.</summary>
    private void EnsureHere()
    {
        EnsureAlive();
        if (_runner != null && _runner != ThreadRecords.Current)
            throw new InvalidOperationException("another thread is running a guest in this store");
    }

    /// <summary>Takes note of a variable that holds references to objects.</summary>
    internal void AddRoot(nint cell) => _rootCells.Add(cell);
    /// <summary>Takes note of a table that holds references to objects.</summary>
    internal void AddRoot(Table table) => _rootTables.Add(table);

    /// <summary>Marks everything known exactly from which objects can be reached.</summary>
    internal void MarkRoots(Collector collector)
    {
        collector.Mark(VmContext.Word(Context, StoreContextLayout.PendingException));
        foreach (nint cell in _rootCells) collector.Mark(*(nint*)cell);
        foreach (var table in _rootTables) collector.Mark(table.Span);
        foreach (var instance in _instances) instance.MarkElements(collector);
        References.MarkAll(collector);
    }

    private string? ProblemOfFunction(Value value, ValueType type)
    {
        if (value.StoreId != _functionTag) return $"the value is no {type} of this store";
        if (type.Heap == HeapType.Func) return null;
        int signature = (int)VmContext.UInt32((byte*)value.Handle, FunctionReferenceLayout.Signature);
        return !type.Heap.IsAbstract && Engine.Signatures.IsSubtype(signature, type.Heap.TypeIndex)
            ? null
            : $"the function is no {type}";
    }

    private string? ProblemOfObject(Value value, ValueType type)
    {
        bool isObject = IsObject(value);
        if (isObject && ProblemOfHandle(value) is { } problem) return problem;
        if (!isObject && !IsI31OfStore(value)) return $"the value is no {type} of this store";
        var itsType = isObject ? TypeOfObject(value.Handle) : HeapType.I31;
        // Any internal reference is an external one and the other way round: conversions change nothing.
        bool isEither = type.Heap == HeapType.Extern || type.Heap == HeapType.Any;
        bool isSubtype = isEither
            ? itsType != HeapType.Exn
            : Engine.Signatures.IsSubtype(ValueType.Reference(itsType, false), ValueType.Reference(type.Heap, false));
        return isSubtype ? null : $"the reference is no {type}";
    }

    private bool IsI31OfStore(Value value) =>
        (ulong)value.Handle <= uint.MaxValue && (value.StoreId == 0 || value.StoreId == HeapTag);

    private string? ProblemOfHandle(Value value)
    {
        if (value.StoreId != HeapTag) return "the value is no reference to an object of this store";
        return References.IsKnown(value.Handle)
            ? null
            : "the reference is no longer valid: its scope has ended; hold it with Store.Hold";
    }

    private static HeapType TypeOfObject(nint reference) => *(int*)reference switch
    {
        HeapLayout.HostNumber => HeapType.Extern,
        HeapLayout.ExceptionNumber => HeapType.Exn,
        int number => new HeapType(number),
    };

    private ulong HeapTag => _functionTag | 1;
}

/// <summary>What a store's heap is like.</summary>
/// <param name="LiveBytes">Bytes of the objects that the last collection left.</param>
/// <param name="Collections">Number of collections.</param>
/// <param name="LastPause">How long the last one took.</param>
public readonly record struct HeapStatistics(long LiveBytes, long Collections, TimeSpan LastPause);
