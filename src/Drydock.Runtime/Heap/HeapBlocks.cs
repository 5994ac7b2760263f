using System.Numerics;
using Drydock.Compiler;
using Drydock.Runtime.Native;

namespace Drydock.Runtime.Heap;

/// <summary>What a block is used for.</summary>
internal enum BlockUse : byte
{
    /// <summary>Nothing.</summary>
    Free,
    /// <summary>Cells of one size.</summary>
    Cells,
    /// <summary>The beginning of a large object.</summary>
    Large,
    /// <summary>The rest of a large object.</summary>
    LargeRest,
}

/// <summary>A block's entry in the table.</summary>
internal struct Block
{
    public BlockUse Use;
    public byte SizeClass;
    /// <summary>Whether the block has never been used and so is zero.</summary>
    public bool IsFresh;
    /// <summary>For a large object its number of blocks; for the rest of one the distance to its first.</summary>
    public int Span;
    /// <summary>The next block with cells of the same size, or -1.</summary>
    public int Next;
}

/// <summary>
/// The address space of a heap, in blocks of 64 KiB, with two bits for every 16 bytes: one for each cell that is, or
/// may be, an object; and one for each object that the collection under way has reached.
/// </summary>
internal sealed unsafe class HeapBlocks : IDisposable
{
    public const int BlockSize = 1 << BlockLog2;
    public const int BlockLog2 = 16;
    private const int GranuleLog2 = 4, WordsPerBlock = BlockSize >> GranuleLog2 >> 6;
    private const int CommitCount = 16;
    private const nint PageMask = 4095;

    private const int BitsPerBlock = WordsPerBlock * sizeof(ulong);

    private readonly nuint _size;
    private readonly Block* _blocks;
    private ulong* _objects, _reached;
    private int _committed;
    private bool _disposed;

    /// <summary>Reserves address space for <paramref name="capacity"/> blocks.</summary>
    public HeapBlocks(int capacity)
    {
        Capacity = capacity;
        nuint blocks = (nuint)capacity << BlockLog2, bits = (nuint)capacity * BitsPerBlock;
        _size = blocks + 2 * bits + (nuint)capacity * (nuint)sizeof(Block);
        const int Flags = Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve;
        nint address = Libc.Map(0, _size, Libc.ProtNone, Flags, -1, 0);
        if (address == Libc.MapFailed)
        {
            throw new LinkException($"cannot reserve {_size >> 20} MiB of address space for a heap: lower the store's "
                + "MaxHeapBytes, or raise the limit of the address space (ulimit -v)");
        }
        Base = (byte*)address;
        _objects = (ulong*)(Base + blocks);
        _reached = (ulong*)(Base + blocks + bits);
        _blocks = (Block*)(Base + blocks + 2 * bits);
    }

    public int Capacity { get; }
    /// <summary>How many blocks have been in use so far; all at the front.</summary>
    public int Count { get; private set; }
    public byte* Base { get; }

    public ref Block this[int index] => ref _blocks[index];
    public byte* AddressOf(int block) => Base + ((nint)block << BlockLog2);
    public int IndexOf(nint address) => (int)((address - (nint)Base) >> BlockLog2);

    /// <summary>
    /// Makes <paramref name="count"/> more blocks usable; their first, or -1 if the limit or the system is in the way.
    /// </summary>
    public int Extend(int count)
    {
        if (count > Capacity - Count) return -1;
        int first = Count, end = Count + count;
        if (end > _committed && !TryCommit(Math.Min(Capacity, end + CommitCount - 1 & -CommitCount))) return -1;
        for (int i = first; i < end; i++) _blocks[i].IsFresh = true;
        Count = end;
        return first;
    }

    /// <summary>Makes the first <paramref name="end"/> blocks accessible, with their bits and entries.</summary>
    private bool TryCommit(int end)
    {
        bool isDone = TryCommit(Base, BlockSize, end) && TryCommit((byte*)_objects, BitsPerBlock, end)
            && TryCommit((byte*)_reached, BitsPerBlock, end) && TryCommit((byte*)_blocks, sizeof(Block), end);
        if (isDone) _committed = end;
        return isDone;
    }

    private bool TryCommit(byte* start, int size, int end)
    {
        nint from = (nint)start + (nint)_committed * size & ~PageMask,
            to = (nint)start + (nint)end * size + PageMask & ~PageMask;
        return Libc.Protect(from, (nuint)(to - from), Libc.ProtRead | Libc.ProtWrite) == 0;
    }

    /// <summary>Gives the memory of free blocks back to the system; they are as if they had never been used.</summary>
    public void ReleaseFree()
    {
        for (int i = 0, run = 0; i <= Count; i++)
        {
            bool isFree = i < Count && _blocks[i] is { Use: BlockUse.Free, IsFresh: false };
            if (isFree) run++;
            else if (run > 0)
            {
                Release(i - run, run);
                run = 0;
            }
        }
    }

    private void Release(int first, int count)
    {
        if (Libc.Advise((nint)AddressOf(first), (nuint)count << BlockLog2, Libc.AdviseDontNeed) != 0) return;
        for (int i = first; i < first + count; i++) _blocks[i].IsFresh = true;
    }

    /// <summary>Whether a cell that starts at an address is, or may be, an object.</summary>
    public bool IsObject(nint address) => Test(_objects, BitOf(address));

    public void SetObject(nint address) => Set(_objects, BitOf(address));

    /// <summary>Marks an object as reached; false if it was already.</summary>
    public bool Reach(nint address)
    {
        nint bit = BitOf(address);
        ref ulong word = ref _reached[bit >> 6];
        ulong mask = 1UL << (int)(bit & 63);
        if ((word & mask) != 0) return false;
        word |= mask;
        return true;
    }

    public bool IsReached(nint address) => Test(_reached, BitOf(address));

    /// <summary>Forgets what has been reached.</summary>
    public void ClearReached() => new Span<ulong>(_reached, Count * WordsPerBlock).Clear();

    /// <summary>What has been reached becomes what is there.</summary>
    public void KeepReached()
    {
        ulong* objects = _objects;
        _objects = _reached;
        _reached = objects;
    }

    /// <summary>How many objects there are in a block.</summary>
    public int ObjectsIn(int block)
    {
        int count = 0;
        foreach (ulong word in WordsOf(block)) count += BitOperations.PopCount(word);
        return count;
    }

    /// <summary>The bits of a block's objects, one for each 16 bytes.</summary>
    public Span<ulong> WordsOf(int block) => new(_objects + (nint)block * WordsPerBlock, WordsPerBlock);

    /// <summary>The same of those reached.</summary>
    public ReadOnlySpan<ulong> ReachedIn(int block) => new(_reached + (nint)block * WordsPerBlock, WordsPerBlock);

    /// <summary>The object that an address which may be anything lies in, or zero.</summary>
    public nint Find(nint address)
    {
        nint offset = address - (nint)Base;
        if ((nuint)offset >= (nuint)Count << BlockLog2) return 0;
        int block = (int)(offset >> BlockLog2);
        if (_blocks[block].Use == BlockUse.LargeRest) block -= _blocks[block].Span;
        nint start = StartOf(block, offset);
        return start != 0 && IsObject(start) && *(uint*)start != 0 ? start : 0;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        _ = Libc.Unmap((nint)Base, _size);
    }

    private nint StartOf(int block, nint offset)
    {
        nint first = (nint)AddressOf(block);
        switch (_blocks[block].Use)
        {
            case BlockUse.Large: return first;
            case BlockUse.Cells:
                int cell = HeapLayout.CellSize(_blocks[block].SizeClass);
                int index = (int)(offset & (BlockSize - 1)) / cell;
                return index < BlockSize / cell ? first + index * cell : 0;
            default: return 0;
        }
    }

    private nint BitOf(nint address) => (address - (nint)Base) >> GranuleLog2;
    private static bool Test(ulong* words, nint bit) => (words[bit >> 6] >> (int)(bit & 63) & 1) != 0;
    private static void Set(ulong* words, nint bit) => words[bit >> 6] |= 1UL << (int)(bit & 63);
}
