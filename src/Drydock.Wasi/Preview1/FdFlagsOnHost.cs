using Drydock.Wasi.Host;

namespace Drydock.Wasi.Preview1;

/// <summary>Descriptor flags in the host's terms. Linux has no O_RSYNC of its own; it is O_SYNC.</summary>
internal static class FdFlagsOnHost
{
    public static int ToHost(FdFlags flags) =>
        ((flags & FdFlags.Append) != 0 ? Libc.Append : 0)
        | ((flags & FdFlags.NonBlock) != 0 ? Libc.NonBlock : 0)
        | ((flags & FdFlags.DSync) != 0 ? Libc.DataSync : 0)
        | ((flags & (FdFlags.Sync | FdFlags.RSync)) != 0 ? Libc.Sync : 0);

    public static FdFlags FromHost(int flags) =>
        ((flags & Libc.Append) != 0 ? FdFlags.Append : 0)
        | ((flags & Libc.NonBlock) != 0 ? FdFlags.NonBlock : 0)
        | ((flags & Libc.DataSync) != 0 ? FdFlags.DSync : 0)
        | ((flags & Libc.Sync) == Libc.Sync ? FdFlags.Sync | FdFlags.RSync : 0);
}
