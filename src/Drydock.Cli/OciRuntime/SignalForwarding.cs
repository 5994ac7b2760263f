using System.Runtime.InteropServices;

namespace Drydock.Cli.OciRuntime;

/// <summary>
/// Passes signals on to a process that does the work of this one, which outlives them to clean up after it.
/// </summary>
internal sealed partial class SignalForwarding : IDisposable
{
    /// <summary>SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGTERM, by the numbers the kernel gives them.</summary>
    private static readonly int[] Signals = [1, 2, 3, 10, 12, 15];

    private readonly PosixSignalRegistration[] _registrations;

    /// <param name="process">The process that gets them.</param>
    public SignalForwarding(int process) => _registrations = Array.ConvertAll(Signals, signal =>
        PosixSignalRegistration.Create((PosixSignal)signal, context =>
        {
            context.Cancel = true;
            _ = Kill(process, signal);
        }));

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
