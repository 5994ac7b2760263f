using System.CommandLine;
using Drydock.Oci;
using Drydock.Oci.Registry;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock push</c>: brings an image of the local store to a registry.</summary>
internal static class PushCommand
{
    private static readonly Argument<string> Source = new("IMAGE") { Description = "Name or id of an image" };
    private static readonly Argument<string?> Destination = new("DESTINATION")
    {
        Description = "Name in the registry; the image's own by default",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<string> PlatformOption = new("--platform")
    {
        Description = "Push the image for this platform only",
        HelpName = "OS/ARCH",
    };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Print the digest only" };
    private static readonly Option<bool> AsJson =
        new("--json") { Description = "Print what came of it as a JSON object" };
    private static readonly RegistryArguments Registry = new();

    public static Command Create()
    {
        var command = new Command("push", "Push an image to a registry") { Source, Destination, PlatformOption, Quiet,
            AsJson };
        Registry.AddTo(command);
        command.SetAction(Push);
        return command.WithExamples(
            "drydock push example.org/team/hello:1.0", "drydock push hello localhost:5000/hello:1.0");
    }

    private static void Push(ParseResult result)
    {
        bool isQuiet = result.GetValue(Quiet) || result.GetValue(AsJson);
        string source = result.GetRequiredValue(Source);
        Platform? platform = result.GetValue(PlatformOption) is { } text ? Platform.Parse(text) : null;
        using var display = new TransferDisplay(isQuiet);
        ImageRegistry registry = new(Registry.Read(result, display));
        PushResult pushed = registry.Push(ImageStore.Open(), source,
            Reference.Parse(result.GetValue(Destination) ?? source), platform);
        display.Dispose();
        if (result.GetValue(AsJson)) WriteJson(pushed);
        else if (isQuiet) Terminal.WriteLine(pushed.Digest.ToString());
        else Terminal.WriteLine($"Pushed {pushed.Name.Familiar}\nDigest: {pushed.Digest}");
    }

    private static void WriteJson(PushResult pushed) => Terminal.WriteLine(Json.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("Reference", pushed.Name.Familiar);
        json.WriteString("Digest", pushed.Digest.ToString());
        json.WriteNumber("Transferred", pushed.TransferredBytes);
        json.WriteEndObject();
    }));
}
