using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Drydock.Compiler;

namespace Drydock.Runtime.Native;

/// <summary>Reads and writes the blocks that <see cref="VmContextLayout"/> and its companions declare.</summary>
internal static unsafe class VmContext
{
    /// <summary>The instance a context belongs to.</summary>
    public static Instance InstanceOf(byte* context) =>
        Unsafe.As<Instance>(GCHandle.FromIntPtr(*(nint*)(context + VmContextLayout.InstanceHandle)).Target!);

    public static ref nint Word(byte* block, int offset) => ref *(nint*)(block + offset);
    public static ref ulong UInt64(byte* block, int offset) => ref *(ulong*)(block + offset);
    public static ref uint UInt32(byte* block, int offset) => ref *(uint*)(block + offset);
}

/// <summary>
/// What the runtime keeps in a function reference beyond <see cref="FunctionReferenceLayout"/>: whose function it is.
/// </summary>
internal static class FunctionReferenceExtension
{
    /// <summary>Index in the instance's function index space (i32), or -1 for a host function.</summary>
    public const int FunctionIndex = 20;
    /// <summary>Handle of the instance, or of the host function's <see cref="Function"/>.</summary>
    public const int Owner = 24;
}

/// <summary>Native memory that lives as long as a store.</summary>
internal sealed unsafe class NativeBlocks : IDisposable
{
    private readonly List<nint> _blocks = [];
    private readonly List<GCHandle> _handles = [];

    /// <summary>
    /// A zeroed block, aligned to 64 bytes. Pages of a large one take up memory once they are written to.
    /// </summary>
    public byte* Allocate(nuint size)
    {
        const nuint Alignment = 64;
        // The system's fresh pages are zero: unlike clearing them, asking for zeros does not touch them.
        var block = (nuint)NativeMemory.AllocZeroed(size + Alignment);
        _blocks.Add((nint)block);
        return (byte*)(block + Alignment - 1 & ~(Alignment - 1));
    }

    /// <summary>A handle that keeps <paramref name="target"/> alive.</summary>
    public nint Handle(object target)
    {
        var handle = GCHandle.Alloc(target);
        _handles.Add(handle);
        return GCHandle.ToIntPtr(handle);
    }

    public void Dispose()
    {
        foreach (nint block in _blocks) NativeMemory.Free((void*)block);
        foreach (var handle in _handles) handle.Free();
        _blocks.Clear();
        _handles.Clear();
    }
}
