using System.CommandLine;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock save</c>: images into an archive.</summary>
internal static class SaveCommand
{
    private static readonly Argument<string[]> Images = new("IMAGE")
    {
        Description = "Name or id of an image",
        Arity = ArgumentArity.OneOrMore,
    };
    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "The archive; standard output by default",
        HelpName = "FILE",
    };
    private static readonly Option<string> Format = new("--format")
    {
        Description = "oci-archive or docker-archive; by default both in one, which every tool reads",
        HelpName = "FORMAT",
    };
    private static readonly Option<string> PlatformOption = new("--platform")
    {
        Description = "Save the image for this platform only",
        HelpName = "OS/ARCH",
    };

    public static Command Create()
    {
        Format.AcceptOnlyFromAmong("oci-archive", "docker-archive");
        var command = new Command("save", "Save images to an archive") { Images, Output, Format, PlatformOption };
        command.SetAction(result =>
        {
            var store = ImageStore.Open();
            Platform? platform = result.GetValue(PlatformOption) is { } text ? Platform.Parse(text) : null;
            string[] images = result.GetRequiredValue(Images);
            foreach (string image in images) store.Resolve(image, platform);
            ArchiveFormat format = FormatOf(result.GetValue(Format));
            Files.Write(result.GetValue(Output), "-o",
                stream => ImageArchive.Save(store, images, stream, format, platform));
        });
        return command.WithExamples("drydock save -o hello.tar hello", "drydock save hello | docker load");
    }

    private static ArchiveFormat FormatOf(string? name) => name switch
    {
        "oci-archive" => ArchiveFormat.Oci,
        "docker-archive" => ArchiveFormat.Docker,
        _ => ArchiveFormat.Both,
    };
}
