using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>A function of a store, a guest's or the host's (spec: 4.2.6).</summary>
public sealed unsafe class Function : Extern
{
    private const int HostFunctionIndex = -1;
    /// <summary>The reference to the function itself.</summary>
    private readonly byte* _callee;
    /// <summary>The reference that guests get; null until it is asked for where it is another.</summary>
    private byte* _reference;
    private readonly int[]? _signatures;
    private nint _thunk;

    /// <summary>A function of a guest.</summary>
    internal Function(Instance instance, FunctionType type, nint reference) : base(instance.Store)
    {
        Type = type;
        _callee = (byte*)reference;
        if (!instance.Module.UsesSegment) _reference = _callee;
        _signatures = instance.Module.Signatures;
    }

    /// <summary>A function of the host as <paramref name="caller"/> imports it.</summary>
    internal Function(Store store, FunctionType type, int signature, HostFunction host, Instance? caller) : base(store)
    {
        store.EnsureAlive();
        Type = type;
        Host = host;
        _reference = _callee = store.Blocks.Allocate(FunctionReferenceLayout.Size);
        nint context = store.Blocks.Handle(new HostBinding(store, type, host, caller));
        WriteReference(_reference, store.Engine.Thunks.Host(type, throws: true), context, signature, HostFunctionIndex,
            store.Blocks.Handle(this), store.Engine.Thunks.Host(type, throws: false), context);
    }

    /// <summary>Makes a function of the host.</summary>
    public static Function Create(Store store, FunctionType type, HostFunction function) =>
        new(store, type, store.Engine.Signatures.Register(type), function, caller: null);

    /// <summary>Parameter and result types.</summary>
    public FunctionType Type { get; }
    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Function;
    /// <inheritdoc/>
    public override ExternType ExternType => new(Type);

    internal Value Reference => Store.FunctionValue(ReferenceAddress);
    internal nint ReferenceAddress => (nint)(_reference != null ? _reference : _reference = MakeReference());
    internal HostFunction? Host { get; }
    internal int Signature => (int)VmContext.UInt32(_callee, FunctionReferenceLayout.Signature);
    /// <summary>What code of guests calls that does, or does not, look for exceptions afterwards.</summary>
    internal nint CodeFor(bool usesExceptions) => VmContext.Word(
        (byte*)ReferenceAddress, usesExceptions ? FunctionReferenceLayout.ThrowingCode : FunctionReferenceLayout.Code);
    /// <summary>The context for that code.</summary>
    internal nint ContextFor(bool usesExceptions) => VmContext.Word((byte*)ReferenceAddress,
        usesExceptions ? FunctionReferenceLayout.ThrowingContext : FunctionReferenceLayout.Context);

    /// <summary>Calls the function (spec: 4.5.5) and returns its results.</summary>
    /// <exception cref="TrapException">The guest trapped. Exceptions of host functions come through as they
    /// are.</exception>
    public Value[] Invoke(params ReadOnlySpan<Value> arguments)
    {
        var results = Type.Results.IsEmpty ? [] : new Value[Type.Results.Length];
        Invoke(arguments, results);
        return results;
    }

    /// <summary>Calls the function without allocating.</summary>
    /// <param name="arguments">As many values as there are parameters.</param>
    /// <param name="results">Receives the results; exactly as long as there are results.</param>
    /// <exception cref="TrapException">The guest trapped. Exceptions of host functions come through as they
    /// are.</exception>
    public void Invoke(ReadOnlySpan<Value> arguments, Span<Value> results)
    {
        Store.EnsureAlive();
        CheckCounts(arguments, results);
        // Validation bounds both counts by a thousand, so the slots take up at most 16 KiB of stack.
        var slots = stackalloc Value[Math.Max(arguments.Length, results.Length)];
        for (int i = 0; i < arguments.Length; i++)
        {
            if (Type.Parameters[i].IsReference) CheckArgument(arguments[i], Type.Parameters[i]);
            slots[i] = Type.Parameters[i].Kind == ValueKind.I32 ? arguments[i].AsInt32() : arguments[i];
        }
        if (_thunk == 0) _thunk = Store.Engine.Thunks.Entry(Type);
        Store.Enter(_thunk, VmContext.Word(_callee, FunctionReferenceLayout.ThrowingCode),
            VmContext.Word(_callee, FunctionReferenceLayout.ThrowingContext), slots);
        for (int i = 0; i < results.Length; i++)
            results[i] = Store.ToHost(slots[i], Canonical(Type.Results[i]));
    }

    /// <summary>The function a non-null reference points to.</summary>
    internal static Function FromReference(byte* reference)
    {
        object owner = GCHandle.FromIntPtr(VmContext.Word(reference, FunctionReferenceExtension.Owner)).Target!;
        return owner as Function
            ?? Unsafe.As<Instance>(owner)
                .FunctionAt((int)VmContext.UInt32(reference, FunctionReferenceExtension.FunctionIndex));
    }

    /// <summary>Fills a function reference's block.</summary>
    internal static void WriteReference(
        byte* block, nint code, nint context, int signature, int index, nint owner, nint guardedCode,
        nint guardedContext)
    {
        VmContext.Word(block, FunctionReferenceLayout.ThrowingCode) = code;
        VmContext.Word(block, FunctionReferenceLayout.ThrowingContext) = context;
        VmContext.Word(block, FunctionReferenceLayout.Context) = guardedContext;
        VmContext.UInt32(block, FunctionReferenceLayout.Signature) = (uint)signature;
        VmContext.UInt32(block, FunctionReferenceExtension.FunctionIndex) = (uint)index;
        VmContext.Word(block, FunctionReferenceExtension.Owner) = owner;
        VmContext.Word(block, FunctionReferenceLayout.Code) = guardedCode;
    }

    /// <summary>A reference for callers whose segment may start elsewhere.</summary>
    private byte* MakeReference()
    {
        var thunks = Store.Engine.Thunks;
        byte* block = Store.Blocks.Allocate(FunctionReferenceLayout.Size);
        WriteReference(block, thunks.Crossing(Type, throws: true), (nint)_callee, Signature,
            (int)VmContext.UInt32(_callee, FunctionReferenceExtension.FunctionIndex),
            VmContext.Word(_callee, FunctionReferenceExtension.Owner),
            thunks.Crossing(Type, throws: false), (nint)_callee);
        return block;
    }

    private void CheckArgument(Value value, ValueType type) =>
        Store.CheckReference(value, Canonical(type));

    private ValueType Canonical(ValueType type) =>
        _signatures is null ? type : SignatureRegistry.Canonical(type, _signatures);

    private void CheckCounts(ReadOnlySpan<Value> arguments, Span<Value> results)
    {
        if (arguments.Length != Type.Parameters.Length)
            throw new ArgumentException($"cannot call a function of type {Type} with {arguments.Length} arguments");
        if (results.Length != Type.Results.Length)
            throw new ArgumentException($"cannot return {Type.Results.Length} results in {results.Length} places");
    }
}
