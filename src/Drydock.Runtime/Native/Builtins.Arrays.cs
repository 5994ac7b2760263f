using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Heap;
using Drydock.Wasm;

namespace Drydock.Runtime.Native;

/// <content>Built-ins that allocate objects or work on whole arrays.</content>
internal static unsafe partial class Builtins
{
    private static void AddHeap(nint* table)
    {
        table[(int)Builtin.Allocate] = HeapThunks.EmitAllocate(&Allocate);
        table[(int)Builtin.AllocateCell] = (nint)(delegate* unmanaged<byte*, long, nint>)&Allocate;
        table[(int)Builtin.ArrayNew] = (nint)(delegate* unmanaged<byte*, int, uint, nint>)&ArrayNew;
        table[(int)Builtin.ArrayNewFilled] = (nint)(delegate* unmanaged<byte*, int, byte*, uint, nint>)&ArrayNewFilled;
        table[(int)Builtin.ArrayNewFixed] =
            (nint)(delegate* unmanaged<byte*, int, byte*, int, uint, nint>)&ArrayNewFixed;
        table[(int)Builtin.ArrayNewData] = (nint)(delegate* unmanaged<byte*, int, int, uint, uint, nint>)&ArrayNewData;
        table[(int)Builtin.ArrayNewElements] =
            (nint)(delegate* unmanaged<byte*, int, int, uint, uint, nint>)&ArrayNewElements;
        table[(int)Builtin.ArrayFill] = (nint)(delegate* unmanaged<byte*, nint, uint, byte*, uint, int>)&ArrayFill;
        table[(int)Builtin.ArrayCopy] = (nint)(delegate* unmanaged<byte*, nint, uint, nint, uint, uint, int>)&ArrayCopy;
        table[(int)Builtin.ArrayInitData] =
            (nint)(delegate* unmanaged<byte*, int, nint, uint, uint, uint, int>)&ArrayInitData;
        table[(int)Builtin.ArrayInitElements] =
            (nint)(delegate* unmanaged<byte*, int, nint, uint, uint, uint, int>)&ArrayInitElements;
    }

    [UnmanagedCallersOnly]
    private static nint Allocate(byte* context, long size)
    {
        var store = VmContext.InstanceOf(context).Store;
        try
        {
            return OrFail(context, store.Heap.Allocate(size));
        }
        catch (Exception exception)
        {
            return Fail(store, exception);
        }
    }

    [UnmanagedCallersOnly]
    private static nint ArrayNew(byte* context, int type, uint length) => New(context, type, length);

    [UnmanagedCallersOnly]
    private static nint ArrayNewFilled(byte* context, int type, byte* value, uint length)
    {
        nint array = New(context, type, length);
        if (array != 0) Fill(array, 0, value, length, HeapObjects.ElementSizeOf(VmContext.InstanceOf(context), array));
        return array;
    }

    [UnmanagedCallersOnly]
    private static nint ArrayNewFixed(byte* context, int type, byte* first, int distance, uint count)
    {
        nint array = New(context, type, count);
        if (array == 0) return 0;
        int size = HeapObjects.ElementSizeOf(VmContext.InstanceOf(context), array);
        for (uint i = 0; i < count; i++)
            Buffer.MemoryCopy(first + (nint)i * distance, (void*)HeapObjects.ElementAt(array, i, size), size, size);
        return array;
    }

    [UnmanagedCallersOnly]
    private static nint ArrayNewData(byte* context, int type, int segment, uint offset, uint length)
    {
        var instance = VmContext.InstanceOf(context);
        int size = HeapLayout.SizeOf(((ArrayType)instance.Module.Definition.Types[type].Composite).Element);
        var data = instance.DataOf(segment);
        if (offset > data.Length || (ulong)length * (uint)size > (ulong)(data.Length - offset))
            return FailWith(context, TrapCode.OutOfBoundsMemoryAccess);
        nint array = New(context, type, length);
        if (array != 0) CopyData(data, offset, array, 0, length, size);
        return array;
    }

    [UnmanagedCallersOnly]
    private static nint ArrayNewElements(byte* context, int type, int segment, uint offset, uint length)
    {
        var elements = VmContext.InstanceOf(context).ElementsOf(segment);
        if (offset > elements.Length || length > elements.Length - offset)
            return FailWith(context, TrapCode.OutOfBoundsTableAccess);
        nint array = New(context, type, length);
        if (array != 0) CopyElements(elements, offset, array, 0, length);
        return array;
    }

    [UnmanagedCallersOnly]
    private static int ArrayFill(byte* context, nint array, uint start, byte* value, uint length)
    {
        if (!IsInside(context, array, start, length)) return 1;
        Fill(array, start, value, length, HeapObjects.ElementSizeOf(VmContext.InstanceOf(context), array));
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int ArrayCopy(byte* context, nint to, uint toStart, nint from, uint fromStart, uint length)
    {
        if (to == 0 || from == 0) return Status(context, false, TrapCode.NullArrayReference);
        if (!IsInside(context, to, toStart, length) || !IsInside(context, from, fromStart, length)) return 1;
        int size = HeapObjects.ElementSizeOf(VmContext.InstanceOf(context), to);
        long bytes = (long)length * size;
        Buffer.MemoryCopy((void*)HeapObjects.ElementAt(from, fromStart, size),
            (void*)HeapObjects.ElementAt(to, toStart, size),
            bytes, bytes);
        return 0;
    }

    [UnmanagedCallersOnly]
    private static int ArrayInitData(byte* context, int segment, nint array, uint start, uint offset, uint length)
    {
        if (!IsInside(context, array, start, length)) return 1;
        var instance = VmContext.InstanceOf(context);
        var data = instance.DataOf(segment);
        int size = HeapObjects.ElementSizeOf(instance, array);
        bool fits = offset <= data.Length && (ulong)length * (uint)size <= (ulong)(data.Length - offset);
        if (fits) CopyData(data, offset, array, start, length, size);
        return Status(context, fits, TrapCode.OutOfBoundsMemoryAccess);
    }

    [UnmanagedCallersOnly]
    private static int ArrayInitElements(byte* context, int segment, nint array, uint start, uint offset, uint length)
    {
        if (!IsInside(context, array, start, length)) return 1;
        var elements = VmContext.InstanceOf(context).ElementsOf(segment);
        bool fits = offset <= elements.Length && length <= elements.Length - offset;
        if (fits) CopyElements(elements, offset, array, start, length);
        return Status(context, fits, TrapCode.OutOfBoundsTableAccess);
    }

    private static nint New(byte* context, int type, uint length)
    {
        var instance = VmContext.InstanceOf(context);
        try
        {
            return OrFail(context, HeapObjects.NewArray(instance, type, length));
        }
        catch (Exception exception)
        {
            return Fail(instance.Store, exception);
        }
    }

    /// <summary>Whether a range is within an array that is not null; if not, a trap is pending.</summary>
    private static bool IsInside(byte* context, nint array, uint start, uint length)
    {
        if (array == 0) return Status(context, false, TrapCode.NullArrayReference) == 0;
        uint size = HeapObjects.LengthOf(array);
        return Status(context, start <= size && length <= size - start, TrapCode.OutOfBoundsArrayAccess) == 0;
    }

    private static void Fill(nint array, uint start, byte* value, uint length, int size)
    {
        var elements = (byte*)HeapObjects.ElementAt(array, start, size);
        switch (size)
        {
            case 1: new Span<byte>(elements, checked((int)length)).Fill(*value); break;
            case 2: new Span<ushort>(elements, checked((int)length)).Fill(*(ushort*)value); break;
            case 4: new Span<uint>(elements, checked((int)length)).Fill(*(uint*)value); break;
            case 8: new Span<ulong>(elements, checked((int)length)).Fill(*(ulong*)value); break;
            default: new Span<UInt128>(elements, checked((int)length)).Fill(*(UInt128*)value); break;
        }
    }

    private static void CopyData(ReadOnlySpan<byte> data, uint offset, nint array, uint start, uint length, int size)
    {
        var from = data.Slice((int)offset, (int)length * size);
        from.CopyTo(new Span<byte>((void*)HeapObjects.ElementAt(array, start, size), from.Length));
    }

    private static void CopyElements(ReadOnlySpan<nint> elements, uint offset, nint array, uint start, uint length) =>
        elements.Slice((int)offset, (int)length)
            .CopyTo(new Span<nint>((void*)HeapObjects.ElementAt(array, start, sizeof(nint)), (int)length));

    private static nint OrFail(byte* context, nint reference) =>
        reference != 0 ? reference : FailWith(context, TrapCode.OutOfMemory);

    private static nint FailWith(byte* context, TrapCode code)
    {
        _ = Status(context, false, code);
        return 0;
    }

    private static nint Fail(Store store, Exception exception)
    {
        store.PendingException = exception;
        return 0;
    }
}
