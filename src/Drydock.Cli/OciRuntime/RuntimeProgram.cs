using Drydock.Containers;
using Drydock.Containers.Lower;
using Drydock.Containers.Native;
using Drydock.Oci;

namespace Drydock.Cli.OciRuntime;

/// <summary>
/// <c>drydock-runtime</c>: an OCI runtime (runtime-spec, runtime.md). Containers are made by the lower runtime; those
/// that start a WebAssembly program get Drydock as their process, all others are handed through as they are.
/// </summary>
internal static class RuntimeProgram
{
    private const int Failure = 1;

    public static int Run(string[] arguments)
    {
        RuntimeCommand command = RuntimeCommand.Parse(arguments);
        try
        {
            return Run(command);
        }
        catch (Exception e) when (e is ContainerException or ImageException or UserError or IOException
            or UnauthorizedAccessException)
        {
            RuntimeLog.Error(command, Reason.OfUncaught(e));
            return Failure;
        }
    }

    private static int Run(RuntimeCommand command) => command switch
    {
        _ when command.IsGlobal("--version") => RuntimeFacts.Version(command),
        _ when command.IsGlobal("--help") || command.Verb is "" or "help" => RuntimeFacts.Help(),
        { Verb: "create" or "run" } => CreateVerb.Run(command),
        { Verb: "exec" } => ExecVerb.Run(command),
        { Verb: "delete" } => DeleteVerb.Run(command),
        { Verb: "state" or "list" } => StateVerb.Run(command),
        { Verb: "features" } => RuntimeFacts.Features(command),
        { Verb: "checkpoint" or "restore" } => RefuseCheckpoint(command),
        _ => HandThrough(command),
    };

    /// <summary>Lets the lower runtime take this process's place.</summary>
    public static int HandThrough(RuntimeCommand command)
    {
        LowerRuntime lower = RuntimeOptions.LowerRuntime(command);
        Programs.Replace(lower.Path, RuntimeOptions.Words(command, lower));
        return Failure;
    }

    /// <summary>
    /// The record of the container that <paramref name="command"/> names, or null where it runs no guest.
    /// </summary>
    public static ContainerRecord? Record(RuntimeCommand command) =>
        command.Id is { } id ? ContainerRecord.Find(command.Global("--root"), id) : null;

    private static int RefuseCheckpoint(RuntimeCommand command) => Record(command) is null
        ? HandThrough(command)
        : throw new UserError(
            $"cannot {command.Verb} {command.Id}: compiled WebAssembly has state that cannot be carried over");
}
