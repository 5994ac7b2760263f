using System.CommandLine;
using Drydock.Oci;
using Drydock.Oci.Build;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock import</c>: an image from a module or an archive of files.</summary>
internal static class ImportCommand
{
    private static readonly Argument<string> Source =
        new("FILE") { Description = "A .wasm file or a tar archive; - for standard input" };
    private static readonly Argument<string?> Name = new("NAME[:TAG]")
    {
        Description = "Name of the image",
        Arity = ArgumentArity.ZeroOrOne,
    };
    private static readonly Option<string[]> Change = new("--change", "-c")
    {
        Description = "Set something of the image, as a Dockerfile's instruction",
        HelpName = "INSTRUCTION",
    };
    private static readonly Option<string> Message =
        new("--message", "-m") { Description = "Comment in the history", HelpName = "TEXT" };
    private static readonly Option<string> PlatformOption = new("--platform")
    {
        Description = "Platform of the image, wasi/wasm by default",
        HelpName = "OS/ARCH",
    };
    private static readonly Option<bool> Artifact =
        new("--artifact") { Description = "Make a CNCF WebAssembly artifact, the module alone" };

    public static Command Create()
    {
        var command = new Command("import", "Make an image of a .wasm file or of an archive of files")
        {
            Source, Name, Change, Message, PlatformOption, Artifact,
        };
        command.SetAction(result =>
        {
            string source = result.GetRequiredValue(Source);
            using Stream content = Files.OpenInput(source, "a .wasm file or a tar archive");
            BuildResult image = ImageImporter.Import(ImageStore.Open(), content, new ImportOptions
            {
                Name = result.GetValue(Name) is { } name ? Reference.Parse(name) : null,
                Changes = result.GetValue(Change) ?? [],
                Message = result.GetValue(Message),
                Platform = result.GetValue(PlatformOption) is { } platform ? Platform.Parse(platform) : null,
                Artifact = result.GetValue(Artifact),
                FileName = source == "-" ? "module.wasm" : Path.GetFileName(source),
            });
            Terminal.WriteLine(image.Id.ToString());
        });
        return command.WithExamples(
            "drydock import app.wasm app:1.0",
            "drydock import --artifact app.wasm example.org/app:1.0",
            "drydock import --change 'ENTRYPOINT [\"/bin/app.wasm\"]' rootfs.tar app");
    }
}
