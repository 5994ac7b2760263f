namespace Drydock.Runtime.Native;

/// <summary>A range of an open file that holds machine code to be mapped.</summary>
/// <param name="Descriptor">Descriptor of the file; not used any more once the mapping is made.</param>
/// <param name="Offset">Offset in the file, a multiple of the page size.</param>
internal readonly record struct TextFile(int Descriptor, long Offset)
{
    /// <summary>Whether there is no file.</summary>
    public bool IsNone => Offset == 0;
}

/// <summary>
/// Memory for machine code: first what is mapped from a file that was written before, if there is one, then a file
/// without a name. Both are mapped readable and executable; code is written through the file, so no mapping is ever
/// both writable and executable, and what has been written before stays as it is.
/// </summary>
internal sealed unsafe class CodeMemory : IDisposable
{
    private const int PageSize = 4096, LeastAlignment = 16;
    private readonly int _file = -1;
    private readonly int _mapped;
    private readonly nint _reservation;
    private readonly nuint _reservationSize;
    private int _disposed;

    /// <summary>Maps <paramref name="dataSize"/> bytes of zeroed data followed by room for code.</summary>
    /// <param name="dataSize">Size of the writable data, a multiple of the page size.</param>
    /// <param name="codeSize">Most bytes of code; only what is written takes up memory.</param>
    public CodeMemory(int dataSize, int codeSize) : this(dataSize, 0, default, codeSize) { }

    /// <summary>Maps data, code of a file, and room for more code.</summary>
    /// <param name="dataSize">Size of the writable data, a multiple of the page size.</param>
    /// <param name="textSize">Bytes of code in the file, or to be appended at once.</param>
    /// <param name="text">The file; none to append them.</param>
    /// <param name="more">Most bytes of code to be appended later.</param>
    public CodeMemory(int dataSize, int textSize, TextFile text, int more)
    {
        _mapped = text.IsNone ? 0 : ToPages(textSize);
        CodeSize = Math.Max(PageSize, ToPages(textSize) + ToPages(more));
        _reservationSize = (nuint)dataSize + (nuint)CodeSize;
        _reservation = Libc.Map(
            0, _reservationSize, Libc.ProtRead | Libc.ProtWrite,
            Libc.MapPrivate | Libc.MapAnonymous | Libc.MapNoReserve,
            -1, 0);
        if (_reservation == Libc.MapFailed) throw Libc.Failed($"cannot reserve {_reservationSize} bytes for code");
        Data = (byte*)_reservation;
        Code = Data + dataSize;
        Used = _mapped;
        try
        {
            if (_mapped > 0) Map(0, _mapped, Libc.MapPrivate, text.Descriptor, text.Offset);
            if (CodeSize > _mapped)
            {
                _file = OpenFile(CodeSize - _mapped);
                Map(_mapped, CodeSize - _mapped, Libc.MapShared, _file, 0);
            }
        }
        catch (InvalidOperationException)
        {
            Release();
            throw;
        }
        CodeRanges.Add((nint)Code, CodeSize);
    }

    /// <summary>The writable data.</summary>
    public byte* Data { get; }
    /// <summary>The code.</summary>
    public byte* Code { get; }
    /// <summary>Most bytes of code.</summary>
    public int CodeSize { get; }
    /// <summary>Offset of the end of the code.</summary>
    public int Used { get; private set; }

    /// <summary>
    /// The offset that the next code to be appended will have; there is always a byte before it that is unused.
    /// </summary>
    public int NextOffset(int alignment = LeastAlignment)
    {
        int aligned = Math.Max(alignment, LeastAlignment);
        return Used == 0 ? 0 : (Used + aligned) & -aligned;
    }

    /// <summary>Appends code and returns its offset; the caller holds a lock.</summary>
    /// <exception cref="InvalidOperationException">The memory is full.</exception>
    public int Append(ReadOnlySpan<byte> text, int alignment = LeastAlignment)
    {
        int offset = NextOffset(alignment);
        if (text.Length > CodeSize - offset)
            throw new InvalidOperationException(
                $"cannot add {text.Length} bytes of code: all {CodeSize} bytes are used");
        Used = offset + text.Length;
        fixed (byte* bytes = text) Write(bytes, text.Length, offset - _mapped);
        return offset;
    }

    /// <summary>Whether <paramref name="pc"/> is in this code.</summary>
    public bool Contains(nint pc) => pc >= (nint)Code && pc < (nint)Code + CodeSize;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        CodeRanges.Remove((nint)Code);
        Release();
    }

    private void Release()
    {
        _ = Libc.Unmap(_reservation, _reservationSize);
        if (_file >= 0) _ = Libc.Close(_file);
    }

    private static int ToPages(int size) => (size + PageSize - 1) & -PageSize;

    private void Map(int offset, int size, int kind, int file, long fileOffset)
    {
        nint mapped = Libc.Map(
            (nint)(Code + offset), (nuint)size, Libc.ProtRead | Libc.ProtExec, kind | Libc.MapFixed, file, fileOffset);
        if (mapped == Libc.MapFailed) throw Libc.Failed("cannot map memory for code");
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
        if (Libc.Truncate(file, size) == 0) return file;
        _ = Libc.Close(file);
        throw Libc.Failed($"cannot size memory for code to {size} bytes");
    }
}
