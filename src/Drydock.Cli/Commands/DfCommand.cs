using System.CommandLine;
using System.Globalization;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock df</c>: what takes how much room.</summary>
internal static class DfCommand
{
    private static readonly Option<bool> Verbose = new("--verbose", "-v") { Description = "Show every image" };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Show a JSON array" };
    private static readonly Option<string> Format =
        new("--format") { Description = "json, table, or a Go template", HelpName = "FORMAT" };

    public static Command Create()
    {
        var command = new Command("df", "Show how much room images and containers take") { Verbose, AsJson, Format };
        command.SetAction(result =>
        {
            var store = ImageStore.Open();
            StoreUsage usage = store.Usage();
            var rows = new Rows("TYPE", "TOTAL", "ACTIVE", "SIZE", "RECLAIMABLE");
            (string, UsageOf)[] parts =
                [("Images", usage.Images), ("Unpacked files", usage.RootFileSystems), ("Containers", usage.Containers)];
            foreach ((string type, UsageOf part) in parts)
                rows.Add(
                    ("Type", type), ("TotalCount", Number(part.Total)), ("Active", Number(part.Active)),
                    ("Size", ImagesCommand.Size(part.Bytes)), ("Reclaimable", Share(part)));
            rows.Write(quiet: false, result.GetValue(AsJson) ? "json" : result.GetValue(Format));
            if (result.GetValue(Verbose)) WriteImages(store);
        });
        return command.WithExamples("drydock df", "drydock system df -v");
    }

    private static void WriteImages(ImageStore store)
    {
        var table = new Table("REPOSITORY", "TAG", "IMAGE ID", "PLATFORM", "SIZE");
        foreach (ImageSummary image in store.List())
            table.Add(
                image.Name?.FamiliarRepository ?? "<none>", image.Name?.Tag ?? "<none>", image.Id.Short,
                image.Platform.ToString(), ImagesCommand.Size(image.Size));
        Terminal.WriteLine();
        Terminal.Write(table.ToString());
    }

    private static string Share(UsageOf part) => part.Bytes == 0
        ? "0B"
        : $"{ImagesCommand.Size(part.ReclaimableBytes)} ({100 * part.ReclaimableBytes / part.Bytes}%)";

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
