using System.Runtime.InteropServices;

namespace Drydock.Compiler.Tests;

/// <summary>
/// Machine code in executable memory, callable as <c>void (byte* first, byte* second)</c> in the C convention.
/// </summary>
internal sealed unsafe partial class NativeCode : IDisposable
{
    private const int Read = 1, Write = 2, Execute = 4, PrivateAnonymous = 0x22;
    private readonly byte* _memory;
    private readonly nuint _size;

    public NativeCode(ReadOnlySpan<byte> text)
    {
        _size = (nuint)text.Length;
        _memory = Map(null, _size, Read | Write, PrivateAnonymous, -1, 0);
        if ((nint)_memory == -1) throw new InvalidOperationException("cannot map memory for code");
        text.CopyTo(new Span<byte>(_memory, text.Length));
        if (Protect(_memory, _size, Read | Execute) != 0)
            throw new InvalidOperationException("cannot make code executable");
    }

    public void Run(Span<byte> first, Span<byte> second)
    {
        fixed (byte* f = first, s = second) ((delegate* unmanaged<byte*, byte*, void>)_memory)(f, s);
    }

    public void Dispose() => _ = Unmap(_memory, _size);

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint size, int protection, int flags, int file, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint size, int protection);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint size);
}
