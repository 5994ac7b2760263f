using System.Runtime.CompilerServices;
using Drydock.Wasi.Host;

namespace Drydock.Wasi.Preview1;

/// <summary>The functions that take an open descriptor.</summary>
internal sealed unsafe partial class Functions
{
    public Errno FdRead(GuestMemory memory, uint fd, uint iovs, uint count, uint result)
    {
        var error = Descriptors.Get(fd, Rights.FdRead, out var descriptor);
        if (error != Errno.Success) return error;
        var vectors = stackalloc Libc.IoVector[VectorCount(count)];
        if (!TryGetVectors(memory, iovs, count, vectors)) return Errno.Fault;
        if (descriptor.AsksBeforeBlocking && !Streams.IsReady(descriptor.HostFd, Libc.PollIn)) return Errno.Again;
        return StoreCount(
            memory, result, Streams.Read(descriptor.HostFd, vectors, VectorCount(count), descriptor.MayBlock));
    }

    public Errno FdWrite(GuestMemory memory, uint fd, uint iovs, uint count, uint result)
    {
        var error = Descriptors.Get(fd, Rights.FdWrite, out var descriptor);
        if (error != Errno.Success) return error;
        var vectors = stackalloc Libc.IoVector[VectorCount(count)];
        if (!TryGetVectors(memory, iovs, count, vectors)) return Errno.Fault;
        if (descriptor.AsksBeforeBlocking && !Streams.IsReady(descriptor.HostFd, Libc.PollOut)) return Errno.Again;
        return StoreCount(
            memory, result, Streams.Write(descriptor.HostFd, vectors, VectorCount(count), descriptor.MayBlock));
    }

    public Errno FdPread(GuestMemory memory, uint fd, uint iovs, uint count, ulong offset, uint result)
    {
        var error = Descriptors.Get(fd, Rights.FdRead | Rights.FdSeek, out var descriptor);
        if (error != Errno.Success) return error;
        if (offset > long.MaxValue) return Errno.Inval;
        var vectors = stackalloc Libc.IoVector[VectorCount(count)];
        return TryGetVectors(memory, iovs, count, vectors)
            ? StoreCount(memory, result, Streams.ReadAt(descriptor.HostFd, vectors, VectorCount(count), (long)offset))
            : Errno.Fault;
    }

    public Errno FdPwrite(GuestMemory memory, uint fd, uint iovs, uint count, ulong offset, uint result)
    {
        var error = Descriptors.Get(fd, Rights.FdWrite | Rights.FdSeek, out var descriptor);
        if (error != Errno.Success) return error;
        if (offset > long.MaxValue) return Errno.Inval;
        var vectors = stackalloc Libc.IoVector[VectorCount(count)];
        return TryGetVectors(memory, iovs, count, vectors)
            ? StoreCount(memory, result, Streams.WriteAt(descriptor.HostFd, vectors, VectorCount(count), (long)offset))
            : Errno.Fault;
    }

    public Errno FdSeek(GuestMemory memory, uint fd, long offset, uint whence, uint result)
    {
        // Asking for the position needs no more than the right to know it.
        var from = HostWhence(whence);
        var error = Descriptors.Get(fd, offset == 0 && from == 1 ? Rights.FdTell : Rights.FdSeek, out var descriptor);
        if (error != Errno.Success) return error;
        return from < 0 ? Errno.Inval : StorePosition(memory, result, Files.Seek(descriptor.HostFd, offset, from));
    }

    public Errno FdTell(GuestMemory memory, uint fd, uint result)
    {
        var error = Descriptors.Get(fd, Rights.FdTell, out var descriptor);
        return error != Errno.Success ? error : StorePosition(memory, result, Files.Seek(descriptor.HostFd, 0, 1));
    }

    public Errno FdClose(uint fd) => Descriptors.Close(fd);

    public Errno FdRenumber(uint from, uint to) => Descriptors.Renumber(from, to);

    public Errno FdSync(uint fd)
    {
        var error = Descriptors.Get(fd, Rights.FdSync, out var descriptor);
        return error != Errno.Success ? error : Errnos.FromHost(Files.Sync(descriptor.HostFd));
    }

    public Errno FdDatasync(uint fd)
    {
        var error = Descriptors.Get(fd, Rights.FdDatasync, out var descriptor);
        return error != Errno.Success ? error : Errnos.FromHost(Files.SyncData(descriptor.HostFd));
    }

    public Errno FdAdvise(uint fd, ulong offset, ulong length, uint advice)
    {
        var error = Descriptors.Get(fd, Rights.FdAdvise, out var descriptor);
        if (error != Errno.Success) return error;
        return HostAdvice(advice) is var hostAdvice and >= 0 && offset <= long.MaxValue && length <= long.MaxValue
            ? Errnos.FromHost(Files.Advise(descriptor.HostFd, (long)offset, (long)length, hostAdvice))
            : Errno.Inval;
    }

    public Errno FdAllocate(uint fd, ulong offset, ulong length)
    {
        var error = Descriptors.Get(fd, Rights.FdAllocate, out var descriptor);
        if (error != Errno.Success) return error;
        return offset <= long.MaxValue && length <= long.MaxValue
            ? Errnos.FromHost(Files.Allocate(descriptor.HostFd, (long)offset, (long)length))
            : Errno.Inval;
    }

    public Errno FdFdstatGet(GuestMemory memory, uint fd, uint result)
    {
        var error = Descriptors.Get(fd, Rights.None, out var descriptor);
        if (error != Errno.Success) return error;
        var target = memory.At(result, 24);
        if (target == null) return Errno.Fault;
        Unsafe.InitBlockUnaligned(target, 0, 24);
        *target = (byte)descriptor.Filetype;
        Unsafe.WriteUnaligned(target + 2, (ushort)GetFlags(descriptor));
        Unsafe.WriteUnaligned(target + 8, (ulong)descriptor.Base);
        Unsafe.WriteUnaligned(target + 16, (ulong)descriptor.Inheriting);
        return Errno.Success;
    }

    public Errno FdFdstatSetFlags(uint fd, uint flags)
    {
        var error = Descriptors.Get(fd, Rights.FdFdstatSetFlags, out var descriptor);
        if (error != Errno.Success) return error;
        if ((flags & ~(uint)FdFlags.All) != 0) return Errno.Inval;
        return SetFlags(descriptor, (FdFlags)flags);
    }

    public Errno FdFdstatSetRights(uint fd, ulong rights, ulong inheriting)
    {
        var error = Descriptors.Get(fd, Rights.None, out var descriptor);
        if (error != Errno.Success) return error;
        var (newBase, newInheriting) = ((Rights)rights, (Rights)inheriting);
        if ((newBase & ~descriptor.Base) != 0 || (newInheriting & ~descriptor.Inheriting) != 0) return Errno.NotCapable;
        descriptor.Base = newBase;
        descriptor.Inheriting = newInheriting;
        return Errno.Success;
    }

    public Errno FdFilestatGet(GuestMemory memory, uint fd, uint result)
    {
        var error = Descriptors.Get(fd, Rights.FdFilestatGet, out var descriptor);
        if (error != Errno.Success) return error;
        var failure = Files.GetStatus(descriptor.HostFd, out var status);
        return failure < 0 ? Errnos.FromHost(failure) : StoreStatus(memory, result, status);
    }

    public Errno FdFilestatSetSize(uint fd, ulong size)
    {
        var error = Descriptors.Get(fd, Rights.FdFilestatSetSize, out var descriptor);
        if (error != Errno.Success) return error;
        return size > long.MaxValue ? Errno.Inval : Errnos.FromHost(Files.SetSize(descriptor.HostFd, (long)size));
    }

    public Errno FdFilestatSetTimes(uint fd, ulong access, ulong modification, uint flags)
    {
        var error = Descriptors.Get(fd, Rights.FdFilestatSetTimes, out var descriptor);
        if (error != Errno.Success) return error;
        if (!TryGetTimes(access, modification, flags, out var hostAccess, out var hostModification)) return Errno.Inval;
        return descriptor.IsReadOnly ? Errno.RoFs
            : Errnos.FromHost(Files.SetTimes(descriptor.HostFd, hostAccess, hostModification));
    }

    public Errno FdReaddir(GuestMemory memory, uint fd, uint buffer, uint length, ulong cookie, uint result)
    {
        var error = Descriptors.Get(fd, Rights.FdReaddir, out var descriptor);
        if (error != Errno.Success) return error;
        if (descriptor.Filetype != Filetype.Directory) return Errno.NotDir;
        var target = memory.At(buffer, length);
        if (target == null || memory.At(result, 4) == null) return Errno.Fault;
        if (cookie > long.MaxValue) return Errno.Inval;
        // What fits in a span is more than one call has to return, but a short answer would mean the end.
        var entries = new DirectoryEntryWriter(new Span<byte>(target, (int)Math.Min(length, int.MaxValue)));
        Span<byte> records = stackalloc byte[(int)Math.Clamp(length, 512, 8192)];
        var reader = new DirectoryReader(descriptor.HostFd, (long)cookie, records);
        while (!entries.IsFull && reader.MoveNext())
            entries.Write(reader.Next, reader.Inode, Filetypes.FromDirectoryEntry(reader.Type), reader.Name);
        return reader.Error < 0 ? Errnos.FromHost(reader.Error) : memory.Store(result, (uint)entries.Length);
    }

    public Errno FdPrestatGet(GuestMemory memory, uint fd, uint result)
    {
        if (Descriptors[fd] is not { PreopenPath: { } path }) return Errno.BadF;
        var target = memory.At(result, 8);
        if (target == null) return Errno.Fault;
        Unsafe.WriteUnaligned(target, 0); // the tag of a directory, and padding
        Unsafe.WriteUnaligned(target + 4, (uint)path.Length);
        return Errno.Success;
    }

    public Errno FdPrestatDirName(GuestMemory memory, uint fd, uint buffer, uint length)
    {
        if (Descriptors[fd] is not { PreopenPath: { } path }) return Errno.BadF;
        if (length < (uint)path.Length) return Errno.NameTooLong;
        var target = memory.At(buffer, (ulong)path.Length);
        if (target == null) return Errno.Fault;
        path.CopyTo(new Span<byte>(target, path.Length));
        return Errno.Success;
    }

    // A call may take fewer buffers than it is given: it reads or writes less, as it may anyway.
    private static int VectorCount(uint count) => (int)Math.Min(count, Streams.MaxVectors);

    private static bool TryGetVectors(GuestMemory memory, uint address, uint count, Libc.IoVector* vectors)
    {
        var source = memory.At(address, (ulong)count * 8);
        if (source == null) return false;
        for (var i = 0; i < VectorCount(count); i++)
        {
            var length = Unsafe.ReadUnaligned<uint>(source + i * 8 + 4);
            var start = memory.At(Unsafe.ReadUnaligned<uint>(source + i * 8), length);
            if (start == null) return false;
            vectors[i] = new Libc.IoVector { Base = start, Length = length };
        }
        return true;
    }

    private static Errno StoreCount(GuestMemory memory, uint address, long count) =>
        count < 0 ? Errnos.FromHost(count) : memory.Store(address, (uint)count);

    private static Errno StorePosition(GuestMemory memory, uint address, long position) =>
        position < 0 ? Errnos.FromHost(position) : memory.Store(address, (ulong)position);

    // The order changed between the snapshots.
    private int HostWhence(uint whence) => snapshot == Snapshot.Preview1
        ? whence switch { 0 => 0, 1 => 1, 2 => 2, _ => -1 }
        : whence switch { 0 => 1, 1 => 2, 2 => 0, _ => -1 };

    private static int HostAdvice(uint advice) => advice switch
    {
        0 => 0, // normal
        1 => 2, // sequential
        2 => 1, // random
        3 => 3, // willneed
        4 => 4, // dontneed
        5 => 5, // noreuse
        _ => -1,
    };

    private static FdFlags GetFlags(Descriptor descriptor) =>
        descriptor.IsShared ? descriptor.SharedFlags : FdFlagsOnHost.FromHost(Files.GetFlags(descriptor.HostFd));

    private static Errno SetFlags(Descriptor descriptor, FdFlags flags)
    {
        const FdFlags Fixed = FdFlags.DSync | FdFlags.RSync | FdFlags.Sync;
        // Linux ignores a change of these on an open file; saying so is better than losing data.
        if ((flags & Fixed & ~GetFlags(descriptor)) != 0) return Errno.NotSup;
        if (!descriptor.IsShared)
            return Errnos.FromHost(Files.SetFlags(descriptor.HostFd, FdFlagsOnHost.ToHost(flags)));
        descriptor.SharedFlags = flags;
        return Errno.Success;
    }

    private Errno StoreStatus(GuestMemory memory, uint address, in Libc.Stat status)
    {
        var isUnstable = snapshot == Snapshot.Unstable;
        var size = isUnstable ? 56 : 64;
        var target = memory.At(address, (ulong)size);
        if (target == null) return Errno.Fault;
        Unsafe.InitBlockUnaligned(target, 0, (uint)size);
        Unsafe.WriteUnaligned(target, status.Device);
        Unsafe.WriteUnaligned(target + 8, status.Inode);
        target[16] = (byte)Filetypes.FromMode(status.Mode);
        // The older snapshot counts links in 32 bits, which moves what follows.
        Unsafe.WriteUnaligned(target + (isUnstable ? 20 : 24), status.LinkCount);
        var rest = target + size - 32;
        Unsafe.WriteUnaligned(rest, status.Size);
        Unsafe.WriteUnaligned(rest + 8, status.AccessTime.ToNanoseconds());
        Unsafe.WriteUnaligned(rest + 16, status.ModifyTime.ToNanoseconds());
        Unsafe.WriteUnaligned(rest + 24, status.ChangeTime.ToNanoseconds());
        return Errno.Success;
    }

    private static bool TryGetTimes(
        ulong access, ulong modification, uint flags, out Libc.TimeSpec hostAccess, out Libc.TimeSpec hostModification)
    {
        var set = (TimeFlags)flags;
        hostAccess = HostTime(access, set.HasFlag(TimeFlags.Access), set.HasFlag(TimeFlags.AccessNow));
        hostModification =
            HostTime(modification, set.HasFlag(TimeFlags.Modification), set.HasFlag(TimeFlags.ModificationNow));
        return (flags & ~(uint)TimeFlags.All) == 0
            && !set.HasFlag(TimeFlags.Access | TimeFlags.AccessNow)
            && !set.HasFlag(TimeFlags.Modification | TimeFlags.ModificationNow);
    }

    private static Libc.TimeSpec HostTime(ulong time, bool isSet, bool isNow) =>
        isSet ? Libc.TimeSpec.FromNanoseconds(time)
        : new Libc.TimeSpec { Nanoseconds = isNow ? Libc.TimeNow : Libc.TimeOmit };
}
