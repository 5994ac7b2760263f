using System.Runtime.ExceptionServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;

namespace Drydock.Runtime;

public sealed unsafe partial class Store
{
    /// <summary>
    /// What the host keeps of a thread's stack for itself while a guest runs: a quarter, within these bounds.
    /// </summary>
    private const long LeastHostStack = 64 << 10, MostHostStack = 256 << 10;

    private ThreadRecord* _runner;

    /// <summary>Calls into a guest. Arguments are in <paramref name="slots"/>, results are left there.</summary>
    /// <exception cref="TrapException">The guest trapped.</exception>
    internal void Enter(nint thunk, nint code, nint context, Value* slots)
    {
        EnsureAlive();
        var thread = ThreadRecords.Current;
        bool isOutermost = _runner == null;
        if (isOutermost) Start(thread, (nint)(&thread));
        else if (_runner != thread)
            throw new InvalidOperationException("another thread is running a guest in this store");
        nint status = ((delegate* unmanaged<ThreadRecord*, nint, nint, Value*, nint>)thunk)(thread, code, context,
            slots);
        if (isOutermost) Leave();
        if (status != 0) ThrowTrap(thread);
        if (PendingReference != 0) throw TakePending([]);
        GC.KeepAlive(this);
    }

    /// <summary>
    /// Takes the store for this thread and limits the guest's stack to what is below <paramref name="top"/>.
    /// </summary>
    private void Start(ThreadRecord* thread, nint top)
    {
        fixed (ThreadRecord** runner = &_runner)
        {
            if (Interlocked.CompareExchange(ref *(nint*)runner, (nint)thread, 0) != 0)
                throw new InvalidOperationException("another thread is running a guest in this store");
        }
        long reserve = Math.Clamp((top - thread->StackBottom) / 4, LeastHostStack, MostHostStack);
        long lowest = Math.Max(thread->StackBottom + reserve, top - Engine.Options.MaxWasmStack);
        VmContext.Word(Context, StoreContextLayout.StackLimit) = (nint)lowest;
        StackTop = top;
    }

    private void Leave()
    {
        StackTop = 0;
        _runner = null;
    }

    private void ThrowTrap(ThreadRecord* thread)
    {
        var (code, pending) = Explain(thread);
        var frames = FramesOf(thread);
        if (pending is null && PendingReference != 0) throw TakePending(frames);
        if (pending is null) throw new TrapException(code, frames);
        if (pending is TrapException trap) trap.AddOuterFrames(frames);
        ExceptionDispatchInfo.Throw(pending);
    }

    /// <summary>Why the guest stopped: a trap code, or what was thrown below it.</summary>
    private (TrapCode, Exception?) Explain(ThreadRecord* thread)
    {
        var code = TrapCode.Pending; // at a thunk or stub
        if (FindModule(thread->TrapPc) is { } module)
        {
            if (module.Code.TryFind(thread->TrapPc, out _, out var site) && site.Code != TrapCode.None)
                code = site.Code;
            else if (thread->TrapSignal is Libc.SignalSegment or Libc.SignalBus)
                code = (nuint)thread->TrapAddress < HeapLayout.NullGuardSize
                    ? TrapCode.UninitializedElement
                    : TrapCode.OutOfBoundsMemoryAccess;
        }
        if (code != TrapCode.Pending) return (code, null);
        var pending = PendingException;
        PendingException = null;
        return ((TrapCode)VmContext.UInt32(Context, StoreContextLayout.PendingTrap), pending);
    }

    private TrapFrame[] FramesOf(ThreadRecord* thread)
    {
        var frames = new List<TrapFrame>();
        AddFrame(frames, thread->TrapPc);
        for (int i = 0; i < thread->FrameCount; i++) AddFrame(frames, (nint)thread->Frames[i]);
        return [.. frames];
    }

    private void AddFrame(List<TrapFrame> frames, nint pc)
    {
        if (FindModule(pc) is { } module && module.Code.TryFind(pc, out int function, out var site))
            frames.Add(new(function, module.FunctionName(function), site.WasmOffset));
    }

    private Module? FindModule(nint pc)
    {
        foreach (var instance in _instances)
            if (instance.Module.Code.Contains(pc)) return instance.Module;
        return null;
    }
}
