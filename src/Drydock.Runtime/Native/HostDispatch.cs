using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Drydock.Runtime.Native;

/// <summary>The managed end of every host thunk.</summary>
internal static unsafe class HostDispatch
{
    /// <summary>Address of <c>int dispatch(context, slots)</c>; the context is a handle of a <see cref="HostBinding"/>.</summary>
    public static nint Address => (nint)(delegate* unmanaged<nint, byte*, int>)&Dispatch;

    [UnmanagedCallersOnly]
    private static int Dispatch(nint context, byte* slots)
    {
        var binding = Unsafe.As<HostBinding>(GCHandle.FromIntPtr(context).Target!);
        try
        {
            binding.Call(new HostCall(slots, binding.Caller));
            return 0;
        }
        catch (Exception exception)
        {
            // Nothing may be thrown through the guest's frames; whoever entered the guest gets it instead.
            binding.Store.PendingException = exception;
            return 1;
        }
    }
}

/// <summary>A host function as one instance imports it.</summary>
internal sealed class HostBinding(Store store, HostFunction call, Instance? caller)
{
    public Store Store { get; } = store;
    public HostFunction Call { get; } = call;
    public Instance? Caller { get; } = caller;
}
