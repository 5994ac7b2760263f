namespace Drydock.Wasi.Host;

/// <summary>
/// A path from a guest, copied out of its memory so that it cannot change between check and use, and ended with a NUL.
/// Splits off the last component in place, for the calls that act on a name within a directory.
/// </summary>
internal readonly unsafe ref struct HostPath
{
    /// <summary>The bytes that a path can take, its final NUL included (PATH_MAX).</summary>
    public const int MaxLength = 4096;

    private readonly byte* _bytes;
    private readonly int _length;

    private HostPath(byte* bytes, int length)
    {
        _bytes = bytes;
        _length = length;
    }

    /// <summary>The whole path, until it is split.</summary>
    public byte* Pointer => _bytes;

    /// <summary>Whether the path ends in a slash, and so can only name a directory.</summary>
    public bool HasTrailingSlash => _length > 0 && _bytes[_length - 1] == '/';

    /// <summary>
    /// Copies a path into a buffer of <see cref="MaxLength"/> bytes. 0, or a negative errno: an empty path names
    /// nothing, a NUL within would cut the path short, and an absolute path leads out of any directory.
    /// </summary>
    public static int Create(ReadOnlySpan<byte> path, byte* buffer, out HostPath result)
    {
        result = default;
        if (path.IsEmpty) return -Libc.ENOENT;
        if (path.Length >= MaxLength) return -Libc.ENAMETOOLONG;
        if (path.Contains((byte)0)) return -Libc.EINVAL;
        if (path[0] == '/') return -Libc.EXDEV;
        path.CopyTo(new Span<byte>(buffer, MaxLength));
        buffer[path.Length] = 0;
        result = new HostPath(buffer, path.Length);
        return 0;
    }

    /// <summary>
    /// Cuts the path before its last component. The directory is null when the component stands alone. Slashes at the
    /// end stay with the component, for the kernel to judge.
    /// </summary>
    public void Split(out byte* directory, out byte* name)
    {
        var end = _length;
        while (end > 0 && _bytes[end - 1] == '/') end--;
        var start = end;
        while (start > 0 && _bytes[start - 1] != '/') start--;
        name = _bytes + start;
        directory = start == 0 ? null : _bytes;
        if (start > 0) _bytes[start - 1] = 0;
    }

    /// <summary>Whether a name is "." or "..", with or without slashes behind.</summary>
    public static bool IsDots(byte* name)
    {
        var length = 0;
        while (name[length] == '.') length++;
        return length is 1 or 2 && name[length] is 0 or (byte)'/';
    }
}
