using System.CommandLine;
using System.Globalization;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock history</c>: how an image came to be.</summary>
internal static class HistoryCommand
{
    private const string Missing = "<missing>";
    private const int ShortLength = 45;

    private static readonly Argument<string> Source = new("IMAGE") { Description = "Name or id of an image" };
    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Show ids only" };
    private static readonly Option<bool> NoTruncation = new("--no-trunc") { Description = "Show everything in full" };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Show a JSON array" };
    private static readonly Option<string> Format =
        new("--format") { Description = "json, table, or a Go template", HelpName = "FORMAT" };

    /// <summary>A step; what it made counts no bytes where it made no layer.</summary>
    private sealed record Step(string Id, HistoryEntry Entry, long Size);

    public static Command Create()
    {
        var command = new Command("history", "Show how an image came to be") { Source, Quiet, NoTruncation, AsJson,
            Format };
        command.SetAction(result =>
        {
            Step[] steps = Steps(ImageStore.Open().Resolve(result.GetRequiredValue(Source)));
            bool isWhole = result.GetValue(NoTruncation);
            var rows = new Rows("IMAGE", "CREATED", "CREATED BY", "SIZE", "COMMENT");
            foreach (Step step in steps)
                rows.Add(
                    ("ID", isWhole || step.Id == Missing ? step.Id : step.Id[7..19]), ("CreatedSince", Age(step.Entry)),
                    ("CreatedBy", Cut(step.Entry.CreatedBy, isWhole)),
                    ("Size", ImagesCommand.Size(step.Size)), ("Comment", step.Entry.Comment ?? ""),
                        ("CreatedAt", step.Entry.Created ?? ""));
            rows.Write(result.GetValue(Quiet), result.GetValue(AsJson) ? "json" : result.GetValue(Format));
        });
        return command.WithExamples("drydock history hello",
            "drydock history --no-trunc --format '{{.CreatedBy}}' hello");
    }

    /// <summary>The newest first; the newest has the image's id, the others have none any more.</summary>
    private static Step[] Steps(Image image)
    {
        HistoryEntry[] history = image.Config.History ?? [];
        var sizes = new Queue<long>(image.Manifest.Layers.Select(layer => layer.Size));
        Step[] steps = Array.ConvertAll(history, entry => new Step(
            Missing, entry, !entry.EmptyLayer && sizes.TryDequeue(out long size) ? size : 0));
        if (steps.Length == 0)
            steps = [new(Missing, new() { Created = image.Config.Created, CreatedBy = "" }, sizes.Sum())];
        steps[^1] = steps[^1] with { Id = image.Id.ToString() };
        Array.Reverse(steps);
        return steps;
    }

    private static string Age(HistoryEntry entry) => ImagesCommand.Age(
        DateTimeOffset.TryParse(entry.Created, CultureInfo.InvariantCulture, out DateTimeOffset created)
            ? created
            : null);

    private static string Cut(string? text, bool isWhole)
    {
        string line = (text ?? "").ReplaceLineEndings(" ");
        return isWhole || line.Length <= ShortLength ? line : line[..(ShortLength - 1)] + "…";
    }
}
