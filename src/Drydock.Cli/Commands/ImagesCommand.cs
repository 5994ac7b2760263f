using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Drydock.Oci;

namespace Drydock.Cli.Commands;

/// <summary><c>drydock images</c>: the images of the local store.</summary>
internal static class ImagesCommand
{
    private const string None = "<none>";

    private static readonly Option<bool> Quiet = new("--quiet", "-q") { Description = "Show ids only" };
    private static readonly Option<bool> AsJson = new("--json") { Description = "Show a JSON array" };
    private static readonly Option<string> Format = new("--format") { Description = "table or json", HelpName = "FORMAT" };

    public static Command Create()
    {
        Format.AcceptOnlyFromAmong("table", "json");
        var command = new Command("images", "List the images of the local store") { Quiet, AsJson, Format };
        command.SetAction(result =>
        {
            IReadOnlyList<ImageSummary> images = ImageStore.Open().List();
            if (result.GetValue(Quiet)) WriteIds(images);
            else if (result.GetValue(AsJson) || result.GetValue(Format) == "json") WriteJson(images);
            else WriteTable(images);
        });
        return command.WithExamples("drydock images", "drydock images --json");
    }

    private static void WriteIds(IReadOnlyList<ImageSummary> images)
    {
        foreach (string id in images.Select(image => image.Id.Short).Distinct()) Terminal.WriteLine(id);
    }

    private static void WriteTable(IReadOnlyList<ImageSummary> images)
    {
        var table = new Table("REPOSITORY", "TAG", "IMAGE ID", "PLATFORM", "CREATED", "SIZE");
        foreach (ImageSummary image in images)
            table.Add(
                image.Name?.FamiliarRepository ?? None, image.Name?.Tag ?? None, image.Id.Short, image.Platform.ToString(),
                Age(image.Created), Size(image.Size));
        Terminal.Write(table.ToString());
    }

    private static void WriteJson(IReadOnlyList<ImageSummary> images) => Terminal.WriteLine(Json.Write(json =>
    {
        json.WriteStartArray();
        foreach (ImageSummary image in images) WriteImage(json, image);
        json.WriteEndArray();
    }));

    private static void WriteImage(Utf8JsonWriter json, ImageSummary image)
    {
        json.WriteStartObject();
        json.WriteString("Repository", image.Name?.FamiliarRepository);
        json.WriteString("Tag", image.Name?.Tag);
        json.WriteString("ID", image.Id.ToString());
        json.WriteString("Digest", image.ManifestDigest.ToString());
        json.WriteString("Platform", image.Platform.ToString());
        json.WriteString("Created", image.Created?.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture));
        json.WriteNumber("Size", image.Size);
        json.WriteEndObject();
    }

    /// <summary>Bytes with three digits and a decimal unit, as Docker shows them.</summary>
    internal static string Size(long bytes)
    {
        string[] units = ["B", "kB", "MB", "GB", "TB"];
        double size = bytes;
        int unit = 0;
        for (; size >= 1000 && unit < units.Length - 1; unit++) size /= 1000;
        return string.Create(CultureInfo.InvariantCulture, $"{size:0.##}{units[unit]}");
    }

    /// <summary>How long ago, in the largest unit that fits.</summary>
    internal static string Age(DateTimeOffset? created)
    {
        // A reproducible image carries the epoch for a date, which says nothing.
        if (created is not { } date || date <= DateTimeOffset.UnixEpoch) return "N/A";
        TimeSpan age = DateTimeOffset.UtcNow - date;
        (double number, string unit) = age switch
        {
            { TotalMinutes: < 1 } => (Math.Max(0, age.TotalSeconds), "second"),
            { TotalHours: < 1 } => (age.TotalMinutes, "minute"),
            { TotalDays: < 1 } => (age.TotalHours, "hour"),
            { TotalDays: < 365 } => (age.TotalDays, "day"),
            _ => (age.TotalDays / 365, "year"),
        };
        return string.Create(CultureInfo.InvariantCulture, $"{(long)number} {unit}{((long)number == 1 ? "" : "s")} ago");
    }
}
