using Drydock.Containers.Native;
using Microsoft.Win32.SafeHandles;

namespace Drydock.Containers;

/// <summary>Reads files whole.</summary>
internal static unsafe class FileBytes
{
    /// <summary>
    /// From this size on memory is asked for in one call rather than page by page while it is filled.
    /// </summary>
    private const int LeastLarge = 1 << 20;

    /// <summary>The content of a file; errors are those of <see cref="File.ReadAllBytes"/>.</summary>
    public static byte[] Read(string path)
    {
        using SafeFileHandle file = File.OpenHandle(path);
        long length = RandomAccess.GetLength(file);
        return length is < LeastLarge or > int.MaxValue / 2 ? File.ReadAllBytes(path) : Read(file, (int)length);
    }

    private static byte[] Read(SafeFileHandle file, int length)
    {
        byte[] bytes = GC.AllocateUninitializedArray<byte>(length);
        Populate(bytes);
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
            _ = Libc.Advise(first, end - first, Libc.AdviseHugePages);
            _ = Libc.Advise(first, end - first, Libc.AdvisePopulateForWriting);
        }
    }
}
