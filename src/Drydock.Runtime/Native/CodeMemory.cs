namespace Drydock.Runtime.Native;

/// <summary>
/// Memory for machine code: a file without a name, mapped readable and executable. Code is written through the file, so
/// no mapping is ever both writable and executable, and what has been written before stays as it is.
/// </summary>
internal sealed unsafe class CodeMemory : IDisposable
{
    private readonly int _file;
    private readonly nint _reservation;
    private readonly nuint _reservationSize;
    private int _disposed;

    /// <summary>Maps <paramref name="dataSize"/> bytes of zeroed data followed by room for code.</summary>
    /// <param name="dataSize">Size of the writable data, a multiple of the page size.</param>
    /// <param name="codeSize">Most bytes of code; only what is written takes up memory.</param>
    public CodeMemory(int dataSize, int codeSize)
    {
        _reservationSize = (nuint)dataSize + (nuint)codeSize;
        CodeSize = codeSize;
        _reservation = Libc.Map(
            0, _reservationSize, Libc.ProtRead | Libc.ProtWrite, Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve,
            -1, 0);
        if (_reservation == Libc.MapFailed) throw Libc.Failed($"cannot reserve {_reservationSize} bytes for code");
        Data = (byte*)_reservation;
        Code = Data + dataSize;
        _file = OpenFile(codeSize);
        nint mapped = Libc.Map(
            (nint)Code, (nuint)codeSize, Libc.ProtRead | Libc.ProtExec, Libc.MapShared | Libc.MapFixed, _file, 0);
        if (mapped == Libc.MapFailed) throw Libc.Failed("cannot map memory for code");
        CodeRanges.Add((nint)Code, codeSize);
    }

    /// <summary>The writable data.</summary>
    public byte* Data { get; }
    /// <summary>The code.</summary>
    public byte* Code { get; }
    /// <summary>Most bytes of code.</summary>
    public int CodeSize { get; }
    /// <summary>Offset of the next code to be appended.</summary>
    public int Used { get; private set; }

    /// <summary>Appends code at a multiple of 16 bytes and returns its offset; the caller holds a lock.</summary>
    /// <exception cref="InvalidOperationException">The memory is full.</exception>
    public int Append(ReadOnlySpan<byte> text)
    {
        int offset = (Used + 15) & ~15;
        if (text.Length > CodeSize - offset)
            throw new InvalidOperationException($"cannot add {text.Length} bytes of code: all {CodeSize} bytes are used");
        Used = offset + text.Length;
        fixed (byte* bytes = text) Write(bytes, text.Length, offset);
        return offset;
    }

    /// <summary>Whether <paramref name="pc"/> is in this code.</summary>
    public bool Contains(nint pc) => pc >= (nint)Code && pc < (nint)Code + CodeSize;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        CodeRanges.Remove((nint)Code);
        _ = Libc.Unmap(_reservation, _reservationSize);
        _ = Libc.Close(_file);
    }

    private void Write(byte* bytes, int count, int offset)
    {
        while (count > 0)
        {
            nint written = Libc.Write(_file, bytes, (nuint)count, offset);
            if (written <= 0) throw Libc.Failed($"cannot write {count} bytes of code");
            bytes += written;
            count -= (int)written;
            offset += (int)written;
        }
    }

    private static int OpenFile(int size)
    {
        int file;
        fixed (byte* name = "drydock-code"u8) file = Libc.CreateMemoryFile(name, Libc.MemfdCloseOnExec);
        if (file < 0) throw Libc.Failed("cannot create memory for code");
        if (Libc.Truncate(file, size) != 0) throw Libc.Failed($"cannot size memory for code to {size} bytes");
        return file;
    }
}
