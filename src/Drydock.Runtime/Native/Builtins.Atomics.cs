using System.Runtime.InteropServices;
using Drydock.Compiler;

namespace Drydock.Runtime.Native;

/// <content>Waiting and notification.</content>
internal static unsafe partial class Builtins
{
    [UnmanagedCallersOnly]
    private static long AtomicNotify(byte* context, int memory, ulong offset, ulong address, uint count)
    {
        var shared = VmContext.InstanceOf(context).Memories[memory];
        if (!IsAtomicPlace(context, shared, ref address, offset, 4)) return -1;
        return shared.Storage.Type.IsShared ? shared.Storage.Waiters.Notify(address, count) : 0;
    }

    [UnmanagedCallersOnly]
    private static long AtomicWait32(byte* context, int memory, ulong offset, ulong address, int expected,
        long timeout) =>
        Wait(context, memory, address, offset, 4, expected, timeout);

    [UnmanagedCallersOnly]
    private static long AtomicWait64(byte* context, int memory, ulong offset, ulong address, long expected,
        long timeout) =>
        Wait(context, memory, address, offset, 8, expected, timeout);

    private static long Wait(byte* context, int index, ulong address, ulong offset, int size, long expected,
        long timeout)
    {
        var memory = VmContext.InstanceOf(context).Memories[index];
        if (!IsAtomicPlace(context, memory, ref address, offset, size)) return -1;
        if (!memory.Storage.Type.IsShared) return -Status(context, false, TrapCode.ExpectedSharedMemory);
        try
        {
            var result = memory.Wait(address, size, expected, timeout);
            return result == WaitResult.Interrupted ? -Status(context, false, TrapCode.Interrupted) : (long)result;
        }
        catch (Exception exception)
        {
            memory.Store.PendingException = exception;
            return -1;
        }
    }

    /// <summary>
    /// Adds the offset and checks that the place is aligned and within the memory; if not a trap is pending.
    /// </summary>
    private static bool IsAtomicPlace(byte* context, Memory memory, ref ulong address, ulong offset, int size)
    {
        bool fits = offset <= ulong.MaxValue - address;
        address += offset;
        if (!fits || !memory.Storage.IsInside(address, (ulong)size))
            return Status(context, false, TrapCode.OutOfBoundsMemoryAccess) == 0;
        return address % (ulong)size == 0 || Status(context, false, TrapCode.UnalignedAtomic) == 0;
    }
}
