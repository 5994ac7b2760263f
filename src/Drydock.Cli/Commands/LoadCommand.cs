using System.CommandLine;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock load</c>: images out of an archive.</summary>
internal static class LoadCommand
{
    private static readonly Option<string> Input = new("--input", "-i")
    {
        Description = "The archive, or a directory with an image layout; standard input by default",
        HelpName = "FILE",
    };
    private static readonly Option<bool> Quiet =
        new("--quiet", "-q") { Description = "Say nothing of what is left out" };

    public static Command Create()
    {
        var command = new Command("load", "Load images from an archive of docker save, podman save or skopeo") { Input,
            Quiet };
        command.SetAction(result =>
        {
            LoadResult loaded = Load(result.GetValue(Input));
            foreach ((Reference? name, Digest id) in loaded.Images)
                Terminal.WriteLine(name is null ? $"Loaded image ID: {id}" : $"Loaded image: {name.Familiar}");
            if (result.GetValue(Quiet)) return;
            foreach (string note in loaded.Notes) Terminal.Error($"load: {note}");
        });
        return command.WithExamples("drydock load -i images.tar", "docker save hello | drydock load");
    }

    private static LoadResult Load(string? input)
    {
        var store = ImageStore.Open();
        if (input is not null and not "-" && Directory.Exists(input)) return ImageArchive.LoadDirectory(store, input);
        using Stream archive = Files.OpenInput(input, "an archive of images: drydock load -i FILE");
        return ImageArchive.Load(store, archive);
    }
}
