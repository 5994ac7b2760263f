using Drydock.Compiler;
using Drydock.Runtime.Heap;
using Drydock.Runtime.Native;

namespace Drydock.Runtime;

/// <content>Exceptions between guests and the host.</content>
public sealed unsafe partial class Store
{
    private ref nint PendingReference => ref VmContext.Word(Context, StoreContextLayout.PendingException);

    /// <summary>Makes a host's exception pending in the guest that called it.</summary>
    /// <exception cref="TrapException">The heap is at its limit.</exception>
    internal void SetPending(WasmException exception)
    {
        EnsureOwns(exception.Tag, "an exception");
        bool isKnown = exception.Reference != 0 && References.IsKnown(exception.Reference);
        PendingReference = isKnown ? exception.Reference : MakeException(exception);
    }

    /// <summary>What a guest threw and nothing caught, for the host; it is pending no more.</summary>
    private WasmException TakePending(TrapFrame[] frames)
    {
        nint reference = PendingReference;
        PendingReference = 0;
        References.Expose(reference);
        var tag = Tag.FromBlock((byte*)*(nint*)(reference + HeapLayout.ExceptionTag));
        var values = new Value[tag.Type.Parameters.Length];
        for (int i = 0; i < values.Length; i++)
            values[i] = ToHost(HeapObjects.Load(reference + tag.Layout.Offset(i), tag.CanonicalParameters[i]),
                tag.CanonicalParameters[i]);
        return new WasmException(tag, values, reference, frames);
    }

    private nint MakeException(WasmException exception)
    {
        var tag = exception.Tag;
        nint reference = HeapObjects.NewException(this, tag);
        if (reference == 0) throw new TrapException(TrapCode.OutOfMemory);
        for (int i = 0; i < exception.Values.Count; i++)
        {
            CheckReference(exception.Values[i], tag.CanonicalParameters[i]);
            HeapObjects.Store(reference + tag.Layout.Offset(i), new(tag.Type.Parameters[i], 0, true),
                exception.Values[i]);
        }
        return reference;
    }
}
