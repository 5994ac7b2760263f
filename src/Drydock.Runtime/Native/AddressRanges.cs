using System.Runtime.InteropServices;

namespace Drydock.Runtime.Native;

/// <summary>
/// A table of address ranges that the fault handler reads without a lock: a count, padded to 16 bytes, then pairs of
/// start and end. A range that is not in use is empty. Every intermediate state is a correct table: an entry's end is
/// written after its start and cleared before it.
/// </summary>
internal sealed unsafe class AddressRanges(int capacity, string what)
{
    private readonly Lock _gate = new();
    private readonly Stack<int> _free = new();
    private readonly Dictionary<nint, int> _indices = [];
    private readonly nint* _table = (nint*)NativeMemory.AllocZeroed((nuint)(capacity + 1) * 16);

    /// <summary>Address of the count.</summary>
    public nint Table => (nint)_table;

    /// <summary>Adds a range.</summary>
    public void Add(nint start, nint size)
    {
        lock (_gate)
        {
            if (!_free.TryPop(out int index)) index = Extend();
            _indices.Add(start, index);
            Volatile.Write(ref _table[index * 2], start);
            Volatile.Write(ref _table[index * 2 + 1], start + size);
        }
    }

    /// <summary>Removes the range that begins at <paramref name="start"/>.</summary>
    public void Remove(nint start)
    {
        lock (_gate)
        {
            if (!_indices.Remove(start, out int index)) return;
            Volatile.Write(ref _table[index * 2 + 1], 0);
            Volatile.Write(ref _table[index * 2], 0);
            _free.Push(index);
        }
    }

    private int Extend()
    {
        int index = (int)_table[0] + 1;
        if (index > capacity) throw new InvalidOperationException($"too many {what}: the limit is {capacity}");
        Volatile.Write(ref _table[0], index);
        return index;
    }
}

/// <summary>Where machine code made here is.</summary>
internal static class CodeRanges
{
    private static readonly AddressRanges Ranges = new(16384, "pieces of code");

    public static nint Table => Ranges.Table;
    public static void Add(nint start, nint size) => Ranges.Add(start, size);
    public static void Remove(nint start) => Ranges.Remove(start);
}

/// <summary>Where guests' memories are, with the guard regions behind them.</summary>
internal static class MemoryRanges
{
    private static readonly AddressRanges Ranges = new(65536, "memories");

    public static nint Table => Ranges.Table;
    public static void Add(nint start, nint size) => Ranges.Add(start, size);
    public static void Remove(nint start) => Ranges.Remove(start);
}
