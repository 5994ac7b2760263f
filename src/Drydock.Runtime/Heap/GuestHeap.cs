using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;

namespace Drydock.Runtime.Heap;

/// <summary>
/// A store's heap: structures, arrays, exceptions and stand-ins for objects of the host. Objects do not move. Blocks
/// hold cells of one size; compiled code takes cells from a run of free ones that <see cref="StoreContextLayout"/>
/// names, and comes here when the run is used up. Runs are found block by block after a collection, so that nobody
/// waits for a sweep.
/// </summary>
internal sealed unsafe class GuestHeap : IDisposable
{
    /// <summary>A collection is not worth it before this much was allocated since the last one.</summary>
    private const long LeastBetween = 4 << 20;
    /// <summary>
    /// Memory is given back to the system when more than this is free besides what will be used soon.
    /// </summary>
    private const long MostIdle = 64 << 20;

    private readonly Store _store;
    private readonly HeapBlocks _blocks;
    private readonly Collector _collector;
    private readonly (int First, int Last, int Current, int Cell)[] _classes;
    private readonly bool _isStressed;
    private int _freeFrom;
    private long _allocated, _live, _idle;
    /// <summary>How much is allocated until the next collection: in proportion to the work that one is.</summary>
    private long _between = LeastBetween;

    public GuestHeap(Store store)
    {
        _store = store;
        long limit = Math.Max(store.Options.Limits.MaxHeapBytes, HeapBlocks.BlockSize);
        _blocks = new HeapBlocks((int)Math.Min(limit >> HeapBlocks.BlockLog2, MostBlocks));
        _collector = new Collector(store, _blocks);
        _classes = new (int, int, int, int)[HeapLayout.ClassCount];
        _isStressed = store.Engine.Options.StressHeap;
        ForgetRuns();
    }

    /// <summary>64 GiB.</summary>
    private const long MostBlocks = 1 << 20;

    /// <summary>Number of collections so far.</summary>
    public long Collections { get; private set; }
    /// <summary>How long the last collection took.</summary>
    public TimeSpan LastPause { get; private set; }
    /// <summary>Bytes of the objects that the last collection left.</summary>
    public long LiveBytes => _live;

    /// <summary>The object an address that may be anything lies in, or zero.</summary>
    public nint Find(nint address) => _blocks.Find(address);

    /// <summary>Whether there is an object that starts at an address.</summary>
    public bool IsObject(nint address) => _blocks.Find(address) == address;

    /// <summary>
    /// Zeroed bytes for an object, whose header the caller writes before anything else can happen; zero if there are
    /// none.
    /// </summary>
    public nint Allocate(long size)
    {
        if (_isStressed) Collect();
        return size <= HeapLayout.LargestCell ? AllocateCell(HeapLayout.ClassOf((int)size)) : AllocateLarge(size);
    }

    /// <summary>As <see cref="Allocate"/>, from the run at hand if there is one.</summary>
    public nint AllocateFast(long size)
    {
        if (size > HeapLayout.LargestCell) return Allocate(size);
        int sizeClass = HeapLayout.ClassOf((int)size);
        ref nint cursor = ref VmContext.Word(_store.Context, StoreContextLayout.AllocationCursor(sizeClass));
        nint limit = VmContext.Word(_store.Context, StoreContextLayout.AllocationLimit(sizeClass));
        nint cell = cursor, next = cell + HeapLayout.CellSize(sizeClass);
        if (next > limit) return Allocate(size);
        cursor = next;
        return cell;
    }

    /// <summary>Finds what can no longer be reached and lets its space be used again.</summary>
    public void Collect()
    {
        long start = System.Diagnostics.Stopwatch.GetTimestamp();
        ForgetRuns();
        _collector.Run();
        Rebuild();
        _allocated = 0;
        _between = Math.Max(LeastBetween, _live + _collector.RootBytes);
        Collections++;
        LastPause = System.Diagnostics.Stopwatch.GetElapsedTime(start);
    }

    public void Dispose()
    {
        _blocks.Dispose();
        _collector.Dispose();
    }

    private nint AllocateCell(int sizeClass)
    {
        bool hasCollected = _isStressed;
        while (true)
        {
            if (TryRun(sizeClass, out nint start, out nint end)) return Take(sizeClass, start, end);
            bool isDue = !hasCollected && _allocated + HeapBlocks.BlockSize > _between;
            if (!isDue && TryAddBlock(sizeClass)) continue;
            if (hasCollected || !TryMakeRoom()) return 0;
            hasCollected = true;
        }
    }

    /// <summary>Collects; false if that freed so little that the next allocations would only collect again.</summary>
    private bool TryMakeRoom()
    {
        long before = _live + _allocated;
        bool isFull = FreeBlocksAtMost(1);
        Collect();
        long capacity = (long)_blocks.Capacity << HeapBlocks.BlockLog2;
        return !isFull || before - _live >= capacity >> 6 || !FreeBlocksAtMost(1);
    }

    private bool FreeBlocksAtMost(int count)
    {
        int free = _blocks.Capacity - _blocks.Count;
        for (int i = _freeFrom; i < _blocks.Count && free <= count; i++)
            if (_blocks[i].Use == BlockUse.Free) free++;
        return free <= count;
    }

    private nint Take(int sizeClass, nint start, nint end)
    {
        VmContext.Word(_store.Context, StoreContextLayout.AllocationCursor(sizeClass)) = start
            + HeapLayout.CellSize(sizeClass);
        VmContext.Word(_store.Context, StoreContextLayout.AllocationLimit(sizeClass)) = end;
        return start;
    }

    /// <summary>Finds the next run of free cells in the blocks of a class, and zeroes it.</summary>
    private bool TryRun(int sizeClass, out nint start, out nint end)
    {
        ref var state = ref _classes[sizeClass];
        int size = HeapLayout.CellSize(sizeClass), cells = HeapBlocks.BlockSize / size;
        for (; state.Current >= 0; state.Current = _blocks[state.Current].Next, state.Cell = 0)
        {
            nint first = (nint)_blocks.AddressOf(state.Current);
            int from = state.Cell;
            while (from < cells && _blocks.IsObject(first + from * size)) from++;
            if (from == cells) continue;
            int to = _isStressed ? from + 1 : EndOfRun(first, from, size, cells);
            start = first + from * size;
            end = first + to * size;
            state.Cell = to;
            for (nint cell = start; cell < end; cell += size) _blocks.SetObject(cell);
            if (!_blocks[state.Current].IsFresh) NativeMemory.Clear((void*)start, (nuint)(end - start));
            _allocated += end - start;
            return true;
        }
        start = end = 0;
        return false;
    }

    private int EndOfRun(nint first, int from, int size, int cells)
    {
        int to = from + 1;
        while (to < cells && !_blocks.IsObject(first + to * size)) to++;
        return to;
    }

    private bool TryAddBlock(int sizeClass)
    {
        int index = TakeBlocks(1);
        if (index < 0) return false;
        ref Block block = ref _blocks[index];
        block.Use = BlockUse.Cells;
        block.SizeClass = (byte)sizeClass;
        Append(index);
        ref var state = ref _classes[sizeClass];
        if (state.Current < 0) (state.Current, state.Cell) = (index, 0);
        return true;
    }

    private void Append(int index)
    {
        ref Block block = ref _blocks[index];
        block.Next = -1;
        ref var state = ref _classes[block.SizeClass];
        if (state.First < 0) state.First = index;
        else _blocks[state.Last].Next = index;
        state.Last = index;
    }

    private nint AllocateLarge(long size)
    {
        long count = (size + HeapBlocks.BlockSize - 1) >> HeapBlocks.BlockLog2;
        if (count > _blocks.Capacity) return 0;
        long bytes = count << HeapBlocks.BlockLog2;
        bool isDue = !_isStressed && _allocated > 0 && _allocated + bytes > _between;
        if (isDue) Collect();
        int index = TakeBlocks((int)count);
        if (index < 0 && !isDue)
        {
            Collect();
            index = TakeBlocks((int)count);
        }
        return index < 0 ? 0 : MakeLarge(index, (int)count);
    }

    private nint MakeLarge(int index, int count)
    {
        nint start = (nint)_blocks.AddressOf(index);
        for (int i = 0; i < count; i++)
        {
            ref Block block = ref _blocks[index + i];
            if (!block.IsFresh) NativeMemory.Clear(_blocks.AddressOf(index + i), HeapBlocks.BlockSize);
            block = new Block { Use = i == 0 ? BlockUse.Large : BlockUse.LargeRest, Span = i == 0 ? count : i };
        }
        _blocks.SetObject(start);
        _allocated += (long)count << HeapBlocks.BlockLog2;
        return start;
    }

    /// <summary>Free blocks in a row, the first found or new ones; -1 if there are none.</summary>
    private int TakeBlocks(int count)
    {
        int run = 0;
        for (int i = _freeFrom; i < _blocks.Count; i++)
        {
            run = _blocks[i].Use == BlockUse.Free ? run + 1 : 0;
            if (run < count) continue;
            if (count == 1) _freeFrom = i + 1;
            return i + 1 - count;
        }
        if (count == 1) _freeFrom = _blocks.Count + 1;
        // What is free at the end is the beginning of what is needed.
        int first = _blocks.Extend(count - run);
        return first < 0 ? -1 : first - run;
    }

    /// <summary>After a collection: frees blocks without objects and lists the others by their class.</summary>
    private void Rebuild()
    {
        _freeFrom = 0;
        _live = _idle = 0;
        for (int i = 0; i < _classes.Length; i++) _classes[i] = (-1, -1, -1, 0);
        for (int i = 0; i < _blocks.Count; i++)
        {
            ref Block block = ref _blocks[i];
            if (block.Use == BlockUse.Cells) KeepCells(i, ref block);
            else if (block.Use == BlockUse.Large) i += KeepLarge(i) - 1;
            else if (!block.IsFresh) _idle += HeapBlocks.BlockSize;
        }
        for (int i = 0; i < _classes.Length; i++) _classes[i].Current = _classes[i].First;
        if (_idle > 2 * _live + MostIdle) _blocks.ReleaseFree();
    }

    private void KeepCells(int index, ref Block block)
    {
        int objects = _blocks.ObjectsIn(index), size = HeapLayout.CellSize(block.SizeClass);
        _live += (long)objects * size;
        block.IsFresh = false;
        if (objects == 0) Free(ref block);
        else if (objects < HeapBlocks.BlockSize / size) Append(index);
    }

    /// <summary>Keeps a large object or frees its blocks; their number.</summary>
    private int KeepLarge(int index)
    {
        int count = _blocks[index].Span;
        if (_blocks.IsObject((nint)_blocks.AddressOf(index)))
        {
            _live += (long)count << HeapBlocks.BlockLog2;
            return count;
        }
        for (int i = index; i < index + count; i++) Free(ref _blocks[i]);
        return count;
    }

    private void Free(ref Block block)
    {
        block = default;
        _idle += HeapBlocks.BlockSize;
    }

    /// <summary>Gives up the runs at hand: what was not taken from them is free.</summary>
    private void ForgetRuns()
    {
        for (int i = 0; i < _classes.Length; i++)
        {
            if (Collections == 0 && _blocks.Count == 0) _classes[i] = (-1, -1, -1, 0);
            VmContext.Word(_store.Context, StoreContextLayout.AllocationCursor(i)) = 0;
            VmContext.Word(_store.Context, StoreContextLayout.AllocationLimit(i)) = 0;
        }
    }
}
