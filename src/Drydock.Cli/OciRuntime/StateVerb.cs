using System.Text;
using Drydock.Containers.Lower;
using Drydock.Containers.Native;

namespace Drydock.Cli.OciRuntime;

/// <summary><c>state</c> and <c>list</c>: as the lower runtime says, with the bundles that callers gave.</summary>
internal static class StateVerb
{
    public static int Run(RuntimeCommand command)
    {
        IReadOnlyList<ContainerRecord> records = command.Verb == "list"
            ? ContainerRecord.All(command.Global("--root"))
            : RuntimeProgram.Record(command) is { } record ? [record] : [];
        if (records.Count == 0) return RuntimeProgram.HandThrough(command);
        LowerRuntime lower = RuntimeOptions.LowerRuntime(command);
        (int code, byte[] output) = Programs.Capture(lower.Path, RuntimeOptions.Words(command, lower));
        var text = new StringBuilder(Encoding.UTF8.GetString(output));
        foreach (ContainerRecord each in records)
            if (each.Bundle is { } bundle) text.Replace(each.Directory, bundle);
        Terminal.Write(text.ToString());
        return code;
    }
}
