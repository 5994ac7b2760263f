using Drydock.Containers;
using Drydock.Containers.Bundles;

namespace Drydock.Cli.OciRuntime;

/// <summary>The process inside a container.</summary>
internal static class GuestProgram
{
    public static int Run(string[] arguments)
    {
        try
        {
            return GuestProcess.Run(arguments, Terminal.Error);
        }
        catch (ContainerException e)
        {
            Terminal.Error(e.Message);
            return e.ExitCode;
        }
    }
}
