using Drydock.Containers.Lower;
using Drydock.Containers.Native;

namespace Drydock.Cli.OciRuntime;

/// <summary><c>delete</c>: the container by the lower runtime, then what Drydock knows of it.</summary>
internal static class DeleteVerb
{
    public static int Run(RuntimeCommand command)
    {
        if (command.Has("--regex")) return DeleteMany(command);
        if (RuntimeProgram.Record(command) is not { } record) return RuntimeProgram.HandThrough(command);
        record.AwaitCreator();
        LowerRuntime lower = RuntimeOptions.LowerRuntime(command);
        int code = Programs.Run(lower.Path, RuntimeOptions.Words(command, lower));
        if (code == 0 || !Exists(command, lower, command.Id!)) record.Remove();
        return code;
    }

    private static int DeleteMany(RuntimeCommand command)
    {
        LowerRuntime lower = RuntimeOptions.LowerRuntime(command);
        int code = Programs.Run(lower.Path, RuntimeOptions.Words(command, lower));
        foreach (ContainerRecord record in ContainerRecord.All(command.Global("--root")))
            if (!Exists(command, lower, Path.GetFileName(record.Directory))) record.Remove();
        return code;
    }

    private static bool Exists(RuntimeCommand command, LowerRuntime lower, string id) =>
        Programs.Capture(lower.Path, RuntimeOptions.Words(command.To("state", id), lower)).Code == 0;
}
