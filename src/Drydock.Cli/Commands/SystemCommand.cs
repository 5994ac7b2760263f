using System.CommandLine;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock system</c>: the commands that speak of everything at once.</summary>
internal static class SystemCommand
{
    public static Command Create()
    {
        var command = new Command("system", "Manage what Drydock keeps on this machine")
        {
            DfCommand.Create(),
            InfoCommand.Create(),
            PruneCommand.Create(),
        };
        return command.WithExamples("drydock system df", "drydock system prune");
    }
}
