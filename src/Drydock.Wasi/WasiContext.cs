using System.ComponentModel;
using System.Text;
using Drydock.Wasi.Host;
using Drydock.Wasi.Preview1;

namespace Drydock.Wasi;

/// <summary>
/// What one guest holds while it runs: its arguments, environment and open files. One context serves one instance;
/// disposing of it closes the files.
/// </summary>
public sealed class WasiContext : IDisposable
{
    /// <summary>Opens what <paramref name="options"/> grant.</summary>
    /// <param name="options">What the guest gets.</param>
    /// <exception cref="IOException">A directory cannot be opened; the message names it.</exception>
    /// <exception cref="ArgumentException">An argument or a variable contains a NUL.</exception>
    public WasiContext(WasiOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        Arguments = StringList.Create(options.Arguments, "argument");
        Environment = StringList.Create(options.Environment, "environment variable");
        Descriptors = new DescriptorTable();
        try
        {
            OpenStreams(options);
            foreach (var preopen in options.Preopens) _ = Descriptors.Add(OpenDirectory(preopen), out _);
        }
        catch
        {
            Descriptors.Dispose();
            throw;
        }
    }

    internal StringList Arguments { get; }
    internal StringList Environment { get; }
    internal DescriptorTable Descriptors { get; }

    /// <summary>Closes the guest's files; the host's standard streams stay open.</summary>
    public void Dispose() => Descriptors.Dispose();

    private void OpenStreams(WasiOptions options)
    {
        Descriptors.Set(0, Descriptor.FromStream(options.StandardInput, Rights.FdRead));
        Descriptors.Set(1, Descriptor.FromStream(options.StandardOutput, Rights.FdWrite));
        Descriptors.Set(2, Descriptor.FromStream(options.StandardError, Rights.FdWrite));
        Descriptors.ReserveStreams();
    }

    private static Descriptor OpenDirectory(Preopen preopen)
    {
        return new Descriptor
        {
            HostFd = preopen.Locate is null ? Open(preopen, preopen.HostPath) : -1,
            Opener = preopen.Locate is { } locate ? () => Open(preopen, locate()) : null,
            Filetype = Filetype.Directory,
            Base = Rights.Directory,
            Inheriting = Rights.Inheritable,
            IsReadOnly = preopen.IsReadOnly,
            PreopenPath = Encoding.UTF8.GetBytes(preopen.GuestPath),
        };
    }

    private static int Open(Preopen preopen, string path)
    {
        var fd = Directories.OpenRoot(path);
        return fd >= 0 ? fd : throw CannotOpen(preopen, -fd);
    }

    private static IOException CannotOpen(Preopen preopen, int error) =>
        new($"cannot open directory {preopen.HostPath} for the guest's {preopen.GuestPath}: "
            + new Win32Exception(error).Message);
}
