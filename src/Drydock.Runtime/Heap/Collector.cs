using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using Drydock.Compiler;
using Drydock.Runtime.Native;

namespace Drydock.Runtime.Heap;

/// <summary>
/// Marks what can be reached. Globals, tables, segments and what the host holds are known exactly; the native stack,
/// from here to where the thread first entered the store, is searched for anything that looks like an object's address.
/// </summary>
internal sealed unsafe class Collector : IDisposable
{
    private const int FirstCapacity = 1 << 12, MostCapacity = 1 << 20;
    /// <summary>How many objects are fetched into the cache ahead of the one that is looked into.</summary>
    private const int Ahead = 16;
    /// <summary>Larger arrays are looked into piece by piece, so that their elements do not fill the stack.</summary>
    private const uint Piece = 4096;

    private readonly Store _store;
    private readonly HeapBlocks _blocks;
    private readonly GCHandle _self;
    private readonly nint _infos;
    private readonly nint[] _fetched = new nint[Ahead];
    private readonly Stack<(nint Array, uint Next)> _arrays = new();
    private nint* _stack;
    private int _depth, _capacity;
    private bool _hasOverflowed;
    private Exception? _failure;

    public Collector(Store store, HeapBlocks blocks)
    {
        _store = store;
        _blocks = blocks;
        _infos = store.Engine.Signatures.Infos.Address;
        _self = GCHandle.Alloc(this);
        _capacity = FirstCapacity;
        _stack = (nint*)NativeMemory.Alloc((nuint)_capacity, (nuint)sizeof(nint));
    }

    /// <summary>
    /// Leaves the heap with the objects that can be reached, and drops the host objects behind the others.
    /// </summary>
    public void Run()
    {
        _blocks.ClearReached();
        _arrays.Clear();
        _depth = 0;
        _hasOverflowed = false;
        RootBytes = 0;
        _failure = null;
        HeapThunks.CallWithStack(&MarkAll, GCHandle.ToIntPtr(_self));
        if (_failure is not null) throw new InvalidOperationException("cannot collect the heap", _failure);
        _blocks.KeepReached();
        _store.HostObjects.RemoveUnreached(_blocks);
    }

    public void Dispose()
    {
        if (_stack == null) return;
        NativeMemory.Free(_stack);
        _stack = null;
        _self.Free();
    }

    /// <summary>Marks an exact reference: null, an i31 or an object.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Mark(nint reference)
    {
        if (reference == 0 || (reference & 1) != 0 || !_blocks.Reach(reference)) return;
        if (_depth == _capacity && !Grow()) return;
        _stack[_depth++] = reference;
    }

    /// <summary>How much the last collection had to search for references outside the heap.</summary>
    public long RootBytes { get; private set; }

    /// <summary>Marks exact references.</summary>
    public void Mark(ReadOnlySpan<nint> references)
    {
        RootBytes += (long)references.Length * sizeof(nint);
        foreach (nint reference in references) Mark(reference);
    }

    [UnmanagedCallersOnly]
    private static void MarkAll(nint self, nint stackPointer)
    {
        var collector = Unsafe.As<Collector>(GCHandle.FromIntPtr(self).Target!);
        try
        {
            collector._store.MarkRoots(collector);
            collector.MarkStack(stackPointer, collector._store.StackTop);
            collector.Drain();
            while (collector._hasOverflowed) collector.MarkAgain();
        }
        catch (Exception exception)
        {
            collector._failure = exception;
        }
    }

    private void MarkStack(nint from, nint to)
    {
        RootBytes += Math.Max(0, to - from);
        for (nint at = from; at < to; at += sizeof(nint))
        {
            nint found = _blocks.Find(*(nint*)at);
            if (found != 0) Mark(found);
        }
    }

    private void Drain()
    {
        DrainStack();
        while (_arrays.TryPop(out var rest))
        {
            MarkPiece(rest.Array, rest.Next);
            DrainStack();
        }
    }

    /// <summary>Looks into what is on the stack, by way of a queue in which it waits to come into the cache.</summary>
    private void DrainStack()
    {
        int head = 0, count = 0;
        while (true)
        {
            for (; count < Ahead && _depth > 0; count++)
            {
                nint next = _stack[--_depth];
                Sse.Prefetch0((void*)next);
                _fetched[head + count & Ahead - 1] = next;
            }
            if (count == 0) return;
            nint reference = _fetched[head];
            head = head + 1 & Ahead - 1;
            count--;
            MarkFields(reference);
        }
    }

    private void MarkFields(nint reference)
    {
        uint number = *(uint*)reference;
        byte* info = TypeInfos.EntryOf(_infos, number);
        uint count = VmContext.UInt32(info, TypeInfoLayout.ReferenceCount);
        if (number == HeapLayout.ExceptionNumber) MarkException(reference);
        else if (count == 0) return;
        else if (VmContext.UInt32(info, TypeInfoLayout.Kind) == (uint)ObjectKind.Array) MarkElements(reference);
        else MarkAt(reference, (int*)VmContext.Word(info, TypeInfoLayout.References), count);
    }

    private void MarkAt(nint reference, int* offsets, uint count)
    {
        for (uint i = 0; i < count; i++) Mark(*(nint*)(reference + offsets[i]));
    }

    private void MarkElements(nint array)
    {
        if (HeapObjects.LengthOf(array) > Piece) _arrays.Push((array, 0));
        else MarkPiece(array, 0);
    }

    private void MarkPiece(nint array, uint from)
    {
        var elements = (nint*)(array + HeapLayout.ArrayElements);
        uint to = Math.Min(HeapObjects.LengthOf(array), from + Piece);
        if (to < HeapObjects.LengthOf(array)) _arrays.Push((array, to));
        for (uint i = from; i < to; i++) Mark(elements[i]);
    }

    private void MarkException(nint exception)
    {
        var tag = (byte*)*(nint*)(exception + HeapLayout.ExceptionTag);
        // An exception under construction, which the stack shows, may not have its tag yet.
        if (tag == null) return;
        MarkAt(exception, (int*)VmContext.Word(tag, TagLayout.References),
            VmContext.UInt32(tag, TagLayout.ReferenceCount));
    }

    /// <summary>
    /// Makes room, up to a bound; beyond it, what was reached but not looked into is found again later.
    /// </summary>
    private bool Grow()
    {
        if (_capacity == MostCapacity)
        {
            _hasOverflowed = true;
            return false;
        }
        _capacity *= 2;
        _stack = (nint*)NativeMemory.Realloc(_stack, (nuint)_capacity * (nuint)sizeof(nint));
        return true;
    }

    /// <summary>Looks into every object reached once more.</summary>
    private void MarkAgain()
    {
        _hasOverflowed = false;
        for (int block = 0; block < _blocks.Count; block++)
        {
            var words = _blocks.ReachedIn(block);
            for (int i = 0; i < words.Length; i++)
                for (ulong left = words[i]; left != 0; left &= left - 1)
                    MarkAgain((nint)_blocks.AddressOf(block)
                        + (i * 64 + System.Numerics.BitOperations.TrailingZeroCount(left)) * HeapLayout.Granule);
        }
    }

    private void MarkAgain(nint reference)
    {
        MarkFields(reference);
        Drain();
    }
}
