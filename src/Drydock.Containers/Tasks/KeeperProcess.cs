using System.Globalization;
using Drydock.Containers.Native;

namespace Drydock.Containers.Tasks;

/// <summary>
/// The process that keeps tasks: it is started with its socket open already, so that nobody has to wait for it.
/// </summary>
public static class KeeperProcess
{
    /// <summary>The descriptor of its socket.</summary>
    public const int Socket = 3;

    /// <summary>
    /// The collector's bounds: it works on kilobytes. The variables are taken out of the environment again before
    /// anything is started.
    /// </summary>
    private static readonly string[] Settings = ["DOTNET_GCHeapHardLimit=8000000", "DOTNET_GCgen0size=40000"];

    /// <summary>Starts this executable as the keeper.</summary>
    /// <param name="words">Its command line, its name first.</param>
    /// <param name="socket">The socket it listens at.</param>
    public static void Start(string[] words, int socket)
    {
        int process = Programs.Start("/proc/self/exe", words, new(Further: [socket]), isKeeper: true, Settings);
        AdjustMemoryScore(process);
    }

    /// <summary>Makes this process fit to keep tasks.</summary>
    public static void Prepare()
    {
        foreach (string setting in Settings)
            _ = Kernel.RemoveVariable(setting[..setting.IndexOf('=', StringComparison.Ordinal)]);
        const nint Ignore = 1;
        _ = Kernel.SetSignal(Kernel.PipeSignal, Ignore);
        _ = Kernel.ControlDescriptor(Socket, 2, 1); // F_SETFD, FD_CLOEXEC
        _ = Kernel.ControlDescriptor(Socket, 4, Kernel.ReadWrite | Kernel.NonBlocking); // F_SETFL
    }

    /// <summary>When memory runs out the keeper goes before the engine, and after the containers.</summary>
    private static void AdjustMemoryScore(int process)
    {
        try
        {
            int score = int.Parse(File.ReadAllText("/proc/self/oom_score_adj"), CultureInfo.InvariantCulture);
            File.WriteAllText(
                string.Create(CultureInfo.InvariantCulture, $"/proc/{process}/oom_score_adj"),
                Math.Min(score + 1, 1000).ToString(CultureInfo.InvariantCulture));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            // It has the engine's score then.
        }
    }
}
