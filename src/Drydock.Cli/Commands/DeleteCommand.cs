using System.CommandLine;
using Drydock.Oci;
using Drydock.Oci.Registry;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock delete</c>: deletes an image from its registry. The local store is not touched.</summary>
internal static class DeleteCommand
{
    private static readonly Argument<string> Name =
        new("IMAGE") { Description = "Name of the image, with a tag or a digest" };
    private static readonly RegistryArguments Registry = new();

    public static Command Create()
    {
        var command = new Command("delete", "Delete an image from its registry, with all its tags") { Name };
        Registry.AddTo(command);
        command.SetAction(result =>
        {
            Reference name = Reference.Parse(result.GetRequiredValue(Name));
            Digest digest = new ImageRegistry(Registry.Read(result)).Delete(name);
            Terminal.WriteLine($"Deleted {name.FamiliarRepository}@{digest}");
        });
        return command.WithExamples("drydock delete example.org/team/hello:0.9");
    }
}
