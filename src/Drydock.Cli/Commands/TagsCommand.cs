using System.CommandLine;
using Drydock.Oci;
using Drydock.Oci.Registry;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock tags</c>: the tags of a repository in its registry.</summary>
internal static class TagsCommand
{
    private static readonly Argument<string> Repository =
        new("REPOSITORY") { Description = "Name of images, without a tag" };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Show a JSON array" };
    private static readonly RegistryArguments Registry = new();

    public static Command Create()
    {
        var command = new Command("tags", "List the tags of a repository in its registry") { Repository, AsJson };
        Registry.AddTo(command);
        command.SetAction(result =>
        {
            IReadOnlyList<string> tags =
                new ImageRegistry(Registry.Read(result)).ListTags(Reference.Parse(result.GetRequiredValue(Repository)));
            if (result.GetValue(AsJson)) WriteJson(tags);
            else foreach (string tag in tags) Terminal.WriteLine(tag);
        });
        return command.WithExamples("drydock tags example.org/team/hello");
    }

    private static void WriteJson(IReadOnlyList<string> tags) => Terminal.WriteLine(Json.Write(json =>
    {
        json.WriteStartArray();
        foreach (string tag in tags) json.WriteStringValue(tag);
        json.WriteEndArray();
    }));
}
