using Drydock.Runtime.Native;
using Drydock.Wasm;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Runtime;

/// <summary>Reads what holds a module, and no more of it than a module may have.</summary>
public static unsafe class ModuleBytes
{
    /// <summary>
    /// From this size on memory is asked for in one call rather than page by page while it is filled.
    /// </summary>
    private const int LeastLarge = 1 << 20;
    private const int FirstPiece = 64 << 10;

    /// <summary>The content of a file; what a pipe or a device has to give until it ends.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="IOException">It cannot be read, or has more than <see cref="ModuleDecoder.MaxLength"/>
    /// bytes.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be read, or is a directory.</exception>
    public static byte[] Read(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        if (FileStatus.Of((int)file.DangerousGetHandle()) is { IsFile: true, Size: > 0 and var size })
            return size <= ModuleDecoder.MaxLength ? Read(file, (int)size) : throw TooLarge();
        using var stream = new FileStream(file, FileAccess.Read, bufferSize: 0);
        return Read(stream);
    }

    /// <summary>What a stream has to give until it ends.</summary>
    /// <param name="stream">The stream.</param>
    /// <exception cref="IOException">It cannot be read, or has more than <see cref="ModuleDecoder.MaxLength"/>
    /// bytes.</exception>
    public static byte[] Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        var bytes = new byte[FirstPiece];
        int count = 0;
        for (int read; (read = stream.Read(bytes, count, bytes.Length - count)) > 0;)
        {
            count += read;
            if (count > ModuleDecoder.MaxLength) throw TooLarge();
            // One byte more than it may have tells whether it has more.
            if (count == bytes.Length) Array.Resize(ref bytes, (int)Math.Min(2L * count, ModuleDecoder.MaxLength + 1));
        }
        return bytes[..count];
    }

    private static byte[] Read(SafeFileHandle file, int length)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        if (length >= LeastLarge) Populate(bytes);
        int count = 0;
        for (int read = 1; count < length && read > 0; count += read)
            read = RandomAccess.Read(file, bytes.AsSpan(count), count);
        return count == length ? bytes : bytes[..count];
    }

    /// <summary>
    /// Has the kernel back an array with pages, large ones if it has any; nothing depends on whether it can.
    /// </summary>
    private static void Populate(byte[] bytes)
    {
        fixed (byte* start = bytes)
        {
            nuint page = (nuint)Environment.SystemPageSize;
            nuint first = ((nuint)start + page - 1) / page * page;
            nuint end = ((nuint)start + (nuint)bytes.Length) / page * page;
            _ = Libc.Advise((nint)first, end - first, Libc.AdviseHugePages);
            _ = Libc.Advise((nint)first, end - first, Libc.AdvisePopulateForWriting);
        }
    }

    private static IOException TooLarge() => new("it has more than 1 GiB, as much as a module may have");
}
