using System.Runtime.ExceptionServices;
using Drydock.Containers.Native;

namespace Drydock.Containers;

/// <summary>Gives a guest the native stack it may expect: 8 MiB, as programs have on Linux.</summary>
internal static class GuestStack
{
    private const long Expected = 8 << 20;
    /// <summary>What is kept from the guest: the frames above it, and those of host functions it calls.</summary>
    private const long Reserve = 512 << 10;

    /// <summary>
    /// Calls <paramref name="guest"/> with the stack bytes it may use: on this thread where it is the main thread and
    /// its stack is large enough, else on a thread made for it.
    /// </summary>
    public static int Run(Func<long, int> guest)
    {
        bool fits = Environment.CurrentManagedThreadId == 1
            && Libc.GetResourceLimit(Libc.ResourceStack, out Libc.ResourceLimit limit) == 0
            && limit.Current >= Expected;
        return fits ? guest(Expected - Reserve) : RunOnThread(guest);
    }

    private static int RunOnThread(Func<long, int> guest)
    {
        int result = 0;
        ExceptionDispatchInfo? failure = null;
        var thread = new Thread(() =>
        {
            try
            {
                result = guest(Expected - Reserve);
            }
            catch (Exception e)
            {
                failure = ExceptionDispatchInfo.Capture(e);
            }
        }, (int)Expected);
        thread.Start();
        thread.Join();
        failure?.Throw();
        return result;
    }
}
