using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Drydock.Compiler;
using Drydock.Runtime.Native;
using Drydock.Wasm;

namespace Drydock.Runtime;

/// <summary>
/// An exception tag (spec: 4.2.10). Guests share it through imports and exports; it is told by its identity.
/// </summary>
public sealed unsafe class Tag : Extern
{
    /// <param name="store">The store.</param>
    /// <param name="type">The type as its module spells it.</param>
    /// <param name="signature">The engine-wide number of the type.</param>
    /// <param name="types">The module's types.</param>
    /// <param name="numbers">The engine-wide numbers of the module's types.</param>
    internal Tag(Store store, FunctionType type, int signature, SubType[] types, int[] numbers) : base(store)
    {
        CanonicalParameters = new ValueType[type.Parameters.Length];
        for (int i = 0; i < CanonicalParameters.Length; i++)
            CanonicalParameters[i] = SignatureRegistry.Canonical(type.Parameters[i], numbers);
        Type = type;
        Signature = signature;
        Layout = new StructLayout(type);
        Block = MakeBlock(types);
    }

    /// <summary>Makes a tag.</summary>
    /// <param name="store">The store.</param>
    /// <param name="type">A type without results, whose parameters exceptions of this tag carry.</param>
    public static Tag Create(Store store, FunctionType type)
    {
        store.EnsureAlive();
        if (!type.Results.IsEmpty) throw new ArgumentException($"a tag cannot have results: {type}", nameof(type));
        return new(store, type, store.Engine.Signatures.Register(type), [], []);
    }

    /// <inheritdoc/>
    public override ExternalKind Kind => ExternalKind.Tag;
    /// <inheritdoc/>
    public override ExternType ExternType => ExternType.Tag(Type);
    /// <summary>The type whose parameters an exception of this tag carries.</summary>
    public FunctionType Type { get; }

    /// <summary>The engine-wide number of <see cref="Type"/>.</summary>
    internal int Signature { get; }
    /// <summary>Where what an exception carries is.</summary>
    internal StructLayout Layout { get; }
    /// <summary>The block that <see cref="TagLayout"/> declares.</summary>
    internal nint Block { get; }
    /// <summary>Types of what an exception carries, with engine-wide numbers as type indices.</summary>
    internal ValueType[] CanonicalParameters { get; }

    /// <summary>The tag that a block is of.</summary>
    internal static Tag FromBlock(byte* block) =>
        Unsafe.As<Tag>(GCHandle.FromIntPtr(VmContext.Word(block, TagLayout.Handle)).Target!);

    private nint MakeBlock(SubType[] types)
    {
        var offsets = new List<int>();
        for (int i = 0; i < Type.Parameters.Length; i++)
            if (ModuleObjects.IsHeapReference(Type.Parameters[i], types)) offsets.Add(Layout.Offset(i));
        byte* block = Store.Blocks.Allocate(TagLayout.Size);
        VmContext.Word(block, TagLayout.Handle) = Store.Blocks.Handle(this);
        VmContext.UInt32(block, TagLayout.ObjectSize) = (uint)Layout.Size;
        VmContext.UInt32(block, TagLayout.ReferenceCount) = (uint)offsets.Count;
        if (offsets.Count == 0) return (nint)block;
        var copy = (int*)Store.Blocks.Allocate((nuint)offsets.Count * sizeof(int));
        for (int i = 0; i < offsets.Count; i++) copy[i] = offsets[i];
        VmContext.Word(block, TagLayout.References) = (nint)copy;
        return (nint)block;
    }
}
