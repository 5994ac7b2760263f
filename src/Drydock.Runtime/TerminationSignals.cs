using Drydock.Runtime.Native;

namespace Drydock.Runtime;

/// <summary>What signals do to a process that has no parent to speak of.</summary>
public static class TerminationSignals
{
    /// <summary>
    /// SIGHUP, SIGINT, SIGQUIT, SIGUSR1, SIGUSR2, SIGALRM, SIGTERM: those that end a process by default.
    /// </summary>
    private static ReadOnlySpan<int> Signals => [1, 2, 3, 10, 12, 14, 15];

    /// <summary>
    /// Makes each signal that ends a process by default end this one with 128 + its number. The kernel keeps the
    /// default actions from the first process of a pid namespace, so such a process has to ask for them.
    /// </summary>
    public static void ExitOnEach() => ExitHandler.Install(Signals);
}
