using System.Globalization;
using Drydock.Cli.Shim.Protobuf;
using Drydock.Containers.Lower;
using Drydock.Containers.Native;
using Drydock.Containers.Tasks;

namespace Drydock.Cli.Shim;

/// <summary>
/// <c>delete</c>: what the shim would have done, had it not died: ends and removes the container. containerd also calls
/// it when all went well, and then nothing is left to do.
/// </summary>
internal static class ShimDelete
{
    private const int Killed = 137;

    public static int Run(ShimOptions options)
    {
        string root = TaskKeeper.RuntimeRoot(options.Namespace);
        bool isLeft = options.Id.Length > 0 && Directory.Exists(Path.Join(root, options.Id));
        ContainerRecord? record = ContainerRecord.Find(root, options.Id);
        if (isLeft || record is not null)
        {
            record?.AwaitCreator();
            string lower = Lower(options.Bundle) ?? LowerRuntime.Find().Path;
            _ = Programs.Run(lower, ["--root", root, "delete", "--force", options.Id]);
            record?.Remove();
        }
        RemoveIfEmpty(root);
        RootMounts.UnmountAll(Path.Join(options.Bundle, "rootfs"));
        RemoveDeadSocket(options.Bundle);
        using Stream output = Console.OpenStandardOutput();
        output.Write(new ProtoWriter().Number(1, Pid(options.Bundle)).Number(2, Killed).Time(3,
            DateTime.UtcNow).Written);
        return ExitCode.Success;
    }

    /// <summary>The directory of a namespace goes with its last container.</summary>
    private static void RemoveIfEmpty(string directory)
    {
        try
        {
            Directory.Delete(directory);
        }
        catch (IOException)
        {
            // It has others, or is gone.
        }
    }

    private static string? Lower(string bundle)
    {
        string file = Path.Join(bundle, TaskRequest.LowerRuntimeFile);
        return File.Exists(file) ? File.ReadAllText(file) : null;
    }

    private static ulong Pid(string bundle)
    {
        string file = Path.Join(bundle, "init.pid");
        return File.Exists(file)
            && ulong.TryParse(File.ReadAllText(file), NumberStyles.None, CultureInfo.InvariantCulture, out ulong pid)
            ? pid
            : 0;
    }

    /// <summary>A pod's socket may be that of a shim which lives.</summary>
    private static void RemoveDeadSocket(string bundle)
    {
        if (ShimStart.ReadSocket(bundle) is { } socket && !UnixSocket.IsAnswered(socket)) File.Delete(socket);
    }
}
