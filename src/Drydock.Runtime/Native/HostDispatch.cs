using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Drydock.Wasm;

namespace Drydock.Runtime.Native;

/// <summary>The managed end of every host thunk.</summary>
internal static unsafe class HostDispatch
{
    /// <summary>
    /// Address of <c>int dispatch(context, slots)</c>; the context is a handle of a <see cref="HostBinding"/>.
    /// </summary>
    public static nint Address => (nint)(delegate* unmanaged<nint, byte*, int>)&Dispatch;

    /// <summary>What dispatch returns when an exception of a guest is pending.</summary>
    public const int HasThrown = 2;
    private const int HasFailed = 1;

    [UnmanagedCallersOnly]
    private static int Dispatch(nint context, byte* slots)
    {
        var binding = Unsafe.As<HostBinding>(GCHandle.FromIntPtr(context).Target!);
        int references = binding.Store.References.Count;
        try
        {
            binding.Call(new HostCall(slots, binding));
            if (binding.ReturnsReferences) binding.CheckResults(slots);
            return 0;
        }
        catch (Exception exception)
        {
            // Nothing may be thrown through the guest's frames; whoever entered the guest gets it instead.
            return HandOn(binding.Store, exception);
        }
        finally
        {
            binding.Store.References.Close(references);
        }
    }

    private static int HandOn(Store store, Exception exception)
    {
        try
        {
            if (exception is WasmException thrown)
            {
                store.SetPending(thrown);
                return HasThrown;
            }
        }
        catch (Exception failure)
        {
            exception = failure;
        }
        store.PendingException = exception;
        return HasFailed;
    }
}

/// <summary>A host function as one instance imports it.</summary>
internal sealed unsafe class HostBinding(Store store, FunctionType type, HostFunction call, Instance? caller)
{
    private const int SlotSize = 16;

    /// <summary>The function's type, without references to types of a module.</summary>
    public FunctionType Type { get; } = type;
    /// <summary>Whether there are references to objects among the results.</summary>
    public bool ReturnsReferences { get; } = HasReferences(type.Results);

    public Store Store { get; } = store;
    public HostFunction Call { get; } = call;
    public Instance? Caller { get; } = caller;

    /// <summary>Refuses results that are no references to anything, which would bring the collector down.</summary>
    public void CheckResults(byte* slots)
    {
        for (int i = 0; i < Type.Results.Length; i++)
        {
            if (!IsObjectReference(Type.Results[i])) continue;
            nint reference = *(nint*)(slots + i * SlotSize);
            if (reference == 0 || (reference & 1) != 0 && (ulong)reference <= uint.MaxValue
                || Store.Heap.IsObject(reference))
                continue;
            throw new InvalidOperationException(
                $"the host function has set result {i} to something that is no {Type.Results[i]}");
        }
    }

    private static bool HasReferences(ReadOnlySpan<ValueType> types)
    {
        foreach (var type in types)
            if (IsObjectReference(type)) return true;
        return false;
    }

    private static bool IsObjectReference(ValueType type) =>
        type.IsReference && type.Heap != HeapType.Func && type.Heap != HeapType.NoFunc;
}
