using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A table of references (spec: 4.2.7).</summary>
public sealed unsafe class Table : Extern, IDisposable
{
    private readonly TableType _type;
    private readonly byte* _block;
    private ulong _capacity;

    /// <param name="store">The store.</param>
    /// <param name="type">The type as its module spells it.</param>
    /// <param name="element">The element type with engine-wide numbers as type indices.</param>
    private Table(Store store, TableType type, ValueType element) : base(store)
    {
        _type = type;
        CanonicalElement = element;
        _block = store.Blocks.Allocate(TableLayout.Size);
        store.Own(this);
        if (!store.Engine.Signatures.IsFunction(element.Heap)) store.AddRoot(this);
    }

    /// <summary>Makes a table of the type's minimum size.</summary>
    /// <exception cref="LinkException">The store's limits do not allow it.</exception>
    public static Table Create(Store store, TableType type, Value initial = default) =>
        Create(store, type, type.Element, initial);

    internal static Table Create(Store store, TableType type, ValueType element, Value initial)
    {
        store.EnsureAlive();
        store.CheckReference(initial, element);
        var table = new Table(store, type, element);
        return table.GrowBy(type.Limits.Minimum, initial.Handle) == 0
            ? table
            : throw new LinkException(
                $"cannot make a table of {type.Limits.Minimum} elements: the store's limits do not allow it");
    }

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Table;
    /// <inheritdoc/>
    public override ExternType ExternType => new(Type);
    /// <summary>The type; the minimum is the current size.</summary>
    public TableType Type => _type with { Limits = _type.Limits with { Minimum = Size } };

    /// <summary>Current number of elements.</summary>
    public ulong Size
    {
        get
        {
            Store.EnsureAlive();
            return VmContext.UInt64(_block, TableLayout.Length);
        }
    }

    /// <summary>An element.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such element.</exception>
    public Value this[ulong index]
    {
        get
        {
            CheckIndex(index);
            return Store.ToHost(new Value((ulong)Elements[index], 0), CanonicalElement);
        }
        set
        {
            CheckIndex(index);
            Store.CheckReference(value, CanonicalElement);
            Elements[index] = value.Handle;
        }
    }

    internal ValueType CanonicalElement { get; }
    /// <summary>The block that <see cref="TableLayout"/> declares.</summary>
    internal nint Block => (nint)_block;
    /// <summary>The elements as they are now.</summary>
    internal ReadOnlySpan<nint> Span => new(Elements, (int)VmContext.UInt64(_block, TableLayout.Length));
    private nint* Elements => (nint*)VmContext.Word(_block, TableLayout.Elements);

    /// <summary>Grows by <paramref name="count"/>; returns the old size, or -1 if a limit is in the way.</summary>
    public long Grow(ulong count, Value initial = default)
    {
        Store.CheckReference(initial, CanonicalElement);
        return GrowBy(count, initial.Handle);
    }

    void IDisposable.Dispose()
    {
        NativeMemory.Free(Elements);
        GC.SuppressFinalize(this);
    }

    /// <summary>table.grow.</summary>
    internal long GrowBy(ulong count, nint initial)
    {
        ulong size = Size;
        ulong most = Math.Min(_type.Limits.Maximum ?? ulong.MaxValue, _type.Limits.Is64Bit
            ? ulong.MaxValue
            : uint.MaxValue);
        if (count > most - size || !Store.TryCountElements(count)) return -1;
        EnsureCapacity(size + count);
        new Span<nint>(Elements + size, (int)count).Fill(initial);
        VmContext.UInt64(_block, TableLayout.Length) = size + count;
        return (long)size;
    }

    /// <summary>table.get; false if there is no such element.</summary>
    internal bool TryGet(ulong index, out nint reference)
    {
        bool exists = index < VmContext.UInt64(_block, TableLayout.Length);
        reference = exists ? Elements[index] : 0;
        return exists;
    }

    /// <summary>table.fill; false if the range is not within the table.</summary>
    internal bool TryFill(ulong start, nint value, ulong length)
    {
        if (!IsInside(start, length)) return false;
        new Span<nint>(Elements + start, (int)length).Fill(value);
        return true;
    }

    /// <summary>table.init; false if a range is not within the segment or the table.</summary>
    internal bool TryInitialize(ulong destination, ReadOnlySpan<nint> segment, ulong source, ulong length)
    {
        if (!IsInside(destination, length)) return false;
        if (source > (ulong)segment.Length || length > (ulong)segment.Length - source) return false;
        segment.Slice((int)source, (int)length).CopyTo(new Span<nint>(Elements + destination, (int)length));
        return true;
    }

    /// <summary>The elements of a range; false if it is not within the table.</summary>
    internal bool TrySlice(ulong start, int length, out Span<nint> elements)
    {
        bool isInside = IsInside(start, (ulong)length);
        elements = isInside ? new Span<nint>(Elements + start, length) : default;
        return isInside;
    }

    /// <summary>table.copy; false if a range is not within its table.</summary>
    internal static bool TryCopy(Table to, Table from, ulong destination, ulong source, ulong length)
    {
        if (!to.IsInside(destination, length) || !from.IsInside(source, length)) return false;
        new ReadOnlySpan<nint>(from.Elements + source, (int)length)
            .CopyTo(new Span<nint>(to.Elements + destination, (int)length));
        return true;
    }

    /// <summary>Makes room. The store's limits keep the size far below what an allocation can be asked for.</summary>
    private void EnsureCapacity(ulong size)
    {
        if (size <= _capacity) return;
        ulong capacity = Math.Max(size, Math.Min(_capacity * 2, size + (1 << 20)));
        VmContext.Word(_block, TableLayout.Elements) =
            (nint)NativeMemory.Realloc(Elements, checked((nuint)capacity * (nuint)sizeof(nint)));
        _capacity = capacity;
    }

    private bool IsInside(ulong start, ulong length)
    {
        ulong size = VmContext.UInt64(_block, TableLayout.Length);
        return start <= size && length <= size - start;
    }

    private void CheckIndex(ulong index)
    {
        if (index >= Size)
            throw new ArgumentOutOfRangeException(nameof(index), $"a table of {Size} elements has no element {index}");
    }
}
