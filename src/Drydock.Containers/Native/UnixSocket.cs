using System.Runtime.InteropServices;
using System.Text;

namespace Drydock.Containers.Native;

/// <summary>Sockets with a path in the file system. Those of the framework bring threads along.</summary>
public static unsafe class UnixSocket
{
    private const int Refused = 111, InUse = 98, Missing = 2;
    private const int LongestPath = 107, FamilySize = sizeof(ushort), Backlog = 64;
    private const int SocketLevel = 1, RightsType = 1, ControlSize = 24, HeaderSize = 16,
        CloseOnExecReceived = 0x40000000;

    [StructLayout(LayoutKind.Sequential)]
    private struct Piece
    {
        public byte* Start;
        public nuint Length;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct Message
    {
        public void* Name;
        public uint NameLength;
        public Piece* Pieces;
        public nuint PieceCount;
        public void* Control;
        public nuint ControlLength;
        public int Flags;
    }

    /// <summary>Opens a socket that listens; null where another process listens at the path.</summary>
    /// <exception cref="ContainerException">There can be none at that path.</exception>
    public static int? Listen(string path)
    {
        int socket = Open();
        int error = Call(path, (address, length) => Kernel.Bind(socket, address, length));
        if (error == InUse && !IsAnswered(path))
        {
            File.Delete(path);
            error = Call(path, (address, length) => Kernel.Bind(socket, address, length));
        }
        if (error == 0 && Kernel.Listen(socket, Backlog) == 0) return socket;
        _ = Kernel.Close(socket);
        return error == InUse ? null : throw Failed("listen at", path, error);
    }

    /// <summary>Whether someone listens at the path.</summary>
    public static bool IsAnswered(string path)
    {
        if (TryConnect(path) is not { } socket) return false;
        _ = Kernel.Close(socket);
        return true;
    }

    /// <summary>Connects to a socket; null where nobody listens.</summary>
    /// <returns>A descriptor that does not block.</returns>
    public static int? TryConnect(string path)
    {
        int socket = Open();
        int error = Call(path, (address, length) => Kernel.Connect(socket, address, length));
        if (error == 0) return socket;
        _ = Kernel.Close(socket);
        return error is Refused or Missing or Kernel.TryAgain ? null : throw Failed("connect to", path, error);
    }

    /// <summary>The next connection; null where none waits.</summary>
    /// <returns>A descriptor that does not block.</returns>
    public static int? Accept(int socket) =>
        Kernel.Accept(socket, null, null, Kernel.NonBlocking | Kernel.CloseOnExec) is >= 0 and var connection
            ? connection
            : null;

    /// <summary>Takes a descriptor that is sent through a connection; null where none has come.</summary>
    internal static int? ReceiveDescriptor(int connection)
    {
        byte* content = stackalloc byte[256];
        byte* control = stackalloc byte[ControlSize];
        var piece = new Piece { Start = content, Length = 256 };
        var message = new Message { Pieces = &piece, PieceCount = 1, Control = control, ControlLength = ControlSize };
        if (Kernel.Receive(connection, &message, CloseOnExecReceived) < 0
            || message.ControlLength < HeaderSize + sizeof(int))
            return null;
        return *(int*)(control + 8) == SocketLevel && *(int*)(control + 12) == RightsType
            ? *(int*)(control + HeaderSize)
            : null;
    }

    private static int Open() => Kernel.OpenSocket(
        Kernel.UnixFamily, Kernel.StreamSocket | Kernel.NonBlocking | Kernel.CloseOnExec, 0);

    private delegate int WithAddress(byte* address, uint length);

    private static int Call(string path, WithAddress call)
    {
        int size = Encoding.UTF8.GetByteCount(path);
        if (size > LongestPath)
            throw new ContainerException($"the path {path} is longer than the {LongestPath} bytes of a socket's");
        byte* address = stackalloc byte[FamilySize + LongestPath + 1];
        new Span<byte>(address, FamilySize + LongestPath + 1).Clear();
        *(ushort*)address = Kernel.UnixFamily;
        Encoding.UTF8.GetBytes(path, new Span<byte>(address + FamilySize, size));
        return call(address, (uint)(FamilySize + size + 1)) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static ContainerException Failed(string what, string path, int error) =>
        new($"cannot {what} {path}: {Marshal.GetPInvokeErrorMessage(error)}");
}
