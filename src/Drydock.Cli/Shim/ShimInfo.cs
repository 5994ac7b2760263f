using Drydock.Cli.Commands;
using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers.Lower;
using Drydock.Containers.Native;

namespace Drydock.Cli.Shim;

/// <summary>
/// <c>-info</c>: what the runtime is (containerd, api/types/introspection.proto), with the features of the one below.
/// </summary>
internal static class ShimInfo
{
    private const string FeaturesType = "types.containerd.io/opencontainers/runtime-spec/1/features/Features";

    public static int Run()
    {
        (int code, byte[] features) = Programs.Capture(LowerRuntime.Find().Path, ["features"]);
        var message = new ProtoWriter().Text(1, "io.containerd.drydock.v1")
            .Message(2, new ProtoWriter().Text(1, VersionCommand.Number).Written);
        if (code == 0) message.Any(4, FeaturesType, features);
        using Stream output = Console.OpenStandardOutput();
        output.Write(message.Written);
        return ExitCode.Success;
    }
}
