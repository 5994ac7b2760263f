using System.Buffers.Binary;
using System.Text;
using Drydock.Wasi.Preview1;

namespace Drydock.Wasi.Tests.Preview1;

/// <summary>
/// Plays the guest: a pinned array as its memory and a temporary directory, preopened as descriptor 3. Strings are put
/// at fixed places of the memory, results at <see cref="Result"/>.
/// </summary>
internal sealed class Guest : IDisposable
{
    public const uint Result = 0, Result2 = 8, Vectors = 64, PathAt = 1024, OtherPathAt = 8192, Data = 16384;
    public const uint Root = 3;
    public const uint OutOfBounds = Size - 1;
    private const int Size = 65536;

    private readonly byte[] _memory = GC.AllocateArray<byte>(Size, pinned: true);
    private readonly WasiContext _context;

    public Guest(WasiOptions? options = null, bool isReadOnly = false, Snapshot snapshot = Snapshot.Preview1)
    {
        Directory = System.IO.Directory.CreateTempSubdirectory("drydock-wasi-").FullName;
        Box = Path.Combine(Directory, "box");
        System.IO.Directory.CreateDirectory(Box);
        options ??= new WasiOptions { Preopens = [new Preopen(Box, "/box", isReadOnly)] };
        _context = new WasiContext(options);
        Functions = new Functions(_context, snapshot);
    }

    /// <summary>The temporary directory; nothing in it but the box may be reached.</summary>
    public string Directory { get; }
    /// <summary>The directory that the guest has as descriptor 3.</summary>
    public string Box { get; }
    public Functions Functions { get; }
    public GuestMemory Memory => new(_memory);
    public Span<byte> Bytes => _memory;

    public uint U32(uint address) => BinaryPrimitives.ReadUInt32LittleEndian(_memory.AsSpan((int)address));
    public ulong U64(uint address) => BinaryPrimitives.ReadUInt64LittleEndian(_memory.AsSpan((int)address));
    public ushort U16(uint address) => BinaryPrimitives.ReadUInt16LittleEndian(_memory.AsSpan((int)address));
    public void Put(uint address, uint value) =>
        BinaryPrimitives.WriteUInt32LittleEndian(_memory.AsSpan((int)address), value);
    public void Put(uint address, ulong value) =>
        BinaryPrimitives.WriteUInt64LittleEndian(_memory.AsSpan((int)address), value);
    public uint Put(uint address, string text) => (uint)Encoding.UTF8.GetBytes(text, _memory.AsSpan((int)address));
    public string Text(uint address, uint length) => Encoding.UTF8.GetString(_memory.AsSpan((int)address, (int)length));

    public Errno Open(string path, out uint fd, OpenFlags flags = 0, Rights rights = Rights.FdRead | Rights.FdWrite,
        FdFlags fdFlags = 0, bool follow = true, uint from = Root, Rights inheriting = 0)
    {
        var length = Put(PathAt, path);
        var error = Functions.PathOpen(Memory, from, follow ? 1u : 0, PathAt, length, (uint)flags, (ulong)rights,
            (ulong)inheriting, (uint)fdFlags, Result);
        fd = error == Errno.Success ? U32(Result) : uint.MaxValue;
        return error;
    }

    public uint Opened(string path, OpenFlags flags = 0, Rights rights = Rights.FdRead | Rights.FdWrite,
        FdFlags fdFlags = 0)
    {
        Assert.Equal(Errno.Success, Open(path, out var fd, flags, rights, fdFlags));
        return fd;
    }

    public uint OpenedDirectory(string path) =>
        Open(path, out var fd, OpenFlags.Directory, Rights.Directory, inheriting: Rights.Inheritable) == Errno.Success
            ? fd : throw new InvalidOperationException($"cannot open {path}");

    public Errno Write(uint fd, string text)
    {
        Vector(Data, Put(Data, text));
        return Functions.FdWrite(Memory, fd, Vectors, 1, Result);
    }

    public Errno Read(uint fd, out string text, uint length = 100)
    {
        Vector(Data, length);
        var error = Functions.FdRead(Memory, fd, Vectors, 1, Result);
        text = error == Errno.Success ? Text(Data, U32(Result)) : "";
        return error;
    }

    public void Vector(uint address, uint length, uint index = 0)
    {
        Put(Vectors + index * 8, address);
        Put(Vectors + index * 8 + 4, length);
    }

    public Errno CreateDirectory(string path) => Functions.PathCreateDirectory(Memory, Root, PathAt, Put(PathAt, path));
    public Errno RemoveDirectory(string path) => Functions.PathRemoveDirectory(Memory, Root, PathAt, Put(PathAt, path));
    public Errno Unlink(string path) => Functions.PathUnlinkFile(Memory, Root, PathAt, Put(PathAt, path));
    public Errno Symlink(string content, string path) =>
        Functions.PathSymlink(Memory, OtherPathAt, Put(OtherPathAt, content), Root, PathAt, Put(PathAt, path));
    public Errno Rename(string from, string to, uint toFd = Root) => Functions.PathRename(
        Memory, Root, PathAt, Put(PathAt, from), toFd, OtherPathAt, Put(OtherPathAt, to));
    public Errno Link(string from, string to, uint toFd = Root, uint flags = 0) => Functions.PathLink(
        Memory, Root, flags, PathAt, Put(PathAt, from), toFd, OtherPathAt, Put(OtherPathAt, to));
    public Errno Status(string path, bool follow = true) =>
        Functions.PathFilestatGet(Memory, Root, follow ? 1u : 0, PathAt, Put(PathAt, path), Data);
    public Errno ReadLink(string path, out string content, uint length = 100)
    {
        var error = Functions.PathReadlink(Memory, Root, PathAt, Put(PathAt, path), Data, length, Result);
        content = error == Errno.Success ? Text(Data, U32(Result)) : "";
        return error;
    }

    /// <summary>A host descriptor of the guest, for tests that look behind it.</summary>
    public Descriptor Descriptor(uint fd) => _context.Descriptors[fd]!;

    public void Dispose()
    {
        _context.Dispose();
        System.IO.Directory.Delete(Directory, recursive: true);
    }
}
