using System.CommandLine;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock image</c>: the commands that manage images, under the names Docker gives them there.</summary>
internal static class ImageCommand
{
    public static Command Create()
    {
        var command = new Command("image", "Manage images")
        {
            BuildCommand.Create(),
            ExportCommand.Create(),
            HistoryCommand.Create(),
            ImportCommand.Create(),
            InspectCommand.Create(),
            LoadCommand.Create(),
            ImagesCommand.Create("ls", "list"),
            PruneCommand.Create(),
            PullCommand.Create(),
            PushCommand.Create(),
            RmiCommand.Create("rm", "remove"),
            SaveCommand.Create(),
            TagCommand.Create(),
        };
        return command.WithExamples("drydock image ls", "drydock image inspect hello");
    }
}
