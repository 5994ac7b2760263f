using Drydock.Compiler;

namespace Drydock.Runtime.Heap;

/// <summary>
/// The managed objects that guests hold as <c>externref</c>. Each has one stand-in in the heap, which carries its index
/// here; when a collection does not reach the stand-in, the object is let go.
/// </summary>
internal sealed unsafe class HostObjects
{
    private const int Size = 8, IndexOffset = 4;
    private readonly List<(object? Target, nint StandIn)> _entries = [];
    private readonly Stack<int> _free = new();
    private readonly Dictionary<object, int> _indices = new(ReferenceEqualityComparer.Instance);

    /// <summary>How many objects guests hold, as far as the last collection knows.</summary>
    public int Count => _indices.Count;

    /// <summary>The stand-in of an object; made if there is none.</summary>
    /// <exception cref="TrapException">The heap is at its limit.</exception>
    public nint StandInOf(object target, GuestHeap heap)
    {
        if (_indices.TryGetValue(target, out int index)) return _entries[index].StandIn;
        nint standIn = heap.AllocateFast(Size);
        if (standIn == 0) throw new TrapException(TrapCode.OutOfMemory);
        if (!_free.TryPop(out index))
        {
            index = _entries.Count;
            _entries.Add(default);
        }
        *(uint*)standIn = HeapLayout.HostNumber;
        *(int*)(standIn + IndexOffset) = index;
        _entries[index] = (target, standIn);
        _indices.Add(target, index);
        return standIn;
    }

    /// <summary>The object behind a stand-in; null for any other reference.</summary>
    public object? TargetOf(nint reference) =>
        (reference & 1) == 0 && *(uint*)reference == HeapLayout.HostNumber
            ? _entries[*(int*)(reference + IndexOffset)].Target
            : null;

    /// <summary>Lets go of the objects whose stand-ins a collection has not reached.</summary>
    public void RemoveUnreached(HeapBlocks blocks)
    {
        for (int i = 0; i < _entries.Count; i++)
        {
            if (_entries[i].Target is not { } target || blocks.IsObject(_entries[i].StandIn)) continue;
            _indices.Remove(target);
            _entries[i] = default;
            _free.Push(i);
        }
    }
}
