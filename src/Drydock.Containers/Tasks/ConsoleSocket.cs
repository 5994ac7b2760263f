using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>
/// Where the runtime sends the terminal it made for a process. It does so before it returns, so nobody has to wait.
/// </summary>
internal sealed class ConsoleSocket : IDisposable
{
    private static int _count;
    private readonly int _socket;

    public ConsoleSocket()
    {
        // Bundles have paths too long for a socket's.
        const string Parent = "/run/drydock/shim";
        Directory.CreateDirectory(Parent, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        Path = $"{Parent}/console-{Environment.ProcessId}-{_count++}";
        _socket = UnixSocket.Listen(Path)
            ?? throw new TaskException(TaskError.Failed, $"another process listens at {Path}");
    }

    /// <summary>The socket's path.</summary>
    public string Path { get; }

    /// <summary>The terminal.</summary>
    /// <exception cref="TaskException">None was sent.</exception>
    public int Receive()
    {
        int? terminal = null;
        if (UnixSocket.Accept(_socket) is { } connection)
        {
            terminal = UnixSocket.ReceiveDescriptor(connection);
            _ = Kernel.Close(connection);
        }
        return terminal ?? throw new TaskException(TaskError.Failed, "the runtime sent no terminal");
    }

    public void Dispose()
    {
        _ = Kernel.Close(_socket);
        File.Delete(Path);
    }
}
