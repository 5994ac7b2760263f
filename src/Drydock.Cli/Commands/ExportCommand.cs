using System.CommandLine;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock export</c>: the module back out of an image, or all of its files.</summary>
internal static class ExportCommand
{
    private static readonly Argument<string> Source = new("IMAGE") { Description = "Name or id of an image" };
    private static readonly Option<string> Output = new("--output", "-o")
    {
        Description = "The file; standard output by default",
        HelpName = "FILE",
    };
    private static readonly Option<bool> Root =
        new("--root") { Description = "Export all of the image's files, as a tar archive" };
    private static readonly Option<string> PlatformOption =
        new("--platform") { Description = "Platform of the image", HelpName = "OS/ARCH" };

    public static Command Create()
    {
        var command = new Command("export", "Take the module, or all files, out of an image") { Source, Output, Root,
            PlatformOption };
        command.SetAction(result =>
        {
            var store = ImageStore.Open();
            Image image = store.Resolve(
                result.GetRequiredValue(Source), result.GetValue(PlatformOption) is { } platform
                    ? Platform.Parse(platform)
                    : null);
            Action<Stream> write = result.GetValue(Root) ? Files(store, image) : Module(store, image);
            Cli.Files.Write(result.GetValue(Output), "-o", write);
        });
        return command.WithExamples("drydock export -o hello.wasm hello", "drydock export --root hello | tar t");
    }

    private static Action<Stream> Module(ImageStore store, Image image)
    {
        IReadOnlyList<string> command = image.Config.CommandLine([]);
        EntryFile entry = store.OpenContent(image)
            .Find(command.Count > 0 ? command[0] : null, image.Config.Config?.WorkingDir);
        return target =>
        {
            using FileStream module = File.OpenRead(entry.HostPath);
            module.CopyTo(target);
        };
    }

    private static Action<Stream> Files(ImageStore store, Image image)
    {
        string root = store.OpenContent(image).RootDirectory
            ?? throw new UserError($"image {image.DisplayName} is a module alone and has no files: leave --root out");
        return target => System.Formats.Tar.TarFile.CreateFromDirectory(root, target, includeBaseDirectory: false);
    }
}
