using System.CommandLine;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock tag</c>: gives an image one more name.</summary>
internal static class TagCommand
{
    private static readonly Argument<string> Source = new("SOURCE") { Description = "Name or id of an image" };
    private static readonly Argument<string> Target = new("TARGET") { Description = "The new name" };

    public static Command Create()
    {
        var command = new Command("tag", "Give an image one more name") { Source, Target };
        command.SetAction(result =>
            ImageStore.Open().Tag(result.GetRequiredValue(Source), Reference.Parse(result.GetRequiredValue(Target))));
        return command.WithExamples("drydock tag hello hello:1.0", "drydock tag hello localhost:5000/hello");
    }
}
