using System.Runtime.InteropServices;
using Drydock.Compiler;
using GuestTable = Drydock.Runtime.Table;

namespace Drydock.Runtime.Native;

/// <summary>
/// What compiled code calls through <see cref="VmContextLayout.Builtins"/>: see <see cref="Builtin"/> for the
/// signatures. Each catches everything, since nothing may be thrown through a guest's frames.
/// </summary>
internal static unsafe partial class Builtins
{
    /// <summary>Address of the table of addresses, indexed by <see cref="Builtin"/>.</summary>
    public static nint Table { get; } = MakeTable();

    private static nint MakeTable()
    {
        int count = (int)Builtin.FillBytes + 1;
        var table = (nint*)NativeMemory.AllocZeroed((nuint)count, (nuint)sizeof(nint));
        table[(int)Builtin.CompileFunction] = (nint)(delegate* unmanaged<byte*, int, nint>)&CompileFunction;
        table[(int)Builtin.MemoryGrow] = (nint)(delegate* unmanaged<byte*, int, ulong, long>)&MemoryGrow;
        table[(int)Builtin.MemoryFill] = (nint)(delegate* unmanaged<byte*, int, ulong, int, ulong, int>)&MemoryFill;
        table[(int)Builtin.MemoryCopy] =
            (nint)(delegate* unmanaged<byte*, int, int, ulong, ulong, ulong, int>)&MemoryCopy;
        table[(int)Builtin.MemoryInit] =
            (nint)(delegate* unmanaged<byte*, int, int, ulong, ulong, ulong, int>)&MemoryInit;
        table[(int)Builtin.DataDrop] = (nint)(delegate* unmanaged<byte*, int, void>)&DataDrop;
        table[(int)Builtin.TableGrow] = (nint)(delegate* unmanaged<byte*, int, long, ulong, long>)&TableGrow;
        table[(int)Builtin.TableFill] = (nint)(delegate* unmanaged<byte*, int, ulong, long, ulong, int>)&TableFill;
        table[(int)Builtin.TableCopy] =
            (nint)(delegate* unmanaged<byte*, int, int, ulong, ulong, ulong, int>)&TableCopy;
        table[(int)Builtin.TableInit] =
            (nint)(delegate* unmanaged<byte*, int, int, ulong, ulong, ulong, int>)&TableInit;
        table[(int)Builtin.ElementDrop] = (nint)(delegate* unmanaged<byte*, int, void>)&ElementDrop;
        table[(int)Builtin.ReferenceFunction] = (nint)(delegate* unmanaged<byte*, int, long>)&ReferenceFunction;
        table[(int)Builtin.EpochExpired] = (nint)(delegate* unmanaged<byte*, int>)&EpochExpired;
        table[(int)Builtin.TypedElement] = (nint)(delegate* unmanaged<byte*, int, int, ulong, long>)&TypedElement;
        table[(int)Builtin.TailCallReturn] = FaultHandler.TailCallReturn;
        AddHeap(table);
        table[(int)Builtin.AtomicNotify] =
            (nint)(delegate* unmanaged<byte*, int, ulong, ulong, uint, long>)&AtomicNotify;
        table[(int)Builtin.AtomicWait32] =
            (nint)(delegate* unmanaged<byte*, int, ulong, ulong, int, long, long>)&AtomicWait32;
        table[(int)Builtin.AtomicWait64] =
            (nint)(delegate* unmanaged<byte*, int, ulong, ulong, long, long, long>)&AtomicWait64;
        nint platform = NativeLibrary.Load("libc.so.6");
        table[(int)Builtin.MoveBytes] = NativeLibrary.GetExport(platform, "memmove");
        table[(int)Builtin.FillBytes] = NativeLibrary.GetExport(platform, "memset");
        return (nint)table;
    }

    [UnmanagedCallersOnly]
    private static nint CompileFunction(byte* context, int bodyIndex)
    {
        var instance = VmContext.InstanceOf(context);
        try
        {
            return instance.Module.Code.Compile(bodyIndex);
        }
        catch (Exception exception)
        {
            instance.Store.PendingException = exception;
            return 0;
        }
    }

    [UnmanagedCallersOnly]
    private static long MemoryGrow(byte* context, int memory, ulong delta)
    {
        try
        {
            return VmContext.InstanceOf(context).Memories[memory].Grow(delta);
        }
        catch (Exception)
        {
            return -1;
        }
    }

    [UnmanagedCallersOnly]
    private static int MemoryFill(byte* context, int memory, ulong destination, int value, ulong length) =>
        Status(context, VmContext.InstanceOf(context).Memories[memory].TryFill(destination, (byte)value, length),
            TrapCode.OutOfBoundsMemoryAccess);

    [UnmanagedCallersOnly]
    private static int MemoryCopy(
        byte* context, int destinationMemory, int sourceMemory, ulong destination, ulong source, ulong length)
    {
        var memories = VmContext.InstanceOf(context).Memories;
        return Status(context, Memory.TryCopy(
            memories[destinationMemory], memories[sourceMemory], destination, source, length),
            TrapCode.OutOfBoundsMemoryAccess);
    }

    [UnmanagedCallersOnly]
    private static int MemoryInit(byte* context, int memory, int segment, ulong destination, ulong source, ulong length)
    {
        var instance = VmContext.InstanceOf(context);
        bool fits = instance.Memories[memory].TryInitialize(destination, instance.DataOf(segment), source, length);
        return Status(context, fits, TrapCode.OutOfBoundsMemoryAccess);
    }

    [UnmanagedCallersOnly]
    private static void DataDrop(byte* context, int segment) => VmContext.InstanceOf(context).DropData(segment);

    [UnmanagedCallersOnly]
    private static long TableGrow(byte* context, int table, long initial, ulong delta)
    {
        try
        {
            return VmContext.InstanceOf(context).Tables[table].GrowBy(delta, (nint)initial);
        }
        catch (Exception)
        {
            return -1;
        }
    }

    [UnmanagedCallersOnly]
    private static int TableFill(byte* context, int table, ulong start, long value, ulong length) =>
        Status(context, VmContext.InstanceOf(context).Tables[table].TryFill(start, (nint)value, length),
            TrapCode.OutOfBoundsTableAccess);

    [UnmanagedCallersOnly]
    private static int TableCopy(
        byte* context, int destinationTable, int sourceTable, ulong destination, ulong source, ulong length)
    {
        var tables = VmContext.InstanceOf(context).Tables;
        return Status(context, GuestTable.TryCopy(
            tables[destinationTable], tables[sourceTable], destination, source, length),
            TrapCode.OutOfBoundsTableAccess);
    }

    [UnmanagedCallersOnly]
    private static int TableInit(byte* context, int table, int segment, ulong destination, ulong source, ulong length)
    {
        var instance = VmContext.InstanceOf(context);
        bool fits = instance.Tables[table].TryInitialize(destination, instance.ElementsOf(segment), source, length);
        return Status(context, fits, TrapCode.OutOfBoundsTableAccess);
    }

    [UnmanagedCallersOnly]
    private static void ElementDrop(byte* context, int segment) => VmContext.InstanceOf(context).DropElements(segment);

    [UnmanagedCallersOnly]
    private static long ReferenceFunction(byte* context, int function) =>
        VmContext.InstanceOf(context).FunctionReference(function);

    /// <summary>
    /// A deadline that has passed ends the guest; a host that wants to let it go on sets a later one beforehand.
    /// </summary>
    [UnmanagedCallersOnly]
    private static int EpochExpired(byte* context) => Status(context, false, TrapCode.Interrupted);

    [UnmanagedCallersOnly]
    private static long TypedElement(byte* context, int table, int type, ulong index)
    {
        var instance = VmContext.InstanceOf(context);
        if (!instance.Tables[table].TryGet(index, out nint reference))
            return Fail(context, TrapCode.UndefinedElement);
        if (reference == 0) return Fail(context, TrapCode.UninitializedElement);
        int signature = (int)VmContext.UInt32((byte*)reference, FunctionReferenceLayout.Signature);
        bool matches = instance.Store.Engine.Signatures.IsSubtype(signature, instance.Module.Signatures[type]);
        return matches ? reference : Fail(context, TrapCode.IndirectCallTypeMismatch);
    }

    /// <summary>Leaves a trap behind for a built-in that returns a reference; the null it returns says so.</summary>
    private static nint Fail(byte* context, TrapCode code)
    {
        _ = Status(context, false, code);
        return 0;
    }

    private static int Status(byte* context, bool succeeded, TrapCode code)
    {
        if (succeeded) return 0;
        var store = (byte*)VmContext.Word(context, VmContextLayout.StoreContext);
        VmContext.UInt32(store, StoreContextLayout.PendingTrap) = (uint)code;
        return 1;
    }
}
