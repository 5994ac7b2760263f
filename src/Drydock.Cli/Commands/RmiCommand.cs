using System.CommandLine;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock rmi</c>: takes names away, and images with their last name.</summary>
internal static class RmiCommand
{
    private static readonly Argument<string[]> Images = new("IMAGE")
    {
        Description = "Name or id of an image",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<bool> Force = new("--force", "-f")
    {
        Description = "Remove an id that has several names, and names that containers use",
    };

    /// <summary>The command <c>rmi</c>.</summary>
    public static Command Create() => Create("rmi");

    /// <summary>The command, under its own name or under the one it has in a group.</summary>
    public static Command Create(string name, params string[] aliases)
    {
        var command = new Command(name, "Remove images") { Images, Force };
        foreach (string alias in aliases) command.Aliases.Add(alias);
        command.SetAction(int (result) =>
        {
            ImageStore store = ImageStore.Open();
            int code = ExitCode.Success;
            foreach (string name in result.GetRequiredValue(Images))
                if (!TryRemove(store, name, result.GetValue(Force))) code = ExitCode.Failure;
            return code;
        });
        return command.WithExamples("drydock rmi hello", "drydock rmi -f 4f5c0e2a91d3");
    }

    /// <summary>One that cannot be removed does not keep the others.</summary>
    private static bool TryRemove(ImageStore store, string name, bool force)
    {
        try
        {
            RemovalResult removed = store.Remove(name, force);
            foreach (Reference reference in removed.Untagged) Terminal.WriteLine($"Untagged: {reference.Familiar}");
            foreach (Digest id in removed.Deleted) Terminal.WriteLine($"Deleted: {id}");
            return true;
        }
        catch (ImageException e)
        {
            Terminal.Error($"rmi: {e.Message}");
            return false;
        }
    }
}
