using System.CommandLine;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock prune</c>: removes what nobody asks for any more.</summary>
internal static class PruneCommand
{
    private static readonly Option<bool> All = new("--all", "-a")
    {
        Description = "Remove every image that no container uses, not only those without a name",
    };
    private static readonly Option<bool> Force = new("--force", "-f") { Description = "Do not ask" };
    private static readonly Option<string[]> Filter = new("--filter")
    {
        Description = "Remove only what fits: until=TIME, label=NAME[=VALUE], label!=NAME[=VALUE]",
        HelpName = "FILTER",
    };

    public static Command Create()
    {
        var command = new Command("prune", "Remove images that nobody uses") { All, Force, Filter };
        command.SetAction(int (result) =>
        {
            bool all = result.GetValue(All);
            ImageFilter filter = ImageFilter.Parse(result.GetValue(Filter) ?? []);
            if (!result.GetValue(Force) && !Confirm(all)) return ExitCode.Failure;
            var store = ImageStore.Open();
            RemovalResult removed = store.Prune(image => (all || image.Name is null) && filter.Fits(store, image));
            foreach (Reference name in removed.Untagged) Terminal.WriteLine($"Untagged: {name.Familiar}");
            foreach (Digest id in removed.Deleted) Terminal.WriteLine($"Deleted: {id}");
            Terminal.WriteLine($"Total reclaimed space: {ImagesCommand.Size(removed.FreedBytes)}");
            return ExitCode.Success;
        });
        return command.WithExamples("drydock prune", "drydock prune -a --filter until=24h");
    }

    /// <summary>A user at a terminal is asked; a script has said what it wants.</summary>
    private static bool Confirm(bool all)
    {
        if (Console.IsInputRedirected) return true;
        Terminal.Write(
            $"This removes {(all ? "every image that no container uses" : "images without a name")}. Go on? [y/N] ");
        return Console.ReadLine()?.Trim() is "y" or "Y" or "yes";
    }
}
