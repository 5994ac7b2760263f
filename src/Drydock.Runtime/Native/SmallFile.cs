namespace Drydock.Runtime.Native;

/// <summary>
/// Files of the cache as wholes: read when small, written so that they are seen complete or not at all.
/// </summary>
internal static unsafe class SmallFile
{
    private const int PrivateMode = 0x180; // rw-------
    private const int NoSpaceOrOther = -1;

    /// <summary>Reads a private file of exactly as many bytes as there is room for.</summary>
    public static bool TryReadPrivate(string path, Span<byte> content)
    {
        int file = Libc.Open(path, Libc.OpenReadOnly | Libc.OpenCloseOnExec | Libc.OpenNoFollow | Libc.OpenNonBlocking,
            0);
        if (file < 0) return false;
        try
        {
            if (FileStatus.Of(file) is not { IsPrivateFile: true } status || status.Size != content.Length)
                return false;
            fixed (byte* bytes = content) return Libc.Read(file, bytes, (nuint)content.Length, 0) == content.Length;
        }
        finally
        {
            _ = Libc.Close(file);
        }
    }

    /// <summary>
    /// Writes a private file under a name of its own in <paramref name="directory"/>, and gives it its name when it is
    /// complete. Nothing is left behind when that fails, as when there is no space.
    /// </summary>
    /// <param name="directory">The directory.</param>
    /// <param name="name">The name; a file that has it is replaced.</param>
    /// <param name="pieces">The content.</param>
    /// <param name="isDurable">Whether the content is on the disk before the name is given.</param>
    /// <returns>What the file was before it was closed; null if it could not be written.</returns>
    public static FileStatus? TryWrite(
        string directory, string name, IReadOnlyList<ReadOnlyMemory<byte>> pieces, bool isDurable)
    {
        string temporary = Path.Join(directory, $"{TemporaryPrefix}{Environment.ProcessId:x}-{Guid.NewGuid():n}");
        int file = Libc.Open(
            temporary, Libc.OpenWriteOnly | Libc.OpenCreate | Libc.OpenExclusive | Libc.OpenCloseOnExec, PrivateMode);
        if (file < 0) return null;
        bool isWritten = TryWrite(file, pieces) >= 0 && (!isDurable || Libc.Sync(file) == 0)
            && Libc.Rename(temporary, Path.Join(directory, name)) == 0;
        // The rename changes the time of the last change, which is what a file is known by later.
        var status = isWritten ? FileStatus.Of(file) : null;
        _ = Libc.Close(file);
        if (!isWritten) _ = Libc.Unlink(temporary);
        return status;
    }

    /// <summary>How names of files begin that are being written.</summary>
    public const string TemporaryPrefix = "tmp-";

    private static long TryWrite(int file, IReadOnlyList<ReadOnlyMemory<byte>> pieces)
    {
        long offset = 0;
        foreach (var piece in pieces)
        {
            for (var rest = piece; !rest.IsEmpty;)
            {
                nint written;
                fixed (byte* bytes = rest.Span) written = Libc.Write(file, bytes, (nuint)rest.Length, offset);
                if (written <= 0) return NoSpaceOrOther;
                rest = rest[(int)written..];
                offset += written;
            }
        }
        return offset;
    }
}
