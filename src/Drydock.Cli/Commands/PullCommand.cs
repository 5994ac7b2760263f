using System.CommandLine;
using Drydock.Oci;
using Drydock.Oci.Registry;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock pull</c>: brings an image from a registry into the local store.</summary>
internal static class PullCommand
{
    private static readonly Argument<string> Name =
        new("IMAGE") { Description = "Name of the image, with a tag or a digest" };
    private static readonly Option<string> PlatformOption = new("--platform")
    {
        Description = "Platform of the image; WebAssembly is preferred",
        HelpName = "OS/ARCH",
    };
    private static readonly Option<bool> AllPlatforms =
        new("--all-platforms") { Description = "Pull all that the name leads to" };
    private static readonly Option<bool> NoCompile = new("--no-compile")
    {
        Description = "Do not have the image's program compiled in the background",
    };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Print the image's id only" };
    private static readonly Option<bool> AsJson =
        new("--json") { Description = "Print what came of it as a JSON object" };
    private static readonly RegistryArguments Registry = new();

    public static Command Create()
    {
        var command = new Command("pull", "Pull an image from a registry") { Name, PlatformOption, AllPlatforms,
            NoCompile, Quiet, AsJson };
        Registry.AddTo(command);
        command.SetAction(Pull);
        return command.WithExamples(
            "drydock pull example.org/team/hello:1.0",
            "drydock pull --platform wasi/wasm localhost:5000/hello",
            "drydock pull -q example.org/hello@sha256:4f5c…");
    }

    private static void Pull(ParseResult result)
    {
        bool isQuiet = result.GetValue(Quiet) || result.GetValue(AsJson);
        PullOptions wanted = new()
        {
            Platform = result.GetValue(PlatformOption) is { } platform ? Platform.Parse(platform) : null,
            AllPlatforms = result.GetValue(AllPlatforms),
        };
        using var display = new TransferDisplay(isQuiet);
        ImageRegistry registry = new(Registry.Read(result, display));
        ImageStore store = ImageStore.Open();
        PullResult pulled = registry.Pull(store, Reference.Parse(result.GetRequiredValue(Name)), wanted);
        display.Dispose();
        if (!result.GetValue(NoCompile)) AheadCompiler.AfterPull(pulled.Image);
        if (result.GetValue(AsJson)) WriteJson(pulled);
        else if (isQuiet) Terminal.WriteLine(pulled.Image.Id.ToString());
        else Summarize(pulled);
    }

    private static void Summarize(PullResult pulled)
    {
        Terminal.WriteLine($"Digest: {pulled.Digest}");
        Terminal.WriteLine(pulled.IsNew
            ? $"Pulled {pulled.Name.Familiar} ({pulled.Image.Platform}, {ImagesCommand.Size(pulled.Image.Size)})"
            : $"{pulled.Name.Familiar} is up to date");
    }

    private static void WriteJson(PullResult pulled) => Terminal.WriteLine(Json.Write(json =>
    {
        json.WriteStartObject();
        json.WriteString("Reference", pulled.Name.Familiar);
        json.WriteString("Digest", pulled.Digest.ToString());
        json.WriteString("ID", pulled.Image.Id.ToString());
        json.WriteString("Platform", pulled.Image.Platform.ToString());
        json.WriteNumber("Size", pulled.Image.Size);
        json.WriteNumber("Transferred", pulled.TransferredBytes);
        json.WriteBoolean("New", pulled.IsNew);
        json.WriteEndObject();
    }));
}
