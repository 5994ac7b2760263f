using Drydock.Cli.Commands;
using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers;
using Drydock.Containers.Tasks;
using Drydock.Oci;

namespace Drydock.Cli.Shim;

/// <summary>
/// <c>containerd-shim-drydock-v1</c>: what containerd starts for each pod to keep its containers. Containers are made
/// by the lower runtime as <c>drydock-runtime</c> has them made, so that guests and Linux containers stand side by
/// side.
/// </summary>
internal static class ShimProgram
{
    /// <summary>
    /// Name by which the executable knows that it is the shim; containerd derives it from
    /// <c>io.containerd.drydock.v1</c>.
    /// </summary>
    public const string Name = "containerd-shim-drydock-v1";

    private const string Usage = """
        containerd-shim-drydock-v1: runs WebAssembly containers, and Linux ones beside them, for containerd.

        containerd starts it for the runtime io.containerd.drydock.v1, when it is in its PATH under this name:
          ctr run --rm --runtime io.containerd.drydock.v1 IMAGE ID

        Usage: containerd-shim-drydock-v1 [FLAGS] [start | delete]
          start        start the shim of a container, or find that of its pod; prints its address
          delete       remove what is left of a container whose shim has died

          -namespace NAME  -address SOCKET  -id ID  -bundle DIRECTORY  -publish-binary PATH  -debug
          -v           version
          -info        description of the runtime, as a protobuf message
          -h           this

        """;

    public static int Run(string[] arguments)
    {
        try
        {
            return Run(ShimOptions.Parse(arguments));
        }
        catch (Exception e) when (e is ContainerException or UserError or TaskException or IOException
            or UnauthorizedAccessException or ProtobufException)
        {
            Terminal.Error(Reason.OfUncaught(e));
            return 1;
        }
    }

    private static int Run(ShimOptions options) => options switch
    {
        { IsHelp: true } => Print(Usage),
        { IsVersion: true } => Print($"{Name}:\n  Version:  {VersionCommand.Number}\n"),
        { IsInfo: true } => ShimInfo.Run(),
        { Action: "start" } => ShimStart.Run(options),
        { Action: "delete" } => ShimDelete.Run(options),
        { Action: ImageModule.Action } => ImageModule.Run(options),
        { Action: "" } => ShimServer.Run(options),
        _ => throw new UserError($"\"{options.Action}\" is no action of a shim: it is start or delete"),
    };

    private static int Print(string text)
    {
        Terminal.Write(text);
        return ExitCode.Success;
    }
}
